/** One SMTP conversation, in steps: everything up to the server's go-ahead for the message can be repeated, nothing after it can. */
import { Readable } from 'node:stream';

import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../../domain/executor.ts';
import { connectionLoss } from '../connection.ts';

const connect_ms_max = 10_000;
const silence_ms_max = 30_000;

export interface SmtpMessage {
  from: string;
  to: string;
  raw: Buffer;
  /** Awaited after the server's go-ahead and before the first byte of the message. */
  dispatching: () => Promise<void>;
  signal: AbortSignal;
}

/** Resolves to the server's reply once it took the message. */
export async function sendOverSmtp(smtp_url: string, message: SmtpMessage, silence_ms = silence_ms_max): Promise<string> {
  const { auth, ...server } = parseConnectionUrl(smtp_url);
  const connection = new SMTPConnection({
    ...server,
    connectionTimeout: connect_ms_max,
    greetingTimeout: connect_ms_max,
    socketTimeout: silence_ms,
  });
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  connection.on('error', broken.reject);
  connection.on('end', () => broken.reject(new Error('the mail server closed the connection')));
  const stop = () => broken.reject(message.signal.reason);
  message.signal.addEventListener('abort', stop, { once: true });
  let dispatched = false;
  try {
    message.signal.throwIfAborted();
    await Promise.race([broken.promise, step((done) => connection.connect(done))]);
    if (auth?.user !== undefined && connection.allowsAuth) {
      await Promise.race([broken.promise, step((done) => connection.login({ credentials: { user: auth.user, pass: auth.pass } }, done))]);
    }
    const body = Readable.from(onGoAhead());
    const sent = Promise.withResolvers<string>();
    connection.send({ from: message.from, to: [message.to], size: message.raw.length }, body, (error, info) =>
      error ? sent.reject(error) : sent.resolve(info?.response ?? ''),
    );
    // A reply that is here already counts more than a connection that breaks after it.
    return await Promise.race([sent.promise, broken.promise]);
  } catch (error) {
    throw meaningOf(error, dispatched);
  } finally {
    message.signal.removeEventListener('abort', stop);
    connection.on('error', () => undefined);
    if (dispatched) connection.quit();
    connection.close();
  }

  /** nodemailer reads the message only after the server's 354. */
  async function* onGoAhead() {
    await message.dispatching();
    dispatched = true;
    yield message.raw;
  }
}

function step(run: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())));
}

/** An explicit refusal is believed whenever it comes; silence after the message went out is not an answer. */
function meaningOf(error: unknown, dispatched: boolean): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'responseCode' in cause && typeof cause.responseCode === 'number' ? cause.responseCode : null;
  const auth = 'code' in cause && (cause.code === 'EAUTH' || cause.code === 'ENOAUTH');
  if (code !== null && code >= 500 && auth)
    return new PermanentError(`The mail server refused the user name or password in SMTP_URL (${code}). Correct them, then try again.`, {
      cause,
    });
  if (code !== null && code >= 500)
    return new PermanentError(`The mail server refused the message for good (${replyOf(cause, code)}).`, { cause });
  if (code !== null && code >= 400)
    return new NotNow(`The mail server refused the message for now (${replyOf(cause, code)}).`, null, { cause });
  const sentence = `The mail server could not be used: ${withoutAddresses(cause.message)}`;
  const unreachable = new ProviderUnreachable(sentence, connectionLoss(cause).reason, { cause });
  if (dispatched)
    return new OutcomeUnknown(
      'The message went out and the connection was lost before the mail server answered: it may or may not have been delivered.',
      { cause: unreachable },
    );
  return unreachable;
}

function replyOf(error: Error, code: number): string {
  const reply = 'response' in error && typeof error.response === 'string' ? error.response : String(code);
  return withoutAddresses(reply).slice(0, 200);
}

/** Replies like to repeat the recipient; what is kept of them must not. */
export function withoutAddresses(text: string): string {
  return text
    .replace(/[^\s<>@]+@[^\s<>@]+/g, '…')
    .replace(/\s+/g, ' ')
    .trim();
}

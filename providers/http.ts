/** How a provider's HTTP API is called: its own host only, no redirect followed, one time limit, one reading of what comes back. */
import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../domain/executor.ts';
import { connectionLoss } from './connection.ts';

const request_ms_max = 10_000;
const answer_bytes_max = 8 * 1024 * 1024;
const refusals_for_now = new Set([408, 425, 429]);

/** The request left us without an answer. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
  readonly never_sent: boolean;
  readonly reason: string;

  constructor(cause: unknown) {
    const { never_sent, reason } = connectionLoss(cause);
    super(reason, { cause });
    this.never_sent = never_sent;
    this.reason = reason;
  }
}

/** A `fetch` for vendor clients that reaches nothing but `base_url`'s host and reads every answer to its end. */
export function fetchWithin(base_url: string, ms_max = request_ms_max): typeof fetch {
  const { origin } = new URL(base_url);
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) throw new Error(`a request for ${url.host} was refused: only ${new URL(base_url).host} is configured`);
    const time_is_up = AbortSignal.timeout(ms_max);
    const signal = init.signal == null ? time_is_up : AbortSignal.any([init.signal, time_is_up]);
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal });
      return new Response(await bodyOf(response), { status: response.status, headers: response.headers });
    } catch (error) {
      throw new NoAnswer(error);
    }
  };
}

/** Answers of these statuses have no body by definition, and Response refuses one. */
const without_body = new Set([204, 205, 304]);

async function bodyOf(response: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (without_body.has(response.status) || response.body === null) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > answer_bytes_max) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Whether what was asked for has an effect: a lost answer is then an unknown outcome. */
export type Asked = 'read' | 'effect';

/** No answer came. */
export function lost(provider: string, { never_sent, reason }: NoAnswer, asked: Asked): Error {
  const unreachable = new ProviderUnreachable(`${provider} could not be reached: ${reason}.`, reason);
  if (asked === 'read' || never_sent) return unreachable;
  return new OutcomeUnknown(`The request went out and ${provider} did not answer: ${reason}. It may or may not have been done.`, {
    cause: unreachable,
  });
}

export interface Refusal {
  status: number;
  /** A machine's word for why, such as `missing_scope`; nothing that a person wrote. */
  code?: string | null;
  headers?: { get(name: string): string | null | undefined };
}

/** An answer came and it is no yes. An explicit no is believed; an error on the provider's side leaves an effect unknown. */
export function refused(provider: string, { status, code, headers }: Refusal, asked: Asked): Error {
  const said = code != null && /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? `${status}, ${code}` : String(status);
  const wait = retryAfterOf(headers);
  if (refusals_for_now.has(status)) return new NotNow(`${provider} could not do it now (${said}).`, wait);
  if (status >= 300 && status < 400)
    return new PermanentError(`${provider} answered with a redirect (${said}), which is never followed. Has it moved or been renamed?`);
  if (status >= 400 && status < 500) return new PermanentError(`${provider} refused it (${said}).`);
  if (asked === 'read') return new NotNow(`${provider} could not answer now (${said}).`, wait);
  return new OutcomeUnknown(`${provider} had an error of its own (${said}): it may or may not have been done.`);
}

/** The answer is no answer we can read. */
export function garbled(provider: string, asked: Asked): Error {
  const sentence = `${provider} answered something that cannot be read`;
  return asked === 'read' ? new NotNow(`${sentence}.`, null) : new OutcomeUnknown(`${sentence}: it may or may not have been done.`);
}

const retry_after_seconds_max = 300;

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, or the moment that GitHub and Intercom name in a header of their own. */
export function retryAfterOf(headers: Refusal['headers'], now_ms = Date.now()): number | null {
  const after = headers?.get('retry-after') ?? null;
  const reset = headers?.get('x-ratelimit-remaining') === '0' ? (headers.get('x-ratelimit-reset') ?? null) : null;
  const seconds =
    after !== null
      ? /^\d+$/.test(after)
        ? Number(after)
        : (Date.parse(after) - now_ms) / 1_000
      : reset === null
        ? Number.NaN
        : Number(reset) - now_ms / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), retry_after_seconds_max) : null;
}

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { email_payload, type Action, type EmailPayload } from '../../domain/action.ts';
import { OutcomeUnknown, PermanentError, type ExecutionOrder } from '../../domain/executor.ts';
import { startSmtp, type TestSmtp } from '../../scripts/testing/smtp.ts';
import { composeMessage, messageIdOf, parseSender } from './message.ts';
import { createMailExecutor, senderOf } from './outbound.ts';
import { sendOverSmtp } from './smtp.ts';

const payload: EmailPayload = {
  to: 'ana@example.com',
  subject: 'Grüße: $499.00 – résumé',
  body: 'Hi Ana,\n\nplease look:\nhttps://invoice.stripe.com/i/in_1\n\n.\nThanks ✓',
};
const email: Action = { action_type: 'email', operation: null, payload };

let folder: string;
let smtp: TestSmtp | undefined;
let raw_server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'execops-mail-'));
});
afterEach(async () => {
  await smtp?.close();
  raw_server?.close();
  smtp = raw_server = undefined;
  await rm(folder, { recursive: true });
});

function order(more: Partial<ExecutionOrder> = {}): ExecutionOrder {
  return {
    action: email,
    idempotency_key: 'exec-1',
    proposal_id: 'p',
    first_attempt_at: new Date(),
    dispatching: async () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

function overSmtp(SMTP_URL: string) {
  return createMailExecutor({ SMTP_URL, MAIL_FROM: 'Ops Team <ops@example.com>', DATA_DIR: folder });
}

/** A server that answers each line as the test says; `null` hangs up, `undefined` stays silent. */
async function scripted(answer: (line: string, socket: Socket) => string | null | undefined, greeting = '220 ready'): Promise<string> {
  raw_server = createServer((socket) => {
    let in_data = false;
    let rest = '';
    socket.on('error', () => undefined);
    socket.write(`${greeting}\r\n`);
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (in_data && line !== '.') continue;
        in_data = false;
        const reply = answer(line, socket);
        if (reply === null) socket.destroy();
        else if (reply !== undefined) socket.write(`${reply}\r\n`);
        if (reply?.startsWith('354')) in_data = true;
      }
    });
  });
  await new Promise<void>((resolve) => raw_server?.listen(0, '127.0.0.1', resolve));
  return `smtp://127.0.0.1:${(raw_server.address() as AddressInfo).port}`;
}

const polite = (overrides: Record<string, string | null | undefined>) => (line: string) => {
  const verb = line === '.' ? '.' : (line.split(/[ :]/, 1)[0] ?? '').toUpperCase();
  if (verb in overrides) return overrides[verb];
  return verb === 'DATA' ? '354 go ahead' : '250 ok';
};

async function failureOf(url: string, more: Partial<ExecutionOrder> = {}): Promise<{ error: unknown; dispatched: boolean }> {
  let dispatched = false;
  const dispatching = async () => void (dispatched = true);
  const error: unknown = await overSmtp(url)
    .run(order({ dispatching, ...more }))
    .then(
      () => undefined,
      (failure: unknown) => failure,
    );
  return { error, dispatched };
}

function expectLater({ error, dispatched }: { error: unknown; dispatched: boolean }, expected_dispatched: boolean): void {
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(PermanentError);
  expect(error).not.toBeInstanceOf(OutcomeUnknown);
  expect(dispatched).toBe(expected_dispatched);
}

describe('over SMTP', () => {
  test('exactly what was approved arrives, as plain text with a Message-ID made of the key', async () => {
    smtp = await startSmtp();
    const result = await overSmtp(smtp.url).run(order());
    expect(smtp.mails).toHaveLength(1);
    const [mail] = smtp.mails;
    expect(mail).toMatchObject({ from: 'ops@example.com', to: ['ana@example.com'] });
    expect(mail?.parsed.subject).toBe(payload.subject);
    expect(mail?.parsed.text?.trimEnd()).toBe(payload.body);
    expect(mail?.parsed.html).toBe(false);
    expect(mail?.parsed.messageId).toBe('<exec-1@example.com>');
    expect(mail?.parsed.from?.text).toBe('"Ops Team" <ops@example.com>');
    expect(result).toMatchObject({ message_id: '<exec-1@example.com>' });
  });

  test('the dispatch is noted after the server’s go-ahead and before the message', async () => {
    const lines: string[] = [];
    const url = await scripted((line) => {
      lines.push(line.split(' ', 1)[0] ?? '');
      return polite({})(line);
    });
    let seen: string[] = [];
    await overSmtp(url).run(order({ dispatching: async () => void (seen = [...lines]) }));
    expect(seen.at(-1)).toBe('DATA');
    expect(lines).toContain('.');
  });

  test('nothing is sent when the dispatch cannot be noted', async () => {
    smtp = await startSmtp();
    const failure = overSmtp(smtp.url).run(order({ dispatching: () => Promise.reject(new Error('Postgres is down')) }));
    await expect(failure).rejects.toThrow('Postgres is down');
    await expect(failure).rejects.not.toThrow(OutcomeUnknown);
    expect(smtp.mails).toEqual([]);
  });

  test('451 is for now, 550 for good, each with nothing dispatched', async () => {
    smtp = await startSmtp();
    smtp.next({ refuse: 451 }, { refuse: 550 });
    expectLater(await failureOf(smtp.url), false);
    const { error, dispatched } = await failureOf(smtp.url);
    expect(error).toBeInstanceOf(PermanentError);
    expect(dispatched).toBe(false);
    expect(smtp.mails).toEqual([]);
  });

  test('a connection lost after the message is unknown, never "try again"', async () => {
    smtp = await startSmtp();
    smtp.next('drop_after_data');
    const { error, dispatched } = await failureOf(smtp.url);
    expect(error).toBeInstanceOf(OutcomeUnknown);
    expect(dispatched).toBe(true);
    expect(smtp.mails).toHaveLength(1);
  });

  test('silence after the message is unknown', async () => {
    const url = await scripted(polite({ '.': undefined }));
    const raw = Buffer.from('Subject: x\r\n\r\nx');
    await expect(
      sendOverSmtp(
        url,
        { from: 'a@b.co', to: 'c@d.co', raw, dispatching: async () => undefined, signal: new AbortController().signal },
        100,
      ),
    ).rejects.toThrow(OutcomeUnknown);
  });

  test('an attempt whose time is up after the message is unknown', async () => {
    const url = await scripted(polite({ '.': undefined }));
    expect((await failureOf(url, { signal: AbortSignal.timeout(300) })).error).toBeInstanceOf(OutcomeUnknown);
  });

  test('a refusal of the message itself is believed', async () => {
    expect((await failureOf(await scripted(polite({ '.': '554 5.7.1 spam from ana@example.com' })))).error).toMatchObject({
      name: 'PermanentError',
      message: 'The mail server refused the message for good (554 5.7.1 spam from …).',
    });
    raw_server?.close();
    expectLater(await failureOf(await scripted(polite({ '.': '452 4.3.1 disk full' }))), true);
  });

  test.each<[string, Record<string, string | null | undefined>, string?]>([
    ['greeting is 421', {}, '421 busy'],
    ['EHLO is cut off', { EHLO: null, HELO: null }],
    ['MAIL is cut off', { MAIL: null }],
    ['RCPT is cut off', { RCPT: null }],
    ['DATA is cut off', { DATA: null }],
    ['DATA is refused for now', { DATA: '451 later' }],
  ])('when its %s nothing is done and it can be tried again', async (_what, overrides, greeting) => {
    expectLater(await failureOf(await scripted(polite(overrides), greeting)), false);
  });

  test('with nobody listening nothing is done and it can be tried again', async () => {
    expectLater(await failureOf('smtp://127.0.0.1:1'), false);
  });

  test('a wrong password is told plainly and not tried again', async () => {
    const server = new SMTPServer({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: (_auth, _session, done) => done(Object.assign(new Error('no'), { responseCode: 535 })),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { error } = await failureOf(`smtp://me:wrong@127.0.0.1:${(server.server.address() as AddressInfo).port}`);
      expect(error).toMatchObject({
        name: 'PermanentError',
        message: 'The mail server refused the user name or password in SMTP_URL (535). Correct them, then try again.',
      });
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  test('the connection is the sender, and a description holds no password', () => {
    const executor = createMailExecutor({
      SMTP_URL: 'smtp://me%40example.com:secret@mail.example.com',
      MAIL_FROM: undefined,
      DATA_DIR: folder,
    });
    expect(executor.connection()).toBe('smtp:me@example.com');
    expect(executor.repeat).toBe('never-retry');
    const description = executor.describe(email, 'k');
    expect(description).toMatchObject({
      envelope: { from: 'me@example.com', to: ['ana@example.com'] },
      headers: { 'Message-ID': '<k@example.com>', Subject: payload.subject },
      body: payload.body,
    });
    expect(JSON.stringify(description)).not.toContain('secret');
  });
});

describe('into the outbox', () => {
  const outbox = () => createMailExecutor({ SMTP_URL: undefined, MAIL_FROM: undefined, DATA_DIR: folder });

  test('the same execution leaves one file, however often and however parallel it runs', async () => {
    const executor = outbox();
    expect(await executor.lookUp?.(order())).toBeNull();
    const results = await Promise.all(Array.from({ length: 8 }, () => executor.run(order())));
    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify({ message_id: '<exec-1@localhost>', outbox_file: 'exec-1.eml' })]),
    );
    expect(await readdir(join(folder, 'outbox'))).toEqual(['exec-1.eml']);
    const mail = await simpleParser(await readFile(join(folder, 'outbox', 'exec-1.eml')));
    expect(mail.text?.trimEnd()).toBe(payload.body);
    expect(await executor.lookUp?.(order())).toEqual(results[0]);
    expect(executor.connection()).toBe('outbox:local');
  });

  test('a key never leads out of the folder', async () => {
    await outbox().run(order({ idempotency_key: '../../etc/passwd' }));
    expect(await readdir(join(folder, 'outbox'))).toEqual(['......etc.passwd.eml']);
  });

  test('only an email is taken', async () => {
    await expect(
      outbox().run(
        order({ action: { action_type: 'api_call', operation: 'stripe.resume_collection', payload: { subscription: 'sub_1' } } }),
      ),
    ).rejects.toThrow(PermanentError);
  });
});

test('no payload that passes its schema adds a header or a recipient', async () => {
  const sender = parseSender('Ops <ops@example.com>');
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom('a\r\nBcc: x@y.zz', 'a\nBcc: x@y.zz', '=?utf-8?q?=0D=0ABcc:_x?=', 'a\u2028Bcc: x', 'a\u0085Bcc: x'),
  );
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (subject, body) => {
      const { data } = email_payload.safeParse({ to: 'ana@example.com', subject, body });
      if (data === undefined) return;
      const raw = (await composeMessage(data, sender, '<k@example.com>')).toString('latin1');
      const names = raw
        .slice(0, raw.indexOf('\r\n\r\n'))
        .split(/\r\n(?![ \t])/)
        .map((line) => line.slice(0, line.indexOf(':')));
      expect(names.toSorted()).toEqual(
        ['Content-Transfer-Encoding', 'Content-Type', 'Date', 'From', 'MIME-Version', 'Message-ID', 'Subject', 'To'].toSorted(),
      );
    }),
    { numRuns: 60 },
  );
});

test('a sender is one address', () => {
  expect(parseSender('Ana <ana@example.com>')).toEqual({ name: 'Ana', address: 'ana@example.com' });
  expect(parseSender('ana@example.com')).toEqual({ name: '', address: 'ana@example.com' });
  for (const wrong of ['', 'ana', 'a@b.co, c@d.co', 'a@b.co\r\nBcc: x@y.zz']) expect(() => parseSender(wrong)).toThrow('MAIL_FROM');
  expect(senderOf({ MAIL_FROM: undefined, SMTP_URL: 'smtp://mail.example.com' }).address).toBe('execops@mail.example.com');
  expect(messageIdOf('event:1 x', parseSender('a@b.co'))).toBe('<event.1.x@b.co>');
});

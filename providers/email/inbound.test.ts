import { describe, expect, test } from 'vitest';

import { ShapeError } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { signStandardWebhook, standard_secret } from '../testing.ts';
import { email_receiver, parseEmail } from './inbound.ts';
import { address_lists_bytes_max, readMessage, text_chars_max } from './message.ts';
import { rawMail, type MailOptions } from './testing.ts';
import { visibleText } from './visible-text.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const signed = signStandardWebhook('', standard_secret, now, 'msg_1');
const parse = (raw: string | Buffer) => parseEmail({ headers: signed }, Buffer.from(raw));
const read = (options: MailOptions) => readMessage(Buffer.from(rawMail(options)));

describe('a mail', () => {
  const date = new Date('2026-11-20T11:58:00Z');

  test('is kept as a person would read it, identified by the signed webhook-id', async () => {
    const raw = rawMail({
      date,
      in_reply_to: '<ours-1@mail.example.com>',
      subject: '=?utf-8?Q?Re=3A_Gr=C3=BC=C3=9Fe?=',
      headers: ['Auto-Submitted: no', 'Cc: Kim <kim@example.com>, team: Lee <lee@example.com>;', 'X-Secret: not kept'],
    });
    expect(await parse(raw)).toEqual({
      source: 'email',
      type: 'email.received',
      occurred_at: date,
      identity: 'msg_1',
      payload: {
        message_id: '<reply-1@mail.example.com>',
        in_reply_to: '<ours-1@mail.example.com>',
        references: ['<first@mail.example.com>', '<ours-1@mail.example.com>'],
        from: [{ name: 'Bo Example', address: 'bo@example.com' }],
        reply_to: [],
        to: [{ name: null, address: 'ana@example.com' }],
        cc: [
          { name: 'Kim', address: 'kim@example.com' },
          { name: 'Lee', address: 'lee@example.com' },
        ],
        subject: 'Re: Grüße',
        date: date.toISOString(),
        text: 'Thanks, I have updated it.\n\n> Please update your card.',
        text_truncated: false,
        headers: { 'auto-submitted': 'no' },
        attachments: [],
      },
      subject: 'email:<reply-1@mail.example.com>',
      ignored: 'gtm is off until it is asked for',
      objects: [],
    });
  });

  test('happened when it says, unless that is after its delivery or long before it', async () => {
    const at = async (told: Date) => (await parse(rawMail({ date: told }))).occurred_at;
    const delivered = new Date('2026-11-20T12:00:00Z');
    expect(await at(new Date('2026-11-14T12:00:00Z'))).toEqual(new Date('2026-11-14T12:00:00Z'));
    expect(await at(new Date('2026-11-13T11:59:00Z'))).toEqual(delivered);
    expect(await at(new Date('2026-11-20T12:01:00Z'))).toEqual(delivered);
    expect((await parse(rawMail().replace(/Date: .*/, 'Date: someday'))).occurred_at).toEqual(delivered);
  });

  test('tells of its attachments their names and sizes only', async () => {
    const raw = [
      'From: bo@example.com',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'Gr=FC=DFe',
      '--x',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="offer.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('twelve bytes').toString('base64'),
      '--x--',
    ].join('\r\n');
    expect(await readMessage(Buffer.from(raw))).toMatchObject({
      message_id: null,
      text: 'Grüße',
      attachments: [{ name: 'offer.pdf', media_type: 'application/pdf', size_bytes: 12 }],
    });
  });

  test('in HTML only is read as its visible text, and loads nothing', async () => {
    const html =
      '<html><head><title>no</title><style>p{color:red}</style></head><body><p>Hello &amp; <b>thanks</b></p><p>1 &lt; 2<img src="https://example.com/x.png"></p></body></html>';
    const { text } = await read({ body: html, headers: ['Content-Type: text/html; charset=utf-8'] });
    expect(text).toBe('Hello & thanks\n\n1 < 2');
  });

  test('in the encoding of its sender reads as that', async () => {
    const head = Buffer.from('From: bo@example.com\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n');
    expect((await readMessage(Buffer.concat([head, Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65])]))).text).toBe('Grüße');
  });

  test('that is long is cut, and NUL is kept out', async () => {
    const message = await read({ body: `a\u0000b${'x'.repeat(text_chars_max)}` });
    expect([message.text.length, message.text_truncated]).toEqual([text_chars_max, true]);
    const { payload } = await parse(rawMail({ body: 'a\u0000b' }));
    expect((payload as { text: string }).text).toBe('a\uFFFDb');
  });

  test.each([
    ['nothing', ''],
    ['no mail', 'hello'],
    ['no sender', 'To: a@example.com\r\n\r\nhello'],
    ['a sender without an address', 'From: Bo\r\n\r\nhello'],
    ['endless lists of addresses', `From: bo@example.com\r\nTo: ${'a:'.repeat(address_lists_bytes_max)}\r\n\r\nx`],
    [
      'endless lists in a part',
      `From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nTO: ${'a:\r\n '.repeat(address_lists_bytes_max)}\r\n\r\nx`,
    ],
    ['endless parts', `From: bo@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(40_000)}--b--`],
  ])('that is %s is refused', async (_what, raw) => {
    await expect(parse(raw)).rejects.toThrow(ShapeError);
  });

  test('that was built to keep a reader busy is read in good time', async () => {
    const started = performance.now();
    const html = ['<div>', '<table><tr><td>', '<', '<a ', '<style>', '&', '<!--', '</'].map((part) => part.repeat(900_000 / part.length));
    for (const body of html) await read({ body, headers: ['Content-Type: text/html'] });
    await read({ headers: [`References: ${'<a@b> '.repeat(20_000)}`] });
    await read({ headers: [`To: ${'a:'.repeat(60_000)}`] });
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe("a provider's JSON", () => {
  const raw = rawMail({ date: new Date('2026-11-20T11:58:00Z') });
  const base64 = Buffer.from(raw).toString('base64');
  async function fromJson(payload: Json): Promise<Json> {
    const delivery = { body: Buffer.alloc(0), headers: signed, url: '', media_type: 'application/json', secrets: [], now };
    const parsed = await email_receiver.parse(delivery, () => payload);
    if ('answer' in parsed) throw new Error('it was answered');
    return parsed.events[0].payload;
  }

  test.each([
    ['SendGrid', { email: raw, envelope: '{}', subject: 'Re: Your card' }],
    ['Mailgun', { 'body-mime': raw, recipient: 'ana@example.com' }],
    ['Postmark', { RawEmail: raw, From: 'bo@example.com', MessageID: 'x' }],
    ['Amazon SES', { content: raw, mail: { messageId: 'x' } }],
    ['Amazon SES in base64', { content: base64 }],
    ['Gmail', { raw: Buffer.from(raw).toString('base64url') }],
    ['an envelope', { type: 'email.received', data: { raw_message: base64.replace(/(.{76})/g, '$1\r\n') } }],
    ['an mbox', { raw: `From bo@example.com Fri Nov 20 11:58:00 2026\r\n${raw}` }],
  ])('of %s carries the message', async (_provider, payload) => {
    expect(await fromJson(payload)).toMatchObject({
      message_id: '<reply-1@mail.example.com>',
      from: [{ address: 'bo@example.com' }],
      text: 'Thanks, I have updated it.\n\n> Please update your card.',
    });
  });

  test.each([[null], [[]], [{}], [{ raw: 7 }], [{ raw: 'hello' }], [{ email: 'bo@example.com' }], [{ raw: 'QUJD' }], [{ data: [raw] }]])(
    'without one is refused: %j',
    async (payload: Json) => {
      await expect(fromJson(payload)).rejects.toThrow(ShapeError);
    },
  );
});

test.each([
  ['a &lt;b&gt; &#8364; &#x41; &copy; &#0;', 'a <b> € A &copy; &#0;'],
  ['1 < 2 and <b>3 > 2</b>', '1 < 2 and 3 > 2'],
  ['x<script>alert("<p>")</script>y<!-- no -->z', 'xyz'],
  ['<p>one<p>two<br>three', 'one\n\ntwo\nthree'.replace('\n\n', '\n')],
  ['<style>never closed', ''],
])('the visible text of %j is %j', (html, text) => {
  expect(visibleText(html)).toBe(text);
});

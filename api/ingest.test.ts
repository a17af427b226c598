import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Json } from '../domain/text.ts';
import { signStripe } from '../providers/stripe/inbound.ts';
import { body_bytes_max, json_depth_max } from './limits.ts';
import { previous_stripe_secret, startTestServer, stripe_secret, stripeEvent, type TestServer } from './testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const seconds = (from_now: number) => Math.floor(Date.now() / 1000) + from_now;
const v1 = (body: string, secret = stripe_secret, at = seconds(0)) => createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
const eventCount = async () => server.db.prisma.events.count();

/** An event whose JSON text is exactly so long. */
function eventOfBytes(bytes: number): string {
  const empty = JSON.stringify(stripeEvent({ filling: '' }));
  return empty.replace('"filling":""', `"filling":"${'x'.repeat(bytes - Buffer.byteLength(empty))}"`);
}

describe('a delivery that Stripe signed', () => {
  test('is answered 202 once it is committed, and its workflow is started', async () => {
    const event = stripeEvent();
    const answer = await server.deliver(event);
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ event_id: expect.any(String), duplicate: false });
    const stored = await server.db.prisma.events.findUniqueOrThrow({ where: { id: answer.json.event_id } });
    expect(stored).toMatchObject({ source: 'stripe', type: 'invoice.payment_failed', status: 'received', payload_json: event });
    expect(server.started).toContainEqual({ event_id: stored.id, org_id: server.org_id });
  });

  test('is answered 200 with the same id when it comes again', async () => {
    const event = stripeEvent();
    const first = await server.deliver(event);
    const second = await server.deliver(event);
    expect(second.status).toBe(200);
    expect(second.json).toEqual({ event_id: first.json.event_id, duplicate: true });
  });

  test('makes one event when it comes fifty times at once', async () => {
    const event = stripeEvent();
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.deliver(event)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(answers.map(({ json }) => json.event_id)).size).toBe(1);
  });

  test('is stored as ignored with the reason, without a workflow, in test mode and for types nobody lists', async () => {
    const before = server.started.length;
    const test_mode = await server.deliver(stripeEvent({ livemode: false }));
    const unlisted = await server.deliver(stripeEvent({ type: 'product.created', data: { object: { id: 'prod_1', object: 'product' } } }));
    const rows = await server.db.prisma.events.findMany({
      where: { id: { in: [test_mode.json.event_id, unlisted.json.event_id] } },
      orderBy: { type: 'asc' },
    });
    expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
      ['ignored', 'test mode'],
      ['ignored', 'no procedure lists product.created'],
    ]);
    expect(server.started).toHaveLength(before);
  });

  test('may be signed with the previous secret, carry several v1 signatures, and be a little early', async () => {
    const body = JSON.stringify(stripeEvent());
    const at = seconds(0);
    expect((await server.deliver(body, { signature: signStripe(body, previous_stripe_secret, new Date()) })).status).toBe(202);
    expect((await server.deliver(body, { signature: `t=${at},v1=${'0'.repeat(64)},v1=${v1(body, stripe_secret, at)}` })).status).toBe(200);
    expect((await server.deliver(body, { signature: `t=${at + 20},v1=${v1(body, stripe_secret, at + 20)}` })).status).toBe(200);
    expect((await server.deliver(body, { headers: { 'content-type': 'application/json; charset=utf-8' } })).status).toBe(200);
  });

  test('keeps any text that JSON can carry, with NUL and lone surrogates replaced', async () => {
    const answer = await server.deliver(
      JSON.stringify(stripeEvent()).replace('"in_1"', '"in_1","note":"a\\u0000b\\ud800c","__proto__":{"polluted":true},"constructor":1'),
    );
    expect(answer.status).toBe(202);
    const { payload_json } = await server.db.prisma.events.findUniqueOrThrow({ where: { id: answer.json.event_id } });
    const object = (payload_json as { data: { object: Record<string, Json> } }).data.object;
    expect(object.note).toBe('a\uFFFDb\uFFFDc');
    expect(Object.getOwnPropertyDescriptor(object, '__proto__')?.value).toEqual({ polluted: true });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('of any content is accepted or refused as malformed, never failed', async () => {
    const content = fc.oneof(
      fc.jsonValue(),
      fc
        .record({ data: fc.record({ object: fc.jsonValue() }), created: fc.integer(), type: fc.string() })
        .map((part) => stripeEvent(part as { [key: string]: Json })),
    );
    await fc.assert(
      fc.asyncProperty(content, async (value) => {
        expect([200, 202, 400]).toContain((await server.deliver(JSON.stringify(value))).status);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a delivery that nobody can vouch for is answered 401 and leaves no row:', () => {
  const body = JSON.stringify(stripeEvent());
  test.each([
    ['another secret', () => ({ signature: signStripe(body, 'whsec_other', new Date()) })],
    ['an empty signature', () => ({ signature: '' })],
    ['a truncated signature', () => ({ signature: signStripe(body, stripe_secret, new Date()).slice(0, -4) })],
    ['an old scheme only', () => ({ signature: signStripe(body, stripe_secret, new Date()).replace('v1=', 'v0=') })],
    ['a signature of 301 seconds ago', () => ({ signature: `t=${seconds(-301)},v1=${v1(body, stripe_secret, seconds(-301))}` })],
    ['a time that is no number', () => ({ signature: `t=now,v1=${v1(body)}` })],
    ['the signature of another body', () => ({ signature: signStripe(`${body} `, stripe_secret, new Date()) })],
  ])('%s', async (_name, options) => {
    const before = await eventCount();
    const answer = await server.deliver(body, options());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ type: '/docs#bad_signature', status: 401 });
    expect(await eventCount()).toBe(before);
  });

  test('no signature header', async () => {
    expect((await server.call('POST', '/ingest/stripe', { body })).status).toBe(401);
    expect((await server.call('POST', '/ingest/stripe', { headers: { 'content-type': 'application/json' } })).status).toBe(401);
  });

  test('any change of the bytes, white space included', async () => {
    const signature = signStripe(body, stripe_secret, new Date());
    const before = await eventCount();
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length), fc.constantFrom(' ', '\n', '0', '"'), async (at, inserted) => {
        expect((await server.deliver(body.slice(0, at) + inserted + body.slice(at), { signature })).status).toBe(401);
      }),
      { numRuns: 30 },
    );
    expect(await eventCount()).toBe(before);
  });
});

describe('a signed body is refused', () => {
  test.each([
    ['that is not JSON', '{"id":'],
    ['that is empty JSON', 'null'],
    ['that is no Stripe event', '{"hello":"world"}'],
    ['that nests too deep', `${'['.repeat(json_depth_max + 1)}${']'.repeat(json_depth_max + 1)}`],
    ['that nests absurdly deep', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
  ])('with 400 %s', async (_name, body) => {
    const answer = await server.deliver(body);
    expect(answer.status).toBe(400);
    expect(answer.json.type).toBe('/docs#bad_request');
  });

  test('with 415 unless it is JSON by its header', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=x']) {
      expect((await server.deliver(stripeEvent(), { headers: { 'content-type': type } })).status).toBe(415);
    }
    expect((await server.deliver(stripeEvent(), { headers: { 'content-encoding': 'rot13' } })).status).toBe(415);
  });
});

describe('size', () => {
  test('256 kB and 1 MiB fit exactly', async () => {
    expect((await server.deliver(eventOfBytes(256 * 1024))).status).toBe(202);
    expect((await server.deliver(eventOfBytes(body_bytes_max))).status).toBe(202);
  });

  test('one byte over 1 MiB is 413, also chunked and after inflating', async () => {
    const body = eventOfBytes(body_bytes_max + 1);
    expect((await server.deliver(body)).status).toBe(413);
    expect(await post(body, { 'transfer-encoding': 'chunked' })).toBe(413);
    expect(await post(gzipSync(body), { 'content-encoding': 'gzip' }, body)).toBe(413);
    expect(await post(gzipSync(Buffer.alloc(200 * 1024 * 1024)), { 'content-encoding': 'gzip' })).toBe(413);
  });

  test('a gzipped body is verified as inflated; a broken one is 400', async () => {
    const body = JSON.stringify(stripeEvent());
    expect(await post(gzipSync(body), { 'content-encoding': 'gzip' }, body)).toBe(202);
    expect(await post(Buffer.from('no gzip at all'), { 'content-encoding': 'gzip' })).toBe(400);
  });

  function post(body: string | Buffer, headers: Record<string, string>, signed: string = body.toString()): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${server.origin}/ingest/stripe`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'stripe-signature': signStripe(signed, stripe_secret, new Date()), ...headers },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }
});

describe('doors', () => {
  test('another method is 405 with the one that works', async () => {
    const answer = await server.call('GET', '/ingest/stripe');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test.each([
    '/ingest/paypal',
    '/ingest/stripe/nobody',
    '/ingest',
    '/ingest/stripe/a/b',
    '/ingest/constructor',
    '/ingest/%E0%A4%A',
    '/ingest/stripe/%00',
  ])('%s is 404', async (path) => {
    expect((await server.deliver(stripeEvent(), { path })).status).toBe(404);
    expect((await server.call('GET', '/ingest/paypal')).status).toBe(404);
  });

  test("an endpoint takes only its own organisation's secret and stores there", async () => {
    const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
    await server.db
      .sql`insert into webhook_secrets (org_id, source, endpoint, secret) values (${other?.id}, 'stripe', 'ep_1', 'whsec_other')`;
    const body = JSON.stringify(stripeEvent());
    expect((await server.deliver(body, { path: '/ingest/stripe/ep_1' })).status).toBe(401);
    const answer = await server.deliver(body, { path: '/ingest/stripe/ep_1', signature: signStripe(body, 'whsec_other', new Date()) });
    expect(answer.status).toBe(202);
    expect((await server.db.prisma.events.findUniqueOrThrow({ where: { id: answer.json.event_id } })).org_id).toBe(other?.id);
  });

  test('without a configured secret a generated one signs, the same after a restart', async () => {
    const unconfigured = await startTestServer({ STRIPE_WEBHOOK_SECRET: '', STRIPE_WEBHOOK_SECRET_PREVIOUS: '' });
    const body = JSON.stringify(stripeEvent());
    expect((await unconfigured.deliver(body, { signature: signStripe(body, '', new Date()) })).status).toBe(401);
    const [kept] = await unconfigured.db.sql<{ secret: string }>`select secret from webhook_secrets where source = 'stripe'`;
    expect(kept?.secret).toMatch(/^whsec_.{40,}$/);
    expect((await unconfigured.deliver(body, { signature: signStripe(body, kept?.secret ?? '', new Date()) })).status).toBe(202);
    await unconfigured.close();
  });

  test('600 deliveries in a burst are all taken', async () => {
    const answers = await Promise.all(Array.from({ length: 600 }, () => server.deliver(stripeEvent({ livemode: false }))));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
  });
});

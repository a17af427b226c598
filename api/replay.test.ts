import { afterAll, beforeAll, expect, test } from 'vitest';

import { stripeCustomer, stripeEvent as eventOf, stripeInvoice } from '../providers/stripe/testing.ts';
import { isUuid } from '../domain/uuid.ts';
import { startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
let failed: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
  await server.deliver(eventOf('customer.created', stripeCustomer('cus_1')));
  await server.call('POST', '/api/context', { as: ana, body: { customers: [{ stripe_customer_id: 'cus_1', mrr_percentile: 95 }] } });
  failed = await delivered('invoice.payment_failed', 'in_1');
});
afterAll(() => server.close());

async function delivered(type: string, invoice: string): Promise<string> {
  const { json } = await server.deliver(eventOf(type, stripeInvoice('new', invoice, 'cus_1')));
  return json.event_id;
}

const replay = (id: string, as: string | undefined = ana) => server.call('POST', `/api/events/${id}/replay`, { as });

/** Of what a replay must not change: the event, proposals, and what waits for the dispatcher. */
async function stored() {
  return server.db.sql`
    select (select jsonb_agg(to_jsonb(e) order by e.id) from events e) as events, (select count(*) from proposals) as proposals,
      (select count(*) from audit) as audit, (select count(*) from wakeups) as wakeups, (select count(*) from replays) as replays`;
}

test('tells what the rules would propose now, and writes nothing', async () => {
  const before = await stored();
  const answer = await replay(failed);
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    event_id: failed,
    proposals: [
      {
        vertical: 'money',
        action_type: 'email',
        operation: null,
        urgency: 'high',
        subject: 'stripe:invoice:in_1',
        title: 'Ana Marin: $499.00 failed',
        payload: { to: 'ana@example.com', subject: expect.any(String), body: expect.stringContaining('$499.00') },
        reasoning: expect.stringContaining('A payment of $499.00 failed'),
        would: 'propose',
      },
    ],
    reasons: [],
  });
  expect(await stored()).toEqual(before);
});

test('says why nothing would come of it', async () => {
  const unlisted = await server.deliver(eventOf('customer.updated', stripeCustomer('cus_2')));
  expect((await replay(unlisted.json.event_id)).json).toMatchObject({
    proposals: [],
    reasons: [{ vertical: null, reason: 'no procedure lists stripe events of type customer.updated' }],
  });
  const small = await server.deliver(eventOf('invoice.payment_failed', stripeInvoice('new', 'in_9', 'cus_9', { amount_remaining: 0 })));
  expect((await replay(small.json.event_id)).json).toMatchObject({
    proposals: [],
    reasons: [{ vertical: 'money', reason: 'nothing is due' }],
  });
  const paid = await delivered('invoice.paid', 'in_8');
  expect((await replay(paid)).json).toMatchObject({
    proposals: [],
    reasons: [{ vertical: 'money', reason: 'it ends what it is about: cards that still wait are withdrawn' }],
  });
});

test('an event of nobody, of somebody else or with an id that is none is unknown', async () => {
  const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('other') returning id`;
  const [foreign] = await server.db.sql<{ id: string }>`
    insert into events (org_id, source, type, occurred_at, payload_json, dedupe_key)
    values (${other?.id}, 'stripe', 'invoice.payment_failed', now(), '{}', 'x') returning id`;
  for (const id of [foreign?.id ?? '', '00000000-0000-4000-8000-000000000000', 'nope']) {
    const answer = await replay(id);
    expect([isUuid(id), answer.status, answer.json.type]).toEqual([id !== 'nope', 404, '/docs#not_found']);
  }
});

test('viewers may not; keys that propose may', async () => {
  const viewer = await server.member('viewer');
  expect((await replay(failed, viewer)).status).toBe(403);
  for (const kind of ['personal', 'agent']) {
    const { key } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'a script', kind } })).json;
    expect((await replay(failed, key)).status).toBe(200);
  }
  expect((await server.call('GET', `/api/events/${failed}/replay`, { as: ana })).status).toBe(405);
});

test('while Temporal is down it says when to come back', async () => {
  server.setTemporal(false);
  const answer = await replay(failed);
  server.setTemporal(true);
  expect([answer.status, answer.json.type, answer.headers.get('retry-after')]).toEqual([503, '/docs#unavailable', '10']);
});

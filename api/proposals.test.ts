import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { proposal_view } from '../domain/wire/card.ts';
import { settleEvent } from '../prisma/events.ts';
import { email_draft, startTestServer, stripeEvent, type Answer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

const get = (path: string) => server.call('GET', path, { as: ana });
const post = (path: string, body?: unknown, as = ana) => server.call('POST', path, { as, body });
const unknown_ids = [
  '00000000-0000-4000-8000-000000000000',
  '11111111-1111-1111-1111-111111111111',
  'nope',
  "'; drop table proposals; --",
  '__proto__',
  'x'.repeat(5_000),
];

interface Drafted {
  proposal_id: string;
  payload_hash: string;
}
async function draft(overrides: object = {}): Promise<Drafted> {
  const answer = await post('/ai/propose', { ...email_draft, ...overrides });
  expect(answer.status).toBe(201);
  return answer.json;
}
const decide = ({ proposal_id, payload_hash }: Drafted, decision: string, more: object = {}, as = ana) =>
  post('/ai/decide', { proposal_id, payload_hash, decision, ...more }, as);

describe('a complete draft', () => {
  test('is a pending proposal at once', async () => {
    const answer = await post('/ai/propose', email_draft);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      proposal_id: expect.any(String),
      status: 'pending',
      payload_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(answer.json.proposals).toEqual([
      { proposal_id: answer.json.proposal_id, status: 'pending', payload_hash: answer.json.payload_hash },
    ]);
    const view = proposal_view.parse((await get(`/api/proposals/${answer.json.proposal_id}`)).json);
    expect(view).toMatchObject({
      status: 'pending',
      urgency: 'high',
      payload: email_draft.payload,
      payload_hash: answer.json.payload_hash,
      flags: ['unknown_recipient'],
    });
  });

  test('cannot set what the server owns, and is never critical', async () => {
    const { proposal_id, payload_hash } = await draft({
      urgency: 'critical',
      status: 'approved',
      id: randomUUID(),
      org_id: randomUUID(),
      payload_hash: 'f'.repeat(64),
      priority: 100,
    });
    expect((await get(`/api/proposals/${proposal_id}`)).json).toMatchObject({ status: 'pending', urgency: 'high', payload_hash });
  });

  test.each([
    ['an unknown vertical', { vertical: 'sales' }],
    ['an unknown action', { action_type: 'fax' }],
    ['an unknown urgency', { urgency: 'medium' }],
    ['no reasoning', { reasoning: ' ' }],
    ['two recipients', { payload: { ...email_draft.payload, to: 'a@example.com, b@example.com' } }],
    ['a named recipient', { payload: { ...email_draft.payload, to: 'Ana <a@example.com>' } }],
    ['a header in the subject', { payload: { ...email_draft.payload, subject: 'Hi\r\nBcc: x@example.com' } }],
    ['an unknown part of the payload', { payload: { ...email_draft.payload, bcc: 'x@example.com' } }],
    ['an operation on an email', { operation: 'stripe.pause_collection' }],
    ['an unknown operation', { action_type: 'api_call', operation: 'toString', payload: {} }],
    ['an event that is no id', { event_id: 'nope' }],
  ])('with %s is 400', async (_name, overrides) => {
    const answer = await post('/ai/propose', { ...email_draft, ...overrides });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('that cites an unknown event is 404', async () => {
    expect((await post('/ai/propose', { ...email_draft, event_id: randomUUID() })).status).toBe(404);
  });

  test('of an operation whose provider is not connected cannot be approved', async () => {
    const blocked = await draft({ action_type: 'api_call', operation: 'stripe.resume_collection', payload: { subscription: 'sub_1' } });
    expect((await get(`/api/proposals/${blocked.proposal_id}`)).json.flags).toContain('blocked_by_policy');
    expect((await decide(blocked, 'approve')).json.type).toBe('/docs#blocked_by_policy');
    expect((await post(`/api/proposals/${blocked.proposal_id}/dry-run`)).status).toBe(409);
    expect((await decide(blocked, 'reject')).status).toBe(200);
  });
});

describe('proposing for an event', () => {
  async function event(): Promise<string> {
    return (await server.deliver(stripeEvent())).json.event_id;
  }

  test('is 202 while it is drafted, and its workflow is started', async () => {
    const event_id = await event();
    const answer = await post('/ai/propose', { event_id });
    expect([answer.status, answer.json]).toEqual([202, { event_id, status: 'drafting' }]);
    expect(server.started.filter((started) => started.event_id === event_id).length).toBeGreaterThan(0);
  });

  test('is 201 the first time, 200 with the same proposals afterwards', async () => {
    const event_id = await event();
    const drafted = await draft();
    const first = post('/ai/propose', { event_id });
    await server.db.sql`update proposals set event_id = ${event_id}, basis = '{}' where id = ${drafted.proposal_id}`;
    await server.db.sql`insert into proposal_events (proposal_id, event_id) values (${drafted.proposal_id}, ${event_id})`;
    await settleEvent(server.db.sql, event_id, 'processed', null);
    const second = await first.then(() => post('/ai/propose', { event_id }));
    expect((await first).status).toBe(201);
    expect((await first).json).toEqual({
      event_id,
      proposal_id: drafted.proposal_id,
      status: 'pending',
      payload_hash: drafted.payload_hash,
      proposals: [{ proposal_id: drafted.proposal_id, status: 'pending', payload_hash: drafted.payload_hash }],
    });
    expect([second.status, second.json]).toEqual([200, (await first).json]);
  });

  test('is 200 with the reason when it was ignored', async () => {
    const { event_id } = (await server.deliver(stripeEvent({ livemode: false }))).json;
    const answer = await post('/ai/propose', { event_id });
    expect([answer.status, answer.json]).toEqual([200, { event_id, proposals: [], reason: 'test mode' }]);
  });

  test('is 200 with a reason when it only asked again about what has its card', async () => {
    const event_id = await event();
    await settleEvent(server.db.sql, event_id, 'processed', '');
    const answer = await post('/ai/propose', { event_id });
    expect([answer.status, answer.json.proposals]).toEqual([200, []]);
    expect(answer.json.reason).toMatch(/has its card already/);
  });

  test('is 404 for an unknown event and 400 for no event', async () => {
    expect((await post('/ai/propose', { event_id: randomUUID() })).status).toBe(404);
    expect((await post('/ai/propose', { event_id: '11111111-1111-1111-1111-111111111111' })).status).toBe(404);
    for (const body of [{}, { event_id: 7 }, { event_id: 'nope' }, [], 'null', '7', { type: 'x' }, { type: '', payload: {} }])
      expect((await post('/ai/propose', body)).status).toBe(400);
  });

  test('a person reports what they saw as source manual; an agent may not', async () => {
    const answer = await post('/ai/propose', { type: 'invoice.payment_failed', payload: { note: 'They called.' } });
    expect(answer.status).toBe(202);
    expect((await get(`/api/events/${answer.json.event_id}`)).json).toMatchObject({
      source: 'manual',
      type: 'invoice.payment_failed',
      payload: { note: 'They called.' },
    });
    const { key } = (await post('/api/keys', { name: 'agent', kind: 'agent' })).json;
    expect((await post('/ai/propose', { type: 'x', payload: {} }, key)).status).toBe(403);
  });
});

describe('a decision', () => {
  test('is answered before the side effect and wakes the workflow', async () => {
    const proposal = await draft();
    const answer = await decide(proposal, 'approve', { actor: 'ANA@example.com', feedback: 'fine' });
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        proposal_id: proposal.proposal_id,
        status: 'approved',
        decision: 'approve',
        decided_by: 'ana@example.com',
        decided_at: expect.any(String),
        payload_hash: proposal.payload_hash,
      },
    ]);
    expect(server.woken).toContainEqual(expect.objectContaining({ org_id: server.org_id }));
    expect((await decide(proposal, 'approve')).json).toEqual(answer.json);
  });

  test('that differs is 409 with who and when', async () => {
    const proposal = await draft();
    const first = await decide(proposal, 'reject', { feedback: 'no' });
    const second = await decide(proposal, 'approve');
    expect(second.status).toBe(409);
    expect(second.json).toMatchObject({ type: '/docs#already_decided', decided_by: 'ana@example.com', decided_at: first.json.decided_at });
  });

  test('of fifty at once by two people stands once', async () => {
    const other = await server.member('owner');
    const proposal = await draft();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => decide(proposal, 'approve', {}, n % 2 === 0 ? ana : other)));
    const [winner] = answers.filter(({ status }) => status === 200).map(({ json }) => json.decided_by);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(25);
    expect(answers.filter(({ status }) => status === 409).every(({ json }) => json.decided_by === winner)).toBe(true);
    expect(await server.db.prisma.decisions.count({ where: { proposal_id: proposal.proposal_id } })).toBe(1);
  });

  test('needs the hash of what was seen: missing 400, stale 409', async () => {
    const proposal = await draft();
    const missing = await post('/ai/decide', { proposal_id: proposal.proposal_id, decision: 'approve' });
    expect([missing.status, missing.json.type]).toEqual([400, '/docs#missing_hash']);
    const stale = await decide({ ...proposal, payload_hash: '0'.repeat(64) }, 'approve');
    expect([stale.status, stale.json.type, stale.json.payload_hash]).toEqual([409, '/docs#stale_hash', proposal.payload_hash]);
  });

  test('as somebody else is 403, for an unknown proposal 404, of an unknown kind 400', async () => {
    const proposal = await draft();
    expect((await decide(proposal, 'approve', { actor: 'bo@example.com' })).status).toBe(403);
    expect((await decide({ ...proposal, proposal_id: '11111111-1111-1111-1111-111111111111' }, 'approve')).status).toBe(404);
    expect((await decide(proposal, 'maybe')).status).toBe(400);
    for (const body of [[], 'null', '"x"', {}]) expect((await post('/ai/decide', body)).status).toBe(400);
  });

  test('with an edit approves the next version; one that breaks the schema is 422 and decides nothing', async () => {
    const proposal = await draft();
    const broken = await decide(proposal, 'approve', { edit: { ...email_draft.payload, to: 'nobody' } });
    expect([broken.status, broken.json.type]).toEqual([422, '/docs#invalid_edit']);
    const edit = { ...email_draft.payload, subject: 'Changed' };
    const approved = await decide(proposal, 'approve', { edit });
    expect(approved.status).toBe(200);
    expect(approved.json.payload_hash).not.toBe(proposal.payload_hash);
    expect((await get(`/api/proposals/${proposal.proposal_id}`)).json).toMatchObject({ version: 2, payload: edit, status: 'approved' });
  });
});

describe('after a decision', () => {
  test('undo brings it back once; then there is nothing to undo', async () => {
    const proposal = await draft();
    expect((await post(`/api/proposals/${proposal.proposal_id}/undo`)).status).toBe(409);
    await decide(proposal, 'approve');
    const undone = await post(`/api/proposals/${proposal.proposal_id}/undo`);
    expect([undone.status, undone.json.status, undone.json.version]).toEqual([200, 'pending', 2]);
    expect((await decide(proposal, 'approve')).status).toBe(409);
  });

  test('retry and resolve are refused where they make no sense', async () => {
    const { proposal_id } = await draft();
    expect((await post(`/api/proposals/${proposal_id}/retry`)).json.type).toBe('/docs#wrong_status');
    expect((await post(`/api/proposals/${proposal_id}/resolve`, { outcome: 'executed', note: 'seen' })).status).toBe(409);
    expect((await post(`/api/proposals/${proposal_id}/resolve`, { outcome: 'maybe', note: 'seen' })).status).toBe(400);
  });

  test('an unknown outcome is settled by a person, a failed action comes back', async () => {
    const { proposal_id, payload_hash } = await draft();
    await decide({ proposal_id, payload_hash }, 'approve');
    await server.db.sql`
      insert into executions (org_id, proposal_id, version, payload_hash, idempotency_key, status) values (${server.org_id}, ${proposal_id}, 1, ${payload_hash}, ${randomUUID()}, 'unknown')`;
    expect((await post(`/api/proposals/${proposal_id}/undo`)).json.type).toBe('/docs#already_running');
    await server.db.sql`update proposals set status = 'unknown' where id = ${proposal_id}`;
    expect(
      (await post(`/api/proposals/${proposal_id}/resolve`, { outcome: 'failed', note: 'The server log has nothing.' })).json.status,
    ).toBe('failed');
    expect((await get(`/api/proposals/${proposal_id}/executions`)).json.executions).toMatchObject([{ status: 'failed' }]);
    expect((await post(`/api/proposals/${proposal_id}/retry`)).json).toMatchObject({ status: 'pending', version: 2 });
  });

  test('the audit tells each step from the one before', async () => {
    const proposal = await draft();
    await decide(proposal, 'approve');
    await post(`/api/proposals/${proposal.proposal_id}/undo`);
    const { audit } = (await get(`/api/proposals/${proposal.proposal_id}/audit`)).json;
    expect(audit.map((row: { from_status: string; to_status: string }) => [row.from_status, row.to_status])).toEqual([
      [null, 'pending'],
      ['pending', 'approved'],
      ['approved', 'pending'],
    ]);
    expect((await get('/api/audit/verify')).json).toMatchObject({ ok: true, first_break: null });
    expect((await get(`/api/proposals/${proposal.proposal_id}/trace`)).json).toEqual({ trace: [] });
    expect((await get(`/api/proposals/${proposal.proposal_id}/receipt`)).json).toMatchObject({
      proposal_id: proposal.proposal_id,
      tool: 'email · outbox:local',
    });
  });

  test('a dry run shows the exact request', async () => {
    const { proposal_id } = await draft();
    expect((await post(`/api/proposals/${proposal_id}/dry-run`)).json).toEqual({
      connection: 'outbox:local',
      request: { message_id: `execops-${proposal_id}-v1`, ...email_draft.payload },
      repeat: 'never-retry',
    });
  });
});

describe('an id that nobody has', () => {
  test.each(unknown_ids)('%.40s is 404 everywhere', async (id) => {
    const path = `/api/proposals/${encodeURIComponent(id)}`;
    for (const part of ['', '/audit', '/executions', '/trace', '/receipt']) expect((await get(`${path}${part}`)).status).toBe(404);
    for (const verb of ['undo', 'retry', 'dry-run']) expect((await post(`${path}/${verb}`)).status).toBe(404);
    expect((await post(`${path}/resolve`, { outcome: 'failed', note: 'x' })).status).toBe(404);
    expect((await get(`/api/events/${encodeURIComponent(id)}`)).status).toBe(404);
  });

  test("another organisation's proposal and event are 404 too", async () => {
    const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
    const proposal = await draft();
    await server.db.sql`update proposals set org_id = ${other?.id} where id = ${proposal.proposal_id}`;
    expect((await get(`/api/proposals/${proposal.proposal_id}`)).status).toBe(404);
    expect((await decide(proposal, 'approve')).status).toBe(404);
    expect((await get('/api/inbox?limit=500')).text).not.toContain(proposal.proposal_id);
  });
});

describe('lists', () => {
  test('the inbox pages by keyset, highest priority first', async () => {
    const lists = await startTestServer();
    const me = await lists.signIn();
    for (const urgency of ['low', 'high', 'low', 'high', 'low'])
      await lists.call('POST', '/ai/propose', { as: me, body: { ...email_draft, urgency } });
    const page = (query: string): Promise<Answer> => lists.call('GET', `/api/inbox?${query}`, { as: me });
    const first = await page('limit=3');
    const second = await page(`limit=3&cursor=${first.json.next_cursor}`);
    const listed = [...first.json.proposals, ...second.json.proposals];
    expect(second.json.next_cursor).toBeNull();
    expect(listed.map(({ urgency }) => urgency)).toEqual(['high', 'high', 'low', 'low', 'low']);
    expect(new Set(listed.map(({ id }) => id)).size).toBe(5);
    expect((await page('urgency=high')).json.proposals).toHaveLength(2);
    expect((await page('vertical=gtm')).json.proposals).toEqual([]);
    expect((await page('status=executed')).json.proposals).toEqual([]);
    await lists.close();
  });

  test.each([
    'status=done',
    'urgency=medium',
    'vertical=x',
    'limit=0',
    'limit=501',
    'limit=x',
    'limit=1e99',
    'cursor=x',
    'cursor=W10',
    'status=pending&status=failed',
    'cursor=%00',
  ])('the inbox with %s is 400', async (query) => {
    expect((await get(`/api/inbox?${query}`)).status).toBe(400);
  });

  test('the event log shows status and reason, newest first, by pages', async () => {
    const { event_id } = (await server.deliver(stripeEvent({ livemode: false }))).json;
    const newest = await get('/api/events?limit=1');
    expect(newest.json.events).toMatchObject([{ id: event_id, status: 'ignored', reason: 'test mode' }]);
    expect((await get(`/api/events?limit=1&cursor=${newest.json.next_cursor}`)).json.events[0].id).not.toBe(event_id);
    expect((await get('/api/events?status=ignored&source=stripe')).json.events.length).toBeGreaterThan(0);
    expect((await get('/api/events?source=%00%F0')).json.events).toEqual([]);
    for (const query of ['status=x', 'limit=501', 'cursor=x']) expect((await get(`/api/events?${query}`)).status).toBe(400);
  });
});

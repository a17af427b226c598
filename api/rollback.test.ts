import { afterAll, beforeAll, expect, test } from 'vitest';

import { settle } from '../prisma/attempts.ts';
import { decide } from '../prisma/decide.ts';
import { claim } from '../prisma/executions.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { email_draft, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

const post = (id: string, as?: string) => server.call('POST', `/api/proposals/${id}/rollback`, as === undefined ? {} : { as });

/** A pause of collection that was approved and has run. */
async function executed(): Promise<string> {
  const { db, org_id } = server;
  const payload = { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-12-01T09:00:00Z' } as const;
  const card = await pendingCard(db, org_id, {
    action: { action_type: 'api_call', operation: 'stripe.pause_collection', payload },
    connection: 'stripe:acct_1',
  });
  const person = await member(db, org_id);
  await decide(db, person, { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, { via: 'api', undo_seconds: 0 });
  const execution = await claim(db, org_id, card.id, 1, 'stripe:acct_1');
  if (execution === null) throw new Error('nothing was claimed');
  await settle(db, execution, { status: 'succeeded', result: { subscription: 'sub_1' } }, 1);
  return card.id;
}

test('what was done gets a proposal that takes it back: 201 the first time, the same with 200 after that', async () => {
  const id = await executed();
  const first = await post(id, ana);
  expect(first.status).toBe(201);
  expect(first.json).toEqual({
    proposal_id: expect.any(String),
    status: 'pending',
    payload_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    event_id: expect.any(String),
  });
  expect(server.started, 'it waits in a workflow like any other').toContainEqual({ event_id: first.json.event_id, org_id: server.org_id });
  const again = await post(id, ana);
  expect([again.status, again.json]).toEqual([200, first.json]);
  const inbox = await server.call('GET', '/api/inbox', { as: ana });
  expect(inbox.json.proposals.filter((card: { compensates: string | null }) => card.compensates === id)).toMatchObject([
    { id: first.json.proposal_id, operation: 'stripe.resume_collection', payload: { subscription: 'sub_1' } },
  ]);
});

test('what was not done, or cannot be taken back, is a conflict that says why', async () => {
  const { json } = await server.call('POST', '/ai/propose', { as: ana, body: email_draft });
  const pending = await post(json.proposal_id, ana);
  expect([pending.status, pending.json]).toMatchObject([409, { type: '/docs#wrong_status', current_status: 'pending' }]);
});

test('nobody rolls back without a session, and nobody what is not theirs', async () => {
  const id = await executed();
  expect((await post(id)).status).toBe(401);
  const key = await server.call('POST', '/api/keys', { as: ana, body: { name: 'script', kind: 'personal' } });
  expect((await post(id, key.json.key)).status).toBe(403);
  expect((await post(id, await server.member('viewer'))).status).toBe(403);
  for (const unknown of ['nope', crypto.randomUUID()]) expect((await post(unknown, ana)).status).toBe(404);
});

import { afterAll, beforeAll, expect, test } from 'vitest';

import { email_draft, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let owner: string;
beforeAll(async () => {
  server = await startTestServer();
  owner = await server.signIn();
});
afterAll(() => server.close());

async function drafted(): Promise<{ proposal_id: string; payload_hash: string }> {
  const { json } = await server.call('POST', '/ai/propose', { as: owner, body: email_draft });
  return json;
}

test('the figures count what was decided, how fast after the card was opened, and claim nothing without cases', async () => {
  const empty = await server.call('GET', '/api/metrics', { as: owner });
  expect(empty.status).toBe(200);
  expect(empty.json).toMatchObject({
    precision: [],
    decision_seconds: { n: 0, median: null },
    escalation_accuracy: { value: null, n: 0 },
    hours_saved: { value: 0, n: 0 },
  });
  expect(empty.json.per_day).toHaveLength(30);

  const card = await drafted();
  expect((await server.call('POST', `/api/proposals/${card.proposal_id}/open`, { as: owner, body: {} })).status).toBe(204);
  await server.call('POST', '/ai/decide', { as: owner, body: { ...card, decision: 'reject', status: undefined } });
  const { json } = await server.call('GET', '/api/metrics', { as: owner });
  expect(json.precision).toEqual([
    expect.objectContaining({
      vertical: 'money',
      action_type: 'email',
      sop_version: 'user',
      n: 1,
      rejected: 1,
      precision: 0,
      disabled_at: null,
    }),
  ]);
  expect(json.decision_seconds).toMatchObject({ n: 1 });
  expect(json.per_day.at(-1)).toMatchObject({ opened: 1, approved: 0, rejected: 1 });
});

test('an owner sees which procedures are switched off and switches them on; others may not', async () => {
  await server.db.sql`
    insert into sop_switches (org_id, vertical, action_type, sop_version, disabled_at, reason)
    values (${server.org_id}, 'money', 'email', 'money-1', now(), 'people wanted 0 of 10')`;
  const viewer = await server.member('viewer');
  const listed = await server.call('GET', '/api/sops', { as: viewer });
  expect(listed.json.procedures).toContainEqual(
    expect.objectContaining({ sop_version: 'money-1', disabled_reason: 'people wanted 0 of 10', disabled_at: expect.any(String) }),
  );
  const path = '/api/sops/money/email/enable';
  expect((await server.call('POST', path, { as: viewer, body: {} })).status).toBe(403);
  expect((await server.call('POST', path, { as: owner, body: {} })).status).toBe(200);
  expect((await server.call('POST', path, { as: owner, body: {} })).status).toBe(409);
  const [audit] = await server.db.sql<{ metadata: object }>`select metadata from audit where metadata ? 'switched_on'`;
  expect(audit?.metadata).toMatchObject({ switched_on: { vertical: 'money', action_type: 'email', sop_versions: ['money-1'] } });
});

test('a card that is not there, or another organisation’s, cannot be opened', async () => {
  const opened = async (id: string) => (await server.call('POST', `/api/proposals/${id}/open`, { as: owner, body: {} })).status;
  expect(await opened('nothing')).toBe(404);
  expect(await opened(crypto.randomUUID())).toBe(404);
  const { proposal_id } = await drafted();
  await server.db.sql`update proposals set org_id = ${crypto.randomUUID()} where id = ${proposal_id}`;
  expect(await opened(proposal_id)).toBe(404);
});

test.each(['%00/email', 'nonsense/email', 'money/letter'])('there is no procedure %s to switch on', async (name) => {
  expect((await server.call('POST', `/api/sops/${name}/enable`, { as: owner, body: {} })).status).toBe(404);
});

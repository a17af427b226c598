import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { audit_row } from '../domain/wire/audit.ts';
import { proposal_view } from '../domain/wire/card.ts';
import { until } from '../scripts/testing/wait.ts';
import { email_draft, owner, startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
let lead: string;
let viewer: string;
beforeAll(async () => {
  server = await startTestServer();
  [ana, lead, viewer] = [await server.signIn(), await server.member('ops_lead'), await server.member('viewer')];
});
afterAll(() => server.close());

const hour_ms = 3_600_000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const act = (verb: string, id: string, body?: unknown, as = ana) => server.call('POST', `/api/proposals/${id}/${verb}`, { as, body });
const viewOf = async (id: string) => proposal_view.parse((await server.call('GET', `/api/proposals/${id}`, { as: ana })).json);
const auditOf = async (id: string) =>
  audit_row.array().parse((await server.call('GET', `/api/proposals/${id}/audit`, { as: ana })).json.audit);
async function draft(): Promise<{ proposal_id: string; payload_hash: string }> {
  return (await server.call('POST', '/ai/propose', { as: ana, body: email_draft })).json;
}
const decide = ({ proposal_id, payload_hash }: { proposal_id: string; payload_hash: string }, as: string, decision = 'approve') =>
  server.call('POST', '/ai/decide', { as, body: { proposal_id, payload_hash, decision } });
async function idOf(session: string): Promise<{ user_id: string; email: string }> {
  const role = session === lead ? 'ops_lead' : session === viewer ? 'viewer' : 'owner';
  const [row] = await server.db.sql<{ user_id: string; email: string }>`
    select m.user_id, u.email from members m join "user" u on u.id = m.user_id where m.role = ${role} order by m.created_at limit 1`;
  if (row === undefined) throw new Error(`nobody is ${role}`);
  return row;
}

describe('snoozing', () => {
  test('until a time flags the proposal, keeps it in the list and wakes its run', async () => {
    const { proposal_id } = await draft();
    const until = at(hour_ms);
    const answer = await act('snooze', proposal_id, { until });
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { id: proposal_id, status: 'pending', flags: ['unknown_recipient', 'snoozed'], snoozed_until: until, snoozed_until_event: false },
    ]);
    const { proposals } = (await server.call('GET', '/api/inbox?status=pending', { as: ana })).json;
    expect(proposals.find(({ id }: { id: string }) => id === proposal_id).flags).toContain('snoozed');
    expect(server.woken.at(-1)?.workflow_id).toBe((await viewOf(proposal_id)).workflow_id);
    expect((await auditOf(proposal_id)).at(-1)).toMatchObject({
      from_status: 'pending',
      to_status: 'pending',
      actor_type: 'user',
      metadata: { snoozed_until: until },
    });
  });

  test('until something new, and back at once when somebody says so', async () => {
    const { proposal_id } = await draft();
    expect((await act('snooze', proposal_id, { until_event: true })).json).toMatchObject({
      snoozed_until: null,
      snoozed_until_event: true,
    });
    expect((await act('unsnooze', proposal_id)).json).toMatchObject({ flags: ['unknown_recipient'], snoozed_until_event: false });
    expect((await act('unsnooze', proposal_id)).status).toBe(409);
  });

  test('ends no later than the proposal expires, and the card says so', async () => {
    const { proposal_id } = await draft();
    const { expires_at } = await viewOf(proposal_id);
    const { json } = await act('snooze', proposal_id, { until: at(30 * 24 * hour_ms) });
    expect(json.snoozed_until).toBe(expires_at);
    expect(json.notes.at(-1)).toMatch(/^It is snoozed only until \d\d:\d\d UTC on [\d-]+, because it expires then\.$/);
  });

  test('ends with a decision', async () => {
    const proposal = await draft();
    await act('snooze', proposal.proposal_id, { until_event: true });
    expect((await decide(proposal, ana, 'reject')).status).toBe(200);
    expect(await viewOf(proposal.proposal_id)).toMatchObject({
      status: 'rejected',
      flags: ['unknown_recipient'],
      snoozed_until_event: false,
    });
  });

  test.each([
    ['nothing', {}],
    ['a time in the past', { until: '2020-01-01T00:00:00Z' }],
    ['no time', { until: 'tomorrow' }],
    ['both', { until: '2099-01-01T00:00:00Z', until_event: true }],
    ['until no event', { until_event: false }],
  ])('with %s is 400', async (_, body) => {
    expect((await act('snooze', (await draft()).proposal_id, body)).status).toBe(400);
  });

  test('a proposal that never expires has a limit all the same', async () => {
    const { proposal_id } = await draft();
    await server.db.sql`update proposals set expires_at = null where id = ${proposal_id}`;
    expect((await act('snooze', proposal_id, { until: at(366 * 24 * hour_ms) })).status).toBe(400);
    expect((await act('snooze', proposal_id, { until: at(364 * 24 * hour_ms) })).status).toBe(200);
  });
});

describe('extending', () => {
  test('gives the first span again from now, however often', async () => {
    const { proposal_id } = await draft();
    await server.db
      .sql`update proposals set created_at = created_at - interval '6 days', expires_at = expires_at - interval '6 days' where id = ${proposal_id}`;
    const week_ms = 7 * 24 * hour_ms;
    // The first audit row says when it was to expire at first.
    const first = 13 * 24 * hour_ms;
    const before = (await viewOf(proposal_id)).expires_at ?? '';
    const { status, json } = await act('extend', proposal_id);
    expect(status).toBe(200);
    expect(Date.parse(json.expires_at) - Date.now()).toBeGreaterThan(first - 60_000);
    expect(Date.parse(json.expires_at) - Date.now()).toBeLessThanOrEqual(first);
    expect(Date.parse(before) - Date.now()).toBeLessThan(week_ms);
    const again = await act('extend', proposal_id, {});
    expect(Date.parse(again.json.expires_at)).toBeGreaterThan(Date.parse(json.expires_at));
    expect(Date.parse(again.json.expires_at) - Date.now()).toBeLessThanOrEqual(first);
    expect((await auditOf(proposal_id)).at(-1)?.metadata).toMatchObject({
      extended_from: json.expires_at,
      expires_at: again.json.expires_at,
    });
    expect(again.json.notes.at(-1)).toMatch(/ gave it more time: it expires at /);
  });

  test('adds hours to what is left, or takes a time', async () => {
    const { proposal_id } = await draft();
    const before = Date.parse((await viewOf(proposal_id)).expires_at ?? '');
    expect(Date.parse((await act('extend', proposal_id, { hours: 12 })).json.expires_at)).toBe(before + 12 * hour_ms);
    const until = at(20 * 24 * hour_ms);
    expect((await act('extend', proposal_id, { until })).json.expires_at).toBe(until);
  });

  test.each([
    ['an earlier time', { until: at(hour_ms) }],
    ['more than a year', { until: at(366 * 24 * hour_ms) }],
    ['no hours', { hours: 0 }],
    ['both', { hours: 1, until: at(20 * 24 * hour_ms) }],
  ])('with %s is 400', async (_, body) => {
    expect((await act('extend', (await draft()).proposal_id, body)).status).toBe(400);
  });

  test('what never expires is 409', async () => {
    const { proposal_id } = await draft();
    await server.db.sql`update proposals set expires_at = null where id = ${proposal_id}`;
    expect((await act('extend', proposal_id)).json).toMatchObject({ status: 409, detail: 'It never expires, so it needs no more time.' });
  });
});

describe('delegating', () => {
  const handed = { until: at(2 * hour_ms), reason: 'Knows this customer' };

  test('by email or id lets an ops lead decide what is high; the audit has both names, when and why', async () => {
    for (const by of ['email', 'user_id'] as const) {
      const proposal = await draft();
      expect((await decide(proposal, lead)).json.detail).toBe(
        'Ops leads decide low urgency only, and what is delegated to them. This is high and not delegated to you. Ask an owner.',
      );
      const { user_id, ...rest } = await idOf(lead);
      const { status, json } = await act('delegate', proposal.proposal_id, { ...handed, to: { user_id, ...rest }[by] });
      expect(status).toBe(200);
      expect(json.delegation).toEqual({ to: user_id, to_name: 'ops_lead', from: (await idOf(ana)).user_id, from_name: 'Ana', ...handed });
      const row = (await auditOf(proposal.proposal_id)).at(-1);
      expect(row).toMatchObject({
        metadata: { from: (await idOf(ana)).user_id, to: user_id, until: handed.until },
        delegation: { from_name: 'Ana', to_name: 'ops_lead', ...handed },
      });
      expect(JSON.stringify(row?.metadata)).not.toContain(handed.reason);
      expect((await decide(proposal, lead)).json).toMatchObject({ status: 'approved', decided_by: rest.email });
    }
  });

  test('to somebody else afterwards takes it from whom it was with', async () => {
    const proposal = await draft();
    await act('delegate', proposal.proposal_id, { ...handed, to: (await idOf(lead)).email });
    const ben = await server.member('owner');
    await act('delegate', proposal.proposal_id, { ...handed, to: owner.email }, ben);
    expect((await decide(proposal, lead)).status).toBe(403);
  });

  test('lasts until its time and not longer', async () => {
    const proposal = await draft();
    await act('delegate', proposal.proposal_id, { ...handed, until: at(400), to: (await idOf(lead)).email });
    await until('the delegation has ended', async () => (await viewOf(proposal.proposal_id)).delegation === null);
    expect((await decide(proposal, lead)).status).toBe(403);
  });

  test('replaces no place on the approver list: the card says so, and so does the refusal', async () => {
    const { user_id } = await idOf(lead);
    await server.db.sql`delete from approvers where user_id = ${user_id} and action_type = 'email'`;
    const proposal = await draft();
    const { json } = await act('delegate', proposal.proposal_id, { ...handed, to: user_id });
    expect(json.notes.at(-1)).toBe('ops_lead is not on the approver list for email: an owner has to add them before they can decide it.');
    expect((await decide(proposal, lead)).json).toMatchObject({
      type: '/docs#not_an_approver',
      detail: 'It is delegated to you, but you are not on the approver list for email. Ask an owner to add you.',
    });
    await server.db.sql`insert into approvers (org_id, action_type, user_id) values (${server.org_id}, 'email', ${user_id})`;
    expect((await decide(proposal, lead)).status).toBe(200);
  });

  test.each([
    ['nobody of this organisation', { to: 'stranger@elsewhere.example' }, 404],
    ['oneself', { to: owner.email.toUpperCase() }, 400],
    ['a time in the past', { until: '2020-01-01T00:00:00Z' }, 400],
    ['a time beyond a year', { until: at(366 * 24 * hour_ms) }, 400],
    ['no time', { until: 'soon' }, 400],
    ['no reason', { reason: ' ' }, 400],
  ])('with %s is refused', async (_, wrong, status) => {
    const to = (await idOf(lead)).email;
    expect((await act('delegate', (await draft()).proposal_id, { ...handed, to, ...wrong })).status).toBe(status);
  });

  test('to a viewer is refused', async () => {
    const { email } = await idOf(viewer);
    expect((await act('delegate', (await draft()).proposal_id, { ...handed, to: email })).json.detail).toContain('is a viewer');
  });
});

describe.each([
  ['snooze', { until_event: true }],
  ['extend', {}],
  ['delegate', { to: owner.email, until: at(hour_ms), reason: 'x' }],
])('%s', (verb, body) => {
  test('is for a session of somebody who may decide it', async () => {
    const { proposal_id } = await draft();
    const { key } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'k', kind: 'personal' } })).json;
    expect((await server.call('POST', `/api/proposals/${proposal_id}/${verb}`, { body })).status).toBe(401);
    expect((await act(verb, proposal_id, body, key)).status).toBe(403);
    expect((await act(verb, proposal_id, body, viewer)).status).toBe(403);
    expect((await act(verb, proposal_id, body, lead)).status).toBe(403);
    expect((await act(verb, '00000000-0000-4000-8000-000000000000', body)).status).toBe(404);
    expect((await act(verb, 'nope', body)).status).toBe(404);
  });

  test('a proposal that was decided is 409', async () => {
    const proposal = await draft();
    await decide(proposal, ana, 'reject');
    const as = verb === 'delegate' ? await server.member('owner') : ana;
    expect((await act(verb, proposal.proposal_id, body, as)).json).toMatchObject({ status: 409, current_status: 'rejected' });
  });

  test('is in the API’s document', async () => {
    const { json } = await server.call('GET', '/openapi.json', { as: ana });
    const { requestBody } = json.paths[`/api/proposals/{id}/${verb}`].post;
    expect(requestBody.required).toBe(verb !== 'extend');
  });
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { PermanentError } from '../domain/executor.ts';
import type { SettingKey, SettingValue } from '../domain/setting-registry.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { setSetting } from '../scripts/testing/settings.ts';
import { proposeDraft } from './agent-drafts.ts';
import { settle } from './attempts.ts';
import { undo } from './aftercare.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { setApprovers } from './approvers.ts';
import { changeSetting, type Change } from './change-setting.ts';
import { decide } from './decide.ts';
import { claim } from './executions.ts';
import { changeRole, removeMember } from './members.ts';
import { proposeSetting } from './propose-setting.ts';
import { readProposal } from './proposals.ts';
import { changedSettings, readSettings } from './settings.ts';

let t: TestDatabase;
let ana: Person;
let ben: Person;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  const [organisation] = await t.db.sql<{ id: string }>`insert into organisations (name) values ('own') returning id`;
  t.org_id = organisation?.id ?? '';
  ana = await member(t.db, t.org_id);
  ben = await member(t.db, t.org_id);
});

const asking = { defaults: {}, connectionOf: () => 'execops:settings' };
const ask = (setting: SettingKey, value: SettingValue, person = ana) => proposeSetting(t.db, person, { setting, value }, asking);
const view = (id: string) => readProposal(t.db, t.org_id, id);
const valueOf = async (key: SettingKey) => (await readSettings(t.db.sql, t.org_id))[key];

/** As the worker has it when its attempt begins. */
async function claimed(proposal_id: string, person = ben) {
  const { payload_hash } = await view(proposal_id);
  await decide(t.db, person, { proposal_id, decision: 'approve', payload_hash }, { via: 'api', undo_seconds: 0 });
  const execution = await claim(t.db, t.org_id, proposal_id, 1, 'execops:settings');
  if (execution === null) throw new Error('nothing was claimed');
  const { payload } = await view(proposal_id);
  return { execution, proposal_id, idempotency_key: execution.idempotency_key, change: payload as Change, defaults: {} };
}

async function changed(setting: SettingKey, value: SettingValue): Promise<string> {
  const { proposal_id } = await ask(setting, value);
  const order = await claimed(proposal_id);
  await changeSetting(t.db, order);
  await settle(t.db, order.execution, { status: 'succeeded', result: {} }, order.execution.attempt);
  return proposal_id;
}

describe('a change of a setting', () => {
  test('is a card that says what it is now and what it would be', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    expect(await view(proposal_id)).toMatchObject({
      vertical: 'settings',
      action_type: 'api_call',
      operation: 'settings.change',
      connection: 'execops:settings',
      subject: 'settings:money.top_percent',
      title: 'Money: top customers from 10 % to 5 %',
      urgency: 'low',
      reversibility: 'reversible',
      status: 'pending',
      payload: { setting: 'money.top_percent', from: 10, to: 5 },
      facts: [
        { label: 'Setting', value: 'Money: top customers' },
        { label: 'Now', value: '10 %' },
        { label: 'Then', value: '5 %', unusual: true },
      ],
    });
  });

  test('is made by its approved execution, once, and says by whom', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    const order = await claimed(proposal_id);
    expect(await valueOf('money.top_percent')).toBe(10);
    await Promise.all([changeSetting(t.db, order), changeSetting(t.db, order)]);
    await changeSetting(t.db, order);
    expect(await valueOf('money.top_percent')).toBe(5);
    const known = (await changedSettings(t.db.sql, t.org_id)).get('money.top_percent');
    expect(known).toMatchObject({ value: 5, changed_by: ben.user_id, changed_by_name: ben.name });
    const rows = (await auditOf(t.db, t.org_id, proposal_id)).filter(({ metadata }) => metadata.setting === 'money.top_percent');
    expect(rows).toHaveLength(1);
    expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
  });

  test('is refused when the setting became another one meanwhile', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    const order = await claimed(proposal_id);
    await setSetting(t, 'money.top_percent', 20);
    await expect(changeSetting(t.db, order)).rejects.toThrow(PermanentError);
    await expect(changeSetting(t.db, order)).rejects.toThrow('Money: top customers is 20 % by now, not 10 %');
    expect(await valueOf('money.top_percent')).toBe(20);
  });

  test('is refused when a person made it one of another setting', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    const order = await claimed(proposal_id);
    const other = { ...order, change: { setting: 'organisation.undo_seconds' as const, from: 10, to: 0 } };
    await expect(changeSetting(t.db, other)).rejects.toThrow('about another setting');
  });

  test('withdraws other cards that would change it', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    const rival = await ask('money.top_percent', 5);
    expect(rival).toMatchObject({ proposal_id, drafted: false });
    const id = randomUUID();
    await t.db.tx(async (sql) => {
      await sql`
        insert into proposals (id, org_id, event_id, vertical, sop_version, subject, action_type, operation, connection, payload, payload_hash, urgency,
          title, reasoning, words, priority, priority_parts, reversibility, workflow_id)
        select ${id}, org_id, event_id, vertical, sop_version, 'rollback:x', action_type, operation, connection, payload, payload_hash, urgency,
          title, reasoning, words, priority, priority_parts, reversibility, workflow_id from proposals where id = ${proposal_id}`;
    });
    await changeSetting(t.db, await claimed(proposal_id));
    expect(await view(id)).toMatchObject({ status: 'superseded', notes: [expect.stringContaining('was changed to 5 % meanwhile')] });
  });

  test('cannot be written past its approval by the application', async () => {
    const write = (proposal_id: string) => t.db.sql`
      insert into settings (org_id, key, value, changed_by, proposal_id) values (${t.org_id}, 'money.top_percent', '5', 'x', ${proposal_id})`;
    await expect(write(randomUUID())).rejects.toThrow('setting refused');
    const { proposal_id } = await ask('money.top_percent', 5);
    await expect(write(proposal_id)).rejects.toThrow('setting refused');
    await claimed(proposal_id);
    await t.db
      .sql`insert into settings (org_id, key, value, changed_by, proposal_id) values (${t.org_id}, 'money.top_percent', '5', 'x', ${proposal_id})`;
    await expect(t.db.sql`update settings set value = '6' where org_id = ${t.org_id}`).rejects.toThrow('setting refused');
  });
});

describe('asking for a change', () => {
  test('takes the place of a card that asked for another value', async () => {
    const first = await ask('money.top_percent', 5);
    const second = await ask('money.top_percent', 20, ben);
    expect(second).toMatchObject({ drafted: true });
    expect(await view(first.proposal_id)).toMatchObject({ status: 'superseded', notes: [`${ben.name} asked for 20 % instead.`] });
    expect(await view(second.proposal_id)).toMatchObject({ status: 'pending', payload: { from: 10, to: 20 } });
  });

  test('takes the place of one that failed', async () => {
    const first = await ask('money.top_percent', 5);
    await t.db.sql`update proposals set status = 'failed' where id = ${first.proposal_id}`;
    const second = await ask('money.top_percent', 20);
    expect((await view(first.proposal_id)).status).toBe('superseded');
    expect((await view(second.proposal_id)).status).toBe('pending');
  });

  test('waits for one that is about to run', async () => {
    const { proposal_id } = await ask('money.top_percent', 5);
    await claimed(proposal_id);
    await expect(ask('money.top_percent', 20)).rejects.toMatchObject({ status: 409, members: { proposal_id } });
  });

  test('for what it is already is told so', async () => {
    await expect(ask('money.top_percent', 10)).rejects.toMatchObject({ status: 409, problem: 'nothing_to_change' });
  });

  test('at once from two people leaves one card', async () => {
    await Promise.all([
      ask('money.top_percent', 5),
      ask('money.top_percent', 6, ben),
      ask('money.top_percent', 7),
      ask('money.top_percent', 8, ben),
    ]);
    const rows = await t.db.sql`select id from proposals where org_id = ${t.org_id} and status = 'pending'`;
    expect(rows).toHaveLength(1);
  });

  test('is not for viewers, and no draft of an agent or a person can do it', async () => {
    const viewer = await member(t.db, t.org_id, { role: 'viewer' });
    await expect(ask('money.top_percent', 5, viewer)).rejects.toMatchObject({ status: 403 });
    const request = {
      vertical: 'money' as const,
      action_type: 'api_call' as const,
      operation: 'settings.change',
      urgency: 'low' as const,
      reasoning: 'x',
      payload: { setting: 'money.top_percent', from: 10, to: 5 },
      evidence: [],
      event_id: undefined,
    };
    const actor = { type: 'agent' as const, id: randomUUID() };
    const draft = proposeDraft(t.db, { org_id: t.org_id, actor, request, connectionOf: () => 'execops:settings' });
    await expect(draft).rejects.toMatchObject({ status: 400 });
  });
});

describe('the number of approvals', () => {
  test('is asked of cards that are stored, and of those that wait when it changes', async () => {
    await member(t.db, t.org_id);
    const waiting = await pendingCard(t.db, t.org_id);
    await changed('organisation.required_approvals.email', 2);
    const stored = await pendingCard(t.db, t.org_id);
    expect((await view(waiting.id)).required_approvals).toBe(2);
    expect((await view(waiting.id)).notes).toContain('It takes 2 approvals now.');
    expect((await view(stored.id)).required_approvals).toBe(2);
    expect((await auditOf(t.db, t.org_id, waiting.id)).at(-1)?.metadata).toMatchObject({ required_approvals: 2 });

    await changed('organisation.required_approvals.email', 1);
    expect((await view(waiting.id)).required_approvals).toBe(1);
    const card = await view(stored.id);
    await decide(t.db, ana, { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, { via: 'api' });
    expect((await view(stored.id)).status).toBe('approved');
  });

  test('misses no card that is being stored', async () => {
    const { proposal_id } = await ask('organisation.required_approvals.email', 2);
    const order = await claimed(proposal_id);
    const [, ...cards] = await Promise.all([changeSetting(t.db, order), ...Array.from({ length: 20 }, () => pendingCard(t.db, t.org_id))]);
    const views = await Promise.all(cards.map(({ id }) => view(id)));
    expect(views.map(({ required_approvals }) => required_approvals)).toEqual(cards.map(() => 2));
  });

  test('is never more than there are people who may give them', async () => {
    await expect(ask('organisation.required_approvals.email', 3)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('2 people may approve emails'),
    });
  });

  test('is never more than that when it is changed, whoever left and whatever the card was edited to', async () => {
    const { proposal_id } = await ask('organisation.required_approvals.email', 2);
    const order = await claimed(proposal_id);
    await setApprovers(t.db, ana, 'email', [ana.user_id]);
    await expect(changeSetting(t.db, order)).rejects.toThrow(PermanentError);
    await expect(changeSetting(t.db, order)).rejects.toThrow('1 people may approve emails');
    expect(await valueOf('organisation.required_approvals.email')).toBe(1);
  });

  test.each(['"two"', '2.5', '1e300', '-1', 'null', '{"a": 1}'])(
    'that is stored as %s is the default one, and cards are stored',
    async (value) => {
      await asOwner(
        t.url,
        `insert into settings (org_id, key, value, changed_by, proposal_id) values ($1, 'organisation.required_approvals.email', $2, 'x', $3)`,
        [t.org_id, value, randomUUID()],
      );
      const card = await pendingCard(t.db, t.org_id);
      expect((await view(card.id)).required_approvals).toBe(1);
      expect(await valueOf('organisation.required_approvals.email')).toBe(1);
      await decide(t.db, ana, { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, { via: 'api' });
      expect((await view(card.id)).status).toBe('approved');
    },
  );

  test('leaves a change of the rules to as many owners as there are beside the one who asks', async () => {
    await changed('organisation.required_approvals.api_call', 2);
    const two = await ask('money.top_percent', 5);
    expect((await view(two.proposal_id)).required_approvals).toBe(1);
    await member(t.db, t.org_id);
    const three = await ask('money.pause_days', 5);
    expect((await view(three.proposal_id)).required_approvals).toBe(2);
  });
});

describe('a change of the rules that waits for two owners', () => {
  let eva: Person;
  let card: { proposal_id: string; payload_hash: string };
  beforeEach(async () => {
    eva = await member(t.db, t.org_id);
    await setSetting(t, 'organisation.required_approvals.api_call', 2);
    card = await ask('money.top_percent', 5);
  });
  const approve = (person: Person, { proposal_id, payload_hash } = card) =>
    decide(t.db, person, { proposal_id, decision: 'approve', payload_hash }, { via: 'api' });
  const note = 'There are fewer owners who may approve it, so it takes 1 approval now.';

  test.each([
    ['is removed', () => removeMember(t.db, ana, eva.user_id)],
    ['becomes an ops lead', () => changeRole(t.db, ana, eva.user_id, 'ops_lead')],
    ['is taken off the list', () => setApprovers(t.db, ana, 'api_call', [ana.user_id, ben.user_id])],
  ])('takes as many as a new one would when one of them %s, and says so', async (_, goes) => {
    await expect(approve(ana)).rejects.toMatchObject({ problem: 'own_proposal' });
    await goes();
    expect(await view(card.proposal_id)).toMatchObject({ status: 'pending', version: 1, required_approvals: 1 });
    expect((await view(card.proposal_id)).notes).toContain(note);
    expect((await auditOf(t.db, t.org_id, card.proposal_id)).at(-1)).toMatchObject({
      actor_id: ana.user_id,
      metadata: { version: 1, required_approvals: 1 },
    });
    expect(await approve(ben)).toMatchObject({ status: 'approved' });
    expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
  });

  test('is not approved by that: whoever had approved it says so again', async () => {
    await approve(ben);
    await removeMember(t.db, ana, eva.user_id);
    expect(await view(card.proposal_id)).toMatchObject({ status: 'pending', approvals: 1, required_approvals: 1 });
    expect(await approve(ben)).toMatchObject({ status: 'approved' });
  });

  test('takes the approval anew of which the owner who gave it left', async () => {
    await approve(eva);
    await removeMember(t.db, ana, eva.user_id);
    const anew = await view(card.proposal_id);
    expect(anew).toMatchObject({ status: 'pending', version: 2, approvals: 0, required_approvals: 1 });
    expect(await approve(ben, { ...card, payload_hash: anew.payload_hash })).toMatchObject({ status: 'approved' });
  });

  test('still takes two while two others than who asked are left', async () => {
    await removeMember(t.db, eva, ana.user_id);
    expect((await view(card.proposal_id)).required_approvals).toBe(2);
    await approve(ben);
    expect(await approve(eva)).toMatchObject({ status: 'approved' });
  });

  test('still takes two after the list was empty for a while', async () => {
    await setApprovers(t.db, ana, 'api_call', []);
    await setApprovers(t.db, ana, 'api_call', [ana.user_id, ben.user_id, eva.user_id]);
    expect((await view(card.proposal_id)).required_approvals).toBe(2);
  });

  test('takes one after an empty list was filled with too few', async () => {
    await setApprovers(t.db, ana, 'api_call', []);
    await setApprovers(t.db, ana, 'api_call', [ana.user_id, ben.user_id]);
    expect((await view(card.proposal_id)).required_approvals).toBe(1);
  });

  test('comes back as one that can be completed when an owner left while it was approved', async () => {
    await approve(ben);
    await approve(eva);
    await removeMember(t.db, ana, eva.user_id);
    expect(await view(card.proposal_id)).toMatchObject({ status: 'approved', required_approvals: 2 });
    await undo(t.db, ben, card.proposal_id);
    expect(await view(card.proposal_id)).toMatchObject({ status: 'pending', required_approvals: 1 });
  });

  test('is not stored asking for an owner who leaves at that moment', async () => {
    const [{ proposal_id }] = await Promise.all([ask('money.pause_days', 5), removeMember(t.db, ben, eva.user_id)]);
    expect((await view(proposal_id)).required_approvals).toBe(1);
  });

  test('is the only kind that asks for less: what else waits for two goes on waiting', async () => {
    const waiting = await pendingCard(t.db, t.org_id);
    await t.db.sql`update proposals set required_approvals = 2 where id = ${waiting.id}`;
    await removeMember(t.db, ana, eva.user_id);
    await removeMember(t.db, ana, ben.user_id);
    expect((await view(waiting.id)).required_approvals).toBe(2);
    expect((await view(card.proposal_id)).required_approvals).toBe(1);
    expect(await approve(ana)).toMatchObject({ status: 'approved' });
  });
});

test('an owner says who approves, and nobody else does', async () => {
  const lead = await member(t.db, t.org_id, { role: 'ops_lead' });
  const viewer = await member(t.db, t.org_id, { role: 'viewer', approver: false });
  const idsOf = (lists: Awaited<ReturnType<typeof setApprovers>>) =>
    lists
      .find(({ action_type }) => action_type === 'email')
      ?.members.map(({ user_id }) => user_id)
      .sort();
  expect(idsOf(await setApprovers(t.db, ana, 'email', [ben.user_id, lead.user_id, ben.user_id]))).toEqual(
    [ben.user_id, lead.user_id].sort(),
  );
  expect(idsOf(await setApprovers(t.db, ana, 'email', []))).toEqual([]);
  await expect(setApprovers(t.db, lead, 'email', [lead.user_id])).rejects.toMatchObject({ status: 403 });
  await expect(setApprovers(t.db, ana, 'email', [viewer.user_id])).rejects.toMatchObject({ status: 400 });
  await expect(setApprovers(t.db, ana, 'email', ['nobody'])).rejects.toMatchObject({ status: 400 });
});

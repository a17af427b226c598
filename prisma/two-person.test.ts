import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import type { DecideRequest } from '../domain/wire/decision.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { setSetting } from '../scripts/testing/settings.ts';
import { proposeDraft } from './agent-drafts.ts';
import { retry, undo } from './aftercare.ts';
import { setApprovers } from './approvers.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { decide } from './decide.ts';
import { claim } from './executions.ts';
import { precisions } from './learning.ts';
import { changeRole, removeMember } from './members.ts';
import { readProposal } from './proposals.ts';
import { storeStepUp } from './step-ups.ts';

let t: TestDatabase;
let ana: Person;
let ben: Person;
let eva: Person;

beforeAll(async () => {
  t = await testDatabase();
  ana = await member(t.db, t.org_id);
  ben = await member(t.db, t.org_id);
  eva = await member(t.db, t.org_id);
});
afterAll(() => t.close());

interface Card {
  id: string;
  payload_hash: string;
}

async function forTwo(changes: Parameters<typeof pendingCard>[2] = {}, required = 2): Promise<Card> {
  const card = await pendingCard(t.db, t.org_id, changes);
  await t.db.sql`update proposals set required_approvals = ${required} where id = ${card.id}`;
  return card;
}
const say =
  (decision: 'approve' | 'reject') =>
  (person: Person, card: Card, more: Partial<DecideRequest> = {}) =>
    decide(t.db, person, { proposal_id: card.id, payload_hash: card.payload_hash, decision, ...more }, { via: 'api' });
const approve = say('approve');
const reject = say('reject');
const view = ({ id }: Card) => readProposal(t.db, t.org_id, id);
const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was allowed'),
    (error: unknown) => (error instanceof Problem ? error : Promise.reject(error)),
  );

describe('a card that two have to approve', () => {
  test('stays pending after the first and says who that was; the second approves it', async () => {
    const card = await forTwo();
    expect(await approve(ana, card)).toMatchObject({ status: 'pending', decided_by: ana.email, wake: null });
    const half = await view(card);
    expect(half).toMatchObject({ status: 'pending', version: 1, approvals: 1, required_approvals: 2, decision: null });
    expect(half.approved_by).toMatchObject([{ user_id: ana.user_id, name: ana.name, email: ana.email }]);

    expect(await approve(ben, card)).toMatchObject({ status: 'approved', decided_by: ben.email });
    const whole = await view(card);
    expect(whole.approved_by.map(({ user_id }) => user_id)).toEqual([ana.user_id, ben.user_id]);
    expect(whole).toMatchObject({ status: 'approved', approvals: 2, decision: { decided_by: ben.email } });
    const audit = await auditOf(t.db, t.org_id, card.id);
    expect(audit.map(({ to_status, actor_id }) => [to_status, actor_id])).toEqual([
      ['pending', 'execops'],
      ['pending', ana.user_id],
      ['approved', ben.user_id],
    ]);
    expect(audit[1]?.metadata).toMatchObject({ approvals: 1, required_approvals: 2, payload_hash: card.payload_hash });
  });

  test('gives the same person the same answer twice, and counts them once', async () => {
    const card = await forTwo();
    const { wake: _, ...first } = await approve(ana, card);
    expect(await approve(ana, card)).toEqual({ ...first, wake: null });
    expect(await view(card)).toMatchObject({ status: 'pending', approvals: 1 });
    const problem = await problemOf(reject(ana, card));
    expect(problem).toMatchObject({ problem: 'already_decided', members: { decided_by: ana.email, decision: 'approve' } });
    expect(problem.message).toContain('You approved it at');
  });

  test('is a newer state of itself after each approval, also when the later one began before the earlier', async () => {
    const card = await forTwo();
    const times = [(await view(card)).updated_at];
    await t.db.tx(async (sql) => {
      await sql`select now()`;
      await approve(ana, card);
      times.push((await view(card)).updated_at);
      await decide(
        { tx: (work) => work(sql) },
        ben,
        { proposal_id: card.id, payload_hash: card.payload_hash, decision: 'approve' },
        { via: 'api' },
      );
    });
    times.push((await view(card)).updated_at);
    expect(times).toEqual([...new Set(times)].sort());
    expect(times).toHaveLength(3);
  });

  test('does not run after one, whatever is written past the code', async () => {
    const card = await forTwo();
    await approve(ana, card);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    await asOwner(t.url, `update proposals set status = 'approved', executes_at = now() where id = '${card.id}'`);
    const forged = asOwner(
      t.url,
      `insert into executions (org_id, proposal_id, version, payload_hash, idempotency_key) values ('${t.org_id}', '${card.id}', 1, '${card.payload_hash}', '${card.id}')`,
    );
    await expect(forged).rejects.toThrow('no live approval');
  });

  test('is rejected by the second, and says who did', async () => {
    const card = await forTwo();
    await approve(ana, card);
    expect(await reject(ben, card)).toMatchObject({ status: 'rejected', decided_by: ben.email });
    expect(await view(card)).toMatchObject({ status: 'rejected', decision: { decision: 'reject', decided_by: ben.email } });
    const problem = await problemOf(approve(eva, card));
    expect(problem).toMatchObject({ status: 409, members: { decided_by: ben.email, decision: 'reject' } });
  });

  test('names both when a third comes too late', async () => {
    const card = await forTwo();
    await approve(ana, card);
    await approve(ben, card);
    const problem = await problemOf(reject(eva, card));
    expect(problem).toMatchObject({ status: 409, members: { decided_by: ben.email, current_status: 'approved' } });
    expect(problem.message).toContain(`${ana.name} (${ana.email}), then ${ben.name} (${ben.email}) decided "approve"`);
  });

  test('that is edited after the first approval begins anew: the edit is the editor’s own approval', async () => {
    const card = await forTwo();
    await approve(ana, card);
    const edit = { to: 'ana@example.com', subject: 'Your card', body: 'Please update it today.' };
    const decided = await approve(ben, card, { edit });
    expect(decided).toMatchObject({ status: 'pending' });
    const next = await view(card);
    expect(next).toMatchObject({ version: 2, approvals: 1, payload: edit, payload_hash: decided.payload_hash });
    expect(next.approved_by).toMatchObject([{ user_id: ben.user_id }]);
    expect(await problemOf(approve(ana, card))).toMatchObject({ problem: 'stale_hash' });
    expect(await approve(ana, next)).toMatchObject({ status: 'approved' });
  });

  test('comes back whole when anybody undoes it, and takes two again', async () => {
    const card = await forTwo();
    await approve(ana, card);
    await approve(ben, card);
    await undo(t.db, eva, card.id);
    const back = await view(card);
    expect(back).toMatchObject({ status: 'pending', version: 2, approvals: 0, approved_by: [], flags: ['undone'] });
    expect(await approve(ana, back)).toMatchObject({ status: 'pending' });
    expect(await approve(ben, back)).toMatchObject({ status: 'approved' });
  });

  test('lets the first take their own word back, and nobody else’s', async () => {
    const card = await forTwo();
    await approve(ana, card);
    expect(await problemOf(undo(t.db, ben, card.id))).toMatchObject({ problem: 'not_undoable' });
    await undo(t.db, ana, card.id);
    const back = await view(card);
    expect(back).toMatchObject({ status: 'pending', version: 2, approvals: 0 });
    expect(await problemOf(approve(ben, card))).toMatchObject({ problem: 'stale_hash' });
    expect(await reject(ana, back)).toMatchObject({ status: 'rejected' });
  });

  test('that needs fewer by now is approved when the first says it again', async () => {
    const card = await forTwo();
    await approve(ana, card);
    await t.db.sql`update proposals set required_approvals = 1 where id = ${card.id}`;
    expect(await approve(ana, card)).toMatchObject({ status: 'approved' });
  });

  test.each([
    ['is removed', (person: Person) => removeMember(t.db, ana, person.user_id)],
    ['becomes a viewer', (person: Person) => changeRole(t.db, ana, person.user_id, 'viewer')],
    ['leaves the approver list', () => setApprovers(t.db, ana, 'email', [ana.user_id, ben.user_id, eva.user_id])],
  ])('takes all its approvals anew when the one who approved it %s', async (_, goes) => {
    const gone = await member(t.db, t.org_id);
    const [half, rejected] = [await forTwo(), await forTwo()];
    await approve(gone, half);
    await reject(gone, rejected);
    await goes(gone);
    expect(await problemOf(approve(ben, half))).toMatchObject({ problem: 'stale_hash' });
    const anew = await view(half);
    expect(anew).toMatchObject({ status: 'pending', version: 2, approvals: 0, approved_by: [] });
    expect(anew.notes.at(-1)).toMatch('may not approve it any more');
    expect(await approve(ben, anew)).toMatchObject({ status: 'pending' });
    expect(await approve(eva, anew)).toMatchObject({ status: 'approved' });
    expect(await view(rejected)).toMatchObject({ status: 'rejected', version: 1 });
    expect((await auditOf(t.db, t.org_id, half.id)).find(({ metadata }) => metadata.approver_left === true)).toMatchObject({
      from_status: 'pending',
      to_status: 'pending',
      actor_id: ana.user_id,
    });
    expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
  });

  test('is not completed by the word of somebody whose membership ended past the code', async () => {
    const gone = await member(t.db, t.org_id);
    const card = await forTwo();
    await approve(gone, card);
    await t.db.sql`delete from members where user_id = ${gone.user_id}`;
    expect(await approve(ben, card)).toMatchObject({ status: 'pending' });
    expect(await approve(eva, card)).toMatchObject({ status: 'approved' });
  });

  test('comes back to as many approvals as are asked for by then', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const failing = await pendingCard(t.db, t.org_id);
    await approve(ana, card);
    await approve(ana, failing);
    await t.db.sql`update proposals set status = 'failed' where id = ${failing.id}`;
    await setSetting(t, 'organisation.required_approvals.email', 2);
    try {
      await undo(t.db, ana, card.id);
      await retry(t.db, ana, failing.id);
    } finally {
      await setSetting(t, 'organisation.required_approvals.email', 1);
    }
    for (const { id } of [card, failing]) {
      const back = await view({ id, payload_hash: '' });
      expect(back).toMatchObject({ status: 'pending', required_approvals: 2 });
      expect(await approve(ana, back)).toMatchObject({ status: 'pending' });
    }
  });

  test('counts as one decision of its procedure, and as none while it is half approved', async () => {
    const sop_version = 'two-person';
    const found = async () => (await precisions(t.db.sql, t.org_id, { sop_version }))[0]?.n ?? 0;
    const card = await forTwo({ sop_version });
    await approve(ana, card);
    expect(await found()).toBe(0);
    await approve(ben, card);
    expect(await found()).toBe(1);
  });

  test('of twenty at once from three people takes exactly two', async () => {
    const card = await forTwo();
    const people = [ana, ben, eva];
    await Promise.allSettled(Array.from({ length: 21 }, (_, index) => approve(people[index % 3] ?? ana, card)));
    expect(await view(card)).toMatchObject({ status: 'approved', approvals: 2 });
  });
});

describe('what a person proposed', () => {
  async function drafted(person: Person, required: number): Promise<Card> {
    const request = {
      vertical: 'gtm',
      action_type: 'email',
      urgency: 'low',
      reasoning: 'They asked.',
      payload: { to: ana.email, subject: 'Hello', body: 'Hello.' },
      evidence: [],
    } as const;
    const actor = { type: 'user', id: person.user_id } as const;
    const stored = await proposeDraft(t.db, {
      org_id: t.org_id,
      actor,
      request: { ...request, evidence: [] },
      connectionOf: () => 'outbox:local',
    });
    await t.db.sql`update proposals set required_approvals = ${required} where id = ${stored.proposal_id}`;
    return { id: stored.proposal_id, payload_hash: stored.payload_hash };
  }

  test('is named on its card, and approved by them where one suffices', async () => {
    const card = await drafted(ana, 1);
    expect((await view(card)).proposed_by).toEqual({ user_id: ana.user_id, name: ana.name });
    expect(await approve(ana, card)).toMatchObject({ status: 'approved' });
  });

  test('is approved by others where two are required; they may still reject it', async () => {
    const card = await drafted(ana, 2);
    expect(await problemOf(approve(ana, card))).toMatchObject({ status: 403, problem: 'own_proposal' });
    await approve(ben, card);
    expect(await problemOf(approve(ana, card))).toMatchObject({ problem: 'own_proposal' });
    expect(await approve(eva, card)).toMatchObject({ status: 'approved' });
    expect(await reject(ana, await drafted(ana, 2))).toMatchObject({ status: 'rejected' });
  });

  test('is refused by the database too', async () => {
    const card = await drafted(ana, 2);
    const forged = t.db.sql`
      insert into decisions (org_id, proposal_id, version, payload_hash, decision, decided_by, via)
      values (${t.org_id}, ${card.id}, 1, ${card.payload_hash}, 'approve', ${ana.user_id}, 'web')`;
    await expect(forged).rejects.toThrow('another has to approve it');
  });

  test('is nobody’s where a procedure drafted it', async () => {
    expect((await view(await forTwo())).proposed_by).toBeNull();
  });
});

describe('an approval that takes a second confirm', () => {
  const risky = { urgency: 'critical' } as const;
  let kim: Person;
  beforeAll(async () => {
    kim = await member(t.db, t.org_id);
    await t.db.sql`
      insert into passkeys (id, user_id, name, public_key, device_type) values ('kims-key', ${kim.user_id}, 'Kim’s phone', ${Buffer.from('key')}, 'multiDevice')`;
  });
  const proven = async (person: Person, card: Card, token: string) =>
    storeStepUp(t.db.sql, { token, person, proposal_id: card.id, payload_hash: card.payload_hash });

  test('asks nothing further of a person without a passkey', async () => {
    const card = await pendingCard(t.db, t.org_id, risky);
    expect((await view(card)).gesture).toEqual({ kind: 'confirm', reason: 'It starts at once and cannot be taken back.' });
    expect(await approve(ana, card)).toMatchObject({ status: 'approved' });
  });

  test('asks whoever has one to use it, and says why; rejecting asks for nothing', async () => {
    const card = await pendingCard(t.db, t.org_id, risky);
    const problem = await problemOf(approve(kim, card));
    expect(problem).toMatchObject({
      status: 403,
      problem: 'step_up_required',
      members: { reason: 'It starts at once and cannot be taken back.' },
    });
    expect(await view(card)).toMatchObject({ status: 'pending', approvals: 0 });
    await proven(kim, card, 'token-1');
    expect(await approve(kim, card, { step_up: 'token-1' })).toMatchObject({ status: 'approved' });
    expect(await reject(kim, await pendingCard(t.db, t.org_id, risky))).toMatchObject({ status: 'rejected' });
    expect(await approve(kim, await pendingCard(t.db, t.org_id))).toMatchObject({ status: 'approved' });
  });

  test('takes a proof once, of this person, card and version, within its time', async () => {
    const [card, other] = [await pendingCard(t.db, t.org_id, risky), await pendingCard(t.db, t.org_id, risky)];
    await proven(kim, other, 'of-another-card');
    await proven(ana, card, 'of-another-person');
    await proven(kim, { ...card, payload_hash: 'f'.repeat(64) }, 'of-another-version');
    await proven(kim, card, 'over');
    await asOwner(t.url, `update step_ups set expires_at = now() - interval '1 second' where id = encode(sha256('over'), 'hex')`);
    for (const step_up of ['unknown', 'of-another-card', 'of-another-person', 'of-another-version', 'over'])
      expect(await problemOf(approve(kim, card, { step_up })), step_up).toMatchObject({ problem: 'step_up_required' });
    expect(await approve(kim, other, { step_up: 'of-another-card' })).toMatchObject({ status: 'approved' });
    await undo(t.db, kim, other.id);
    const again = await view(other);
    expect(await problemOf(approve(kim, again, { step_up: 'of-another-card' }))).toMatchObject({ problem: 'step_up_required' });
  });

  test('keeps the proof of an approval that was refused for another reason', async () => {
    const card = await pendingCard(t.db, t.org_id, risky);
    await proven(kim, card, 'kept');
    const edit = { to: 'nobody', subject: '', body: '' };
    expect(await problemOf(approve(kim, card, { step_up: 'kept', edit }))).toMatchObject({ problem: 'invalid_edit' });
    expect(await approve(kim, card, { step_up: 'kept' })).toMatchObject({ status: 'approved' });
  });

  test('is asked for when an edit sends it to somebody unknown', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const edit = { to: 'stranger@elsewhere.example.com', subject: 'Your card', body: 'Hello.' };
    expect(await problemOf(approve(kim, card, { edit }))).toMatchObject({ problem: 'step_up_required' });
    expect(await approve(ana, card, { edit })).toMatchObject({ status: 'approved' });
    expect((await view(card)).flags.toSorted()).toEqual(['edited', 'unknown_recipient']);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { priorityOf } from '../domain/priority.ts';
import { emailDraft, incidentOf, member, pendingCard, storedEvent } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { decide } from './decide.ts';
import { delegate } from './delegate.ts';
import { lookAt, stepDue } from './lifecycle.ts';
import { readProposal } from './proposals.ts';
import { snooze } from './snooze.ts';
import type { StorableDraft } from './storable.ts';
import { storeDrafts } from './store.ts';

const hour_ms = 3_600_000;
let t: TestDatabase;
let ana: Person;
beforeAll(async () => {
  t = await testDatabase();
  ana = await member(t.db, t.org_id);
});
afterAll(() => t.close());
/** Only the first owner is left. */
beforeEach(() => t.db.sql`delete from members where user_id <> ${ana.user_id}`);

const now_ms = Date.now();
const after = (hours: number) => new Date(now_ms + hours * hour_ms);
/** A card whose four hours began just now, unless told otherwise. */
const waiting = (changes: Partial<StorableDraft> = {}) =>
  pendingCard(t.db, t.org_id, { escalates_from: after(0), escalates_at: after(4), expires_at: after(168), ...changes });
const view = ({ id }: { id: string }) => readProposal(t.db, t.org_id, id);
/** What its run would do if it looked at this time. */
async function at({ id, event }: { id: string; event: { id: string } }, hours: number, extra_ms = 0): Promise<string | null> {
  const time = now_ms + hours * hour_ms + extra_ms;
  const [state] = await lookAt(t.db, t.org_id, event.id, time);
  if (state?.next?.in_ms !== 0) return null;
  await stepDue(t.db, { org_id: t.org_id, proposal_id: id, step: state.next.step, now_ms: time });
  return state.next.step;
}
const lastAudit = async ({ id }: { id: string }) => (await auditOf(t.db, t.org_id, id)).at(-1);
const delegationsOf = ({ id }: { id: string }) =>
  t.db.sql`select from_user, to_user, until, reason, actor_type from delegations where proposal_id = ${id} order by created_at`;

describe('the stages of a procedure’s time', () => {
  test('come at a quarter, at half and after all of it, each on the card and in the audit', async () => {
    const ben = await member(t.db, t.org_id, { role: 'ops_lead' });
    const card = await waiting();
    expect(await at(card, 1, -1)).toBeNull();
    expect(await at(card, 1)).toBe('remind');
    expect(await view(card)).toMatchObject({
      escalation: { stage: 'reminded', from: after(0).toISOString(), at: after(4).toISOString() },
      notes: ['A quarter of its 4 hours has passed without a decision.'],
      delegation: null,
      urgency: 'high',
      version: 1,
    });
    expect(await lastAudit(card)).toMatchObject({
      from_status: 'pending',
      to_status: 'pending',
      actor_type: 'system',
      metadata: { stage: 'reminded', due_at: after(1).toISOString(), reason: 'a quarter of its time has passed' },
    });

    expect(await at(card, 2, -1)).toBeNull();
    expect(await at(card, 2)).toBe('delegate');
    const handed = { until: after(4).toISOString(), reason: 'not decided within half of its time' };
    expect(await view(card)).toMatchObject({
      escalation: { stage: 'delegated' },
      delegation: { to: ben.user_id, to_name: ben.name, from: ana.user_id, from_name: ana.name, ...handed },
    });
    expect((await view(card)).notes.at(-1)).toContain(`so ${ana.name}'s part is delegated to ${ben.name} until `);
    expect(await lastAudit(card)).toMatchObject({
      metadata: { stage: 'delegated', from: ana.user_id, to: ben.user_id, ...handed },
      delegation: { from_name: ana.name, to_name: ben.name, ...handed },
    });

    expect(await at(card, 4), 'four hours exactly are not more than four hours').toBeNull();
    expect(await at(card, 4, 1)).toBe('escalate');
    expect(await view(card)).toMatchObject({
      urgency: 'critical',
      escalation: { stage: 'owner' },
      escalates_at: null,
      delegation: { to: ana.user_id, from: ben.user_id, until: after(168).toISOString() },
      priority: { parts: { urgency: 30 } },
    });
    expect((await view(card)).notes.at(-1)).toBe(`Nobody has decided in time, so it has become critical. It is back with ${ana.name}.`);
    expect(await lastAudit(card)).toMatchObject({
      metadata: { stage: 'owner', urgency: 'critical', from: ben.user_id, to: ana.user_id },
      delegation: { from_name: ben.name, to_name: ana.name },
    });
    expect(await at(card, 100)).toBeNull();
    expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
  });

  test('that passed before there was a card are not gone through one by one', async () => {
    const card = await waiting({ escalates_from: after(-3), escalates_at: after(1) });
    expect(await at(card, 0, 1_000)).toBe('delegate');
    expect(await at(card, 0, 2_000)).toBeNull();
    const { notes } = await view(card);
    expect(notes).toEqual(['Half of its 4 hours had passed before this card was made, and there is nobody to delegate to.']);
    expect((await lastAudit(card))?.metadata).toMatchObject({ stage: 'delegated', skipped: ['reminded'] });
  });

  test('do not come for a card that was critical when it was made, nor for one without a time', async () => {
    const critical = await waiting({ urgency: 'critical', escalates_from: after(-30), escalates_at: after(-6) });
    expect(await at(critical, 1)).toBeNull();
    expect(await view(critical)).toMatchObject({ escalation: { stage: 'owner' }, notes: [], escalates_at: null });
    const timeless = await waiting({ escalates_from: null, escalates_at: null });
    expect(await at(timeless, 100)).toBeNull();
    expect((await view(timeless)).escalation).toEqual({ stage: 'none', from: null, at: null });
  });

  test('stop with expiry, which comes first when both are due', async () => {
    const card = await waiting();
    expect(await at(card, 168)).toBe('expire');
    expect((await view(card)).status).toBe('expired');
    expect(await at(card, 169)).toBeNull();
  });

  test('end in no expiry where the procedure has none', async () => {
    const card = await waiting({ expires_at: null });
    await at(card, 5);
    expect(await at(card, 10_000)).toBeNull();
    expect(await view(card)).toMatchObject({ status: 'pending', urgency: 'critical', expires_at: null });
  });
});

describe('delegation at half', () => {
  test('prefers an ops lead on the list, then another owner on it, whoever was there first', async () => {
    const owner = await member(t.db, t.org_id);
    await member(t.db, t.org_id, { role: 'viewer' });
    await member(t.db, t.org_id, { role: 'ops_lead', approver: false });
    const first = await waiting();
    await at(first, 2);
    expect((await view(first)).delegation?.to).toBe(owner.user_id);
    const lead = await member(t.db, t.org_id, { role: 'ops_lead' });
    const later = await member(t.db, t.org_id, { role: 'ops_lead' });
    await t.db.sql`update members set created_at = now() + interval '1 second' where user_id = ${later.user_id}`;
    const second = await waiting();
    await at(second, 2);
    expect((await view(second)).delegation?.to).toBe(lead.user_id);
  });

  test('with nobody there says so on the card and in the audit, and is no error', async () => {
    const card = await waiting();
    expect(await at(card, 2)).toBe('delegate');
    expect((await view(card)).notes.at(-1)).toBe('Half of its 4 hours has passed without a decision, and there is nobody to delegate to.');
    expect((await lastAudit(card))?.metadata).toMatchObject({ stage: 'delegated', from: ana.user_id, to: null });
    expect(await delegationsOf(card)).toEqual([]);
    await at(card, 4, 1);
    expect((await view(card)).notes.at(-1)).toBe('Nobody has decided in time, so it has become critical.');
    expect(await delegationsOf(card), 'what was never handed on does not come back').toEqual([]);
  });

  test('leaves it with whom a person gave it', async () => {
    const [ben, cleo] = [await member(t.db, t.org_id), await member(t.db, t.org_id, { role: 'ops_lead' })];
    const card = await waiting();
    await delegate(t.db, ana, card.id, { to: ben.email, until: after(3), reason: 'Knows them' });
    await at(card, 2);
    expect(await delegationsOf(card)).toMatchObject([{ to_user: ben.user_id, actor_type: 'user' }]);
    expect((await view(card)).notes.at(-1)).toContain(`It stays with ${ben.name} until`);
    expect((await lastAudit(card))?.metadata).toMatchObject({ stage: 'delegated', from: ana.user_id, to: ben.user_id });
    expect(cleo.user_id).not.toBe(ben.user_id);
  });

  test('is handed on by an ops lead for no longer than it is with them, and back to an owner for as long as they like', async () => {
    const [ben, cleo] = [await member(t.db, t.org_id, { role: 'ops_lead' }), await member(t.db, t.org_id, { role: 'ops_lead' })];
    const card = await waiting();
    await delegate(t.db, ana, card.id, { to: ben.email, until: after(3), reason: 'Knows them' });
    const longer = delegate(t.db, ben, card.id, { to: cleo.email, until: after(3.1), reason: 'I am away' });
    await expect(longer).rejects.toMatchObject({ status: 400, message: expect.stringContaining('It is with you until') });
    await delegate(t.db, ben, card.id, { to: cleo.email, until: after(3), reason: 'I am away' });
    await delegate(t.db, cleo, card.id, { to: ana.email, until: after(9), reason: 'So am I' });
    expect(await delegationsOf(card)).toMatchObject([{ to_user: ben.user_id }, { to_user: cleo.user_id }, { to_user: ana.user_id }]);
  });

  test('lets an ops lead decide what is high until it is critical, and then no more', async () => {
    const lead = await member(t.db, t.org_id, { role: 'ops_lead' });
    const verdict = (card: { id: string; payload_hash: string }) =>
      decide(t.db, lead, { proposal_id: card.id, decision: 'reject', payload_hash: card.payload_hash }, { via: 'api' });
    const [one, other] = [await waiting(), await waiting()];
    await expect(verdict(one)).rejects.toMatchObject({ problem: 'forbidden' });
    await at(one, 2);
    expect(await verdict(one)).toMatchObject({ status: 'rejected', decided_by: lead.email });
    await at(other, 2);
    await at(other, 4, 1);
    await expect(verdict(other)).rejects.toMatchObject({ problem: 'forbidden' });
  });
});

describe('a snoozed card', () => {
  test('goes on through its stages, and is back when it becomes critical', async () => {
    const card = await waiting();
    await snooze(t.db, ana, card.id, { until_event: true });
    expect(await at(card, 1)).toBe('remind');
    expect((await view(card)).flags).toEqual(['snoozed']);
    expect(await at(card, 4, 1)).toBe('escalate');
    expect(await view(card)).toMatchObject({ flags: [], snoozed_until_event: false, urgency: 'critical' });
    expect((await lastAudit(card))?.metadata).toMatchObject({ stage: 'owner', woken_by: 'critical' });
  });

  test('is back at its time to the millisecond', async () => {
    const card = await waiting();
    await snooze(t.db, ana, card.id, { until: after(0.5) });
    expect(await at(card, 0.5, -1)).toBeNull();
    expect(await at(card, 0.5)).toBe('unsnooze');
    expect(await view(card)).toMatchObject({ flags: [], snoozed_until: null, status: 'pending' });
    expect((await lastAudit(card))?.metadata).toEqual({ version: 1, woken_by: 'time' });
    expect(await at(card, 0.5, 1)).toBeNull();
  });

  const joined = async (card: { event: { subject: string | null } }, changes: Partial<StorableDraft> = {}) => {
    const event = await storedEvent(t.db, t.org_id, { subject: card.event.subject ?? '' });
    await storeDrafts(t.db, incidentOf(event), [emailDraft(event, changes)]);
  };

  test('is back when something new joins it, if that was the wish', async () => {
    const [till_event, till_time] = [await waiting(), await waiting()];
    await snooze(t.db, ana, till_event.id, { until_event: true });
    await snooze(t.db, ana, till_time.id, { until: after(3) });
    await joined(till_event, { joins: false });
    expect((await view(till_event)).flags, 'a second judgement is nothing new').toEqual(['snoozed']);
    await joined(till_event);
    await joined(till_time);
    expect((await view(till_event)).flags).toEqual([]);
    expect((await lastAudit(till_event))?.metadata).toMatchObject({ joined: expect.any(String), woken_by: 'event' });
    expect((await view(till_time)).flags).toEqual(['snoozed']);
  });

  test('is back when an event makes it critical or a new version', async () => {
    const [urgent, incomplete] = [await waiting(), await waiting({ flags: ['incomplete'] })];
    for (const { id } of [urgent, incomplete]) await snooze(t.db, ana, id, { until: after(3) });
    await joined(urgent, { urgency: 'critical', joins: false });
    expect(await view(urgent)).toMatchObject({ flags: [], urgency: 'critical', escalation: { stage: 'owner' } });
    const payload = { to: 'ana@example.com', subject: 'Your card', body: 'Here is the link.' };
    await joined(incomplete, {
      action: { action_type: 'email', operation: null, payload },
      escalates_from: after(0),
      escalates_at: after(4),
    });
    expect(await view(incomplete)).toMatchObject({ flags: [], version: 2, snoozed_until: null });
  });
});

test('an event that makes a delegated card critical brings it back to the owner', async () => {
  const lead = await member(t.db, t.org_id, { role: 'ops_lead' });
  const card = await waiting();
  await at(card, 2);
  const event = await storedEvent(t.db, t.org_id, { subject: card.event.subject ?? '' });
  const priority = priorityOf({ urgency: 'critical', needs_edit: false, vip: false, renewal_near: false });
  await storeDrafts(t.db, incidentOf(event), [emailDraft(event, { urgency: 'critical', priority })]);
  expect((await view(card)).delegation).toMatchObject({ to: ana.user_id, from: lead.user_id });
  expect(await lastAudit(card)).toMatchObject({ delegation: { from_name: lead.name, to_name: ana.name } });
});

test('of a decision and a stage at once both are told, in one order, and the decision stands', { timeout: 60_000 }, async () => {
  await member(t.db, t.org_id, { role: 'ops_lead' });
  for (let round = 0; round < 40; round += 1) {
    const card = await waiting();
    const hours = [1, 2, 5][round % 3] ?? 1;
    const request = { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash } as const;
    await Promise.all([at(card, hours), at(card, hours), decide(t.db, ana, request, { via: 'api' })]);
    const { status, escalation } = await view(card);
    const stages = (await auditOf(t.db, t.org_id, card.id)).filter(({ metadata }) => metadata.stage !== undefined);
    expect(status).toBe('approved');
    expect(
      stages.map(({ metadata }) => metadata.stage),
      `round ${round}`,
    ).toEqual(escalation.stage === 'none' ? [] : [escalation.stage]);
    expect(stages.every(({ to_status }) => to_status === 'pending')).toBe(true);
  }
  expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
});

test('what one incident led to is linked both ways, in order, and nothing else is', async () => {
  const event = await storedEvent(t.db, t.org_id);
  const dm = { action_type: 'slack_dm' as const, operation: null, payload: { to: 'U012AB3CD', text: 'Please look.' } };
  await storeDrafts(t.db, incidentOf(event), [
    emailDraft(event),
    emailDraft(event, { action: dm, title: 'Tell them' }),
    emailDraft(event, { subject: 'stripe:invoice:another', subjects: [] }),
  ]);
  const rows = await t.db.sql<{ id: string }>`select id from proposals where event_id = ${event.id} order by created_at`;
  const [email, message, other] = await Promise.all(rows.map(view));
  expect(email?.linked).toEqual([{ id: message?.id, title: 'Tell them', action_type: 'slack_dm', operation: null, status: 'pending' }]);
  expect(message?.linked.map(({ id }) => id)).toEqual([email?.id]);
  expect(other?.linked).toEqual([]);
});

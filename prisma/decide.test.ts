import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { resolve, retry, undo } from './aftercare.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { decide } from './decide.ts';
import { noteDispatch, settle } from './attempts.ts';
import { claim } from './executions.ts';
import { readProposal } from './proposals.ts';

let t: TestDatabase;
let ana: Person;
let ben: Person;

beforeAll(async () => {
  t = await testDatabase();
  ana = await member(t.db, t.org_id);
  ben = await member(t.db, t.org_id);
});
afterAll(() => t.close());

const approve = (person: Person, card: { id: string; payload_hash: string }, edit?: { [key: string]: string }) =>
  decide(
    t.db,
    person,
    { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash, edit },
    { via: 'api', undo_seconds: 0 },
  );
const reject = (person: Person, card: { id: string; payload_hash: string }) =>
  decide(t.db, person, { proposal_id: card.id, decision: 'reject', payload_hash: card.payload_hash, feedback: 'not now' }, { via: 'api' });
const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was allowed'),
    (error: unknown) => (error instanceof Problem ? error : Promise.reject(error)),
  );

describe('a decision', () => {
  test('approves exactly the hash that was seen, and wakes the workflow', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const decided = await approve(ana, card);
    expect(decided).toMatchObject({
      proposal_id: card.id,
      status: 'approved',
      decision: 'approve',
      decided_by: ana.email,
      payload_hash: card.payload_hash,
    });
    expect(decided.wake).toMatchObject({ workflow_id: `event:${card.event.id}`, event_id: card.event.id });
    const audit = await auditOf(t.db, t.org_id, card.id);
    expect(audit.map(({ from_status, to_status, actor_type, actor_id }) => ({ from_status, to_status, actor_type, actor_id }))).toEqual([
      { from_status: null, to_status: 'pending', actor_type: 'system', actor_id: 'execops' },
      { from_status: 'pending', to_status: 'approved', actor_type: 'user', actor_id: ana.user_id },
    ]);
  });

  test('repeated by the same person gives the same answer', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const { wake: _, ...first } = await approve(ana, card);
    expect(await approve(ana, card)).toEqual({ ...first, wake: null });
  });

  test('by a second person is refused with who and when', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const first = await approve(ana, card);
    const problem = await problemOf(approve(ben, card));
    expect(problem).toMatchObject({
      status: 409,
      problem: 'already_decided',
      members: { decided_by: ana.email, decided_at: first.decided_at, decision: 'approve' },
    });
    expect(await problemOf(reject(ana, card))).toMatchObject({ status: 409, problem: 'already_decided' });
  });

  test('on a hash that is no longer current is refused and says the current one', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const problem = await problemOf(approve(ana, { ...card, payload_hash: 'f'.repeat(64) }));
    expect(problem).toMatchObject({ status: 409, problem: 'stale_hash', members: { payload_hash: card.payload_hash, version: 1 } });
  });

  test('with an edit seals and approves the next version', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const edit = { to: 'ana@example.com', subject: 'Your card', body: 'Please update it today.' };
    const decided = await approve(ana, card, edit);
    expect(decided.payload_hash).not.toBe(card.payload_hash);
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({
      version: 2,
      payload: edit,
      payload_hash: decided.payload_hash,
      status: 'approved',
      flags: ['edited'],
    });
    const { wake: _, ...first } = decided;
    expect(await approve(ana, card, edit), 'the same edit again is the same decision').toEqual({ ...first, wake: null });
    expect(await problemOf(approve(ana, card)), 'the unedited version was not approved').toMatchObject({ status: 409 });
  });

  test.each([
    ['a list of recipients', { to: 'a@example.com, b@example.com', subject: 's', body: 'b' }],
    ['a line break in the subject', { to: 'a@example.com', subject: 's\r\nBcc: x@example.com', body: 'b' }],
    ['a missing body', { to: 'a@example.com', subject: 's' }],
    ['an unknown member', { to: 'a@example.com', subject: 's', body: 'b', bcc: 'x@example.com' }],
  ])('with an edit that has %s is refused and leaves the card as it was', async (_, edit) => {
    const card = await pendingCard(t.db, t.org_id);
    expect(await problemOf(approve(ana, card, edit as { [key: string]: string }))).toMatchObject({ status: 422, problem: 'invalid_edit' });
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({
      status: 'pending',
      version: 1,
      payload_hash: card.payload_hash,
    });
  });

  test('of another organisation is a 404, of a viewer, an ops lead on high urgency or somebody off the list a 403', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const stranger = { ...ana, org_id: '00000000-0000-4000-8000-00000000dead' };
    expect(await problemOf(approve(stranger, card))).toMatchObject({ status: 404 });
    expect(await problemOf(approve(await member(t.db, t.org_id, { role: 'viewer' }), card))).toMatchObject({
      status: 403,
      problem: 'forbidden',
    });
    expect(await problemOf(approve(await member(t.db, t.org_id, { role: 'ops_lead' }), card))).toMatchObject({
      status: 403,
      problem: 'forbidden',
    });
    expect(await problemOf(approve(await member(t.db, t.org_id, { approver: false }), card))).toMatchObject({
      status: 403,
      problem: 'not_an_approver',
    });
  });

  test('in somebody else’s name is refused, in one’s own email or id is not', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const request = { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash } as const;
    expect(await problemOf(decide(t.db, ana, { ...request, actor: ben.email }, { via: 'api' }))).toMatchObject({ status: 403 });
    expect(await decide(t.db, ana, { ...request, actor: ana.email }, { via: 'api' })).toMatchObject({ status: 'approved' });
  });

  test('of fifty at once from two people is exactly one', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? approve(ana, card) : reject(ben, card))),
    );
    const answers = new Set(all.flatMap((one) => (one.status === 'fulfilled' ? [`${one.value.decided_by} ${one.value.decided_at}`] : [])));
    expect(answers.size).toBe(1);
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ status: 409, problem: 'already_decided' });
    const [{ decisions } = { decisions: 0 }] = await t.db.sql<{
      decisions: number;
    }>`select count(*)::int as decisions from decisions where proposal_id = ${card.id}`;
    expect(decisions).toBe(1);
  });
});

describe('undo', () => {
  test('brings the card back as a new version, which the old approval does not fit', async () => {
    const card = await pendingCard(t.db, t.org_id);
    await approve(ana, card);
    await undo(t.db, ana, card.id);
    const back = await readProposal(t.db, t.org_id, card.id);
    expect(back).toMatchObject({ status: 'pending', version: 2, flags: ['undone'], decision: null, executes_at: null });
    expect(back.payload_hash).not.toBe(card.payload_hash);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    expect(await problemOf(approve(ana, card))).toMatchObject({ status: 409, problem: 'stale_hash' });
    expect(await approve(ana, { id: card.id, payload_hash: back.payload_hash })).toMatchObject({ status: 'approved' });
  });

  test('of what is not approved, or already running, is refused with its own problem', async () => {
    const card = await pendingCard(t.db, t.org_id);
    expect(await problemOf(undo(t.db, ana, card.id))).toMatchObject({ status: 409, problem: 'not_undoable' });
    await approve(ana, card);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).not.toBeNull();
    expect(await problemOf(undo(t.db, ana, card.id))).toMatchObject({ status: 409, problem: 'already_running' });
  });

  test('and claim at the same moment: exactly one wins, a hundred times', async () => {
    for (let round = 0; round < 100; round += 1) {
      const card = await pendingCard(t.db, t.org_id);
      await approve(ana, card);
      const [claimed, undone] = await Promise.allSettled([claim(t.db, t.org_id, card.id, 1, 'outbox:local'), undo(t.db, ana, card.id)]);
      const ran = claimed.status === 'fulfilled' && claimed.value !== null;
      expect(ran).toBe(undone.status === 'rejected');
    }
  });
});

describe('after an execution', () => {
  // One address takes twenty mails an hour; the tests above have sent them.
  const to_ben = {
    action: { action_type: 'email', operation: null, payload: { to: 'ben@example.com', subject: 'Your card', body: 'Hello.' } },
  } as const;

  test('a failed one goes back to the inbox when a person asks, as a new version', async () => {
    const card = await pendingCard(t.db, t.org_id, to_ben);
    await approve(ana, card);
    expect(await problemOf(retry(t.db, ana, card.id))).toMatchObject({ status: 409 });
    const execution = await claim(t.db, t.org_id, card.id, 1, 'outbox:local');
    if (execution === null) return expect.unreachable('nothing was claimed');
    await settle(t.db, execution, { status: 'failed', error: 'refused' }, 1);
    await retry(t.db, ana, card.id);
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'pending', version: 2 });
  });

  test('an unknown one is settled by a person, once', async () => {
    const card = await pendingCard(t.db, t.org_id, to_ben);
    await approve(ana, card);
    const execution = await claim(t.db, t.org_id, card.id, 1, 'outbox:local');
    if (execution === null) return expect.unreachable('nothing was claimed');
    await noteDispatch(t.db, execution.id, execution.attempt ?? 0);
    await settle(t.db, execution, { status: 'unknown', error: 'the answer is lost' }, 1);
    await resolve(t.db, ana, card.id, 'executed', 'I saw it in the mailbox');
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'executed' });
    expect(await problemOf(resolve(t.db, ana, card.id, 'failed', ''))).toMatchObject({ status: 409 });
  });

  test('every audit row continues the one before it, and the chain verifies', async () => {
    const proposals = await t.db.sql<{ id: string }>`select id from proposals where org_id = ${t.org_id}`;
    for (const { id } of proposals) {
      const rows = await auditOf(t.db, t.org_id, id);
      expect(rows[0]).toMatchObject({ from_status: null, to_status: 'pending' });
      for (const [index, row] of rows.entries()) if (index > 0) expect(row.from_status).toBe(rows[index - 1]?.to_status);
    }
    expect(await verifyAudit(t.db, t.org_id)).toMatchObject({ ok: true, first_break: null });
  });
});

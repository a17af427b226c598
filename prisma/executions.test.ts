import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { undo } from './aftercare.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { decide } from './decide.ts';
import { AttemptSuperseded, beginAttempt, closeAttempt, noteDispatch, settle } from './attempts.ts';
import { claim, unsettledExecution, type ClaimedExecution } from './executions.ts';
import { readProposal } from './proposals.ts';
import { executionsOf, receiptOf } from './receipts.ts';

let t: TestDatabase;
let ana: Person;

beforeAll(async () => {
  t = await testDatabase();
  ana = await member(t.db, t.org_id);
});
afterAll(() => t.close());

async function approvedCard() {
  const card = await pendingCard(t.db, t.org_id);
  await decide(t.db, ana, { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, { via: 'api', undo_seconds: 0 });
  return card;
}

async function claimed(id: string): Promise<ClaimedExecution> {
  const execution = await claim(t.db, t.org_id, id, 1, 'outbox:local');
  if (execution === null) throw new Error('nothing was claimed');
  return execution;
}

const forge = (card: { id: string; payload_hash: string }, version = 1) =>
  asOwner(t.url, 'insert into executions (org_id, proposal_id, version, payload_hash, idempotency_key) values ($1, $2, $3, $4, $5)', [
    t.org_id,
    card.id,
    version,
    card.payload_hash,
    randomUUID(),
  ]);

describe('the database refuses', () => {
  test('an execution of a proposal that nobody approved, even to its owner', async () => {
    await expect(forge(await pendingCard(t.db, t.org_id))).rejects.toThrow('execution refused');
  });

  test('an execution when only the proposal’s status was forged', async () => {
    const card = await pendingCard(t.db, t.org_id);
    await asOwner(t.url, `update proposals set status = 'approved' where id = $1`, [card.id]);
    await expect(forge(card)).rejects.toThrow('execution refused');
  });

  test('an execution of another version or another hash than the approved one', async () => {
    const card = await approvedCard();
    await expect(forge(card, 2)).rejects.toThrow('execution refused');
    await expect(forge({ ...card, payload_hash: 'f'.repeat(64) })).rejects.toThrow('execution refused');
  });

  test('a second execution of one approval', async () => {
    const card = await approvedCard();
    await claimed(card.id);
    await expect(forge(card)).rejects.toThrow('duplicate key');
  });

  test('a decision by somebody who is no member', async () => {
    const card = await pendingCard(t.db, t.org_id);
    const forged = asOwner(
      t.url,
      `insert into decisions (org_id, proposal_id, version, payload_hash, decision, decided_by, via) values ($1, $2, 1, $3, 'approve', 'nobody', 'api')`,
      [t.org_id, card.id, card.payload_hash],
    );
    await expect(forged).rejects.toThrow('decision refused');
  });

  test.each([
    `update decisions set decision = 'reject'`,
    `update decisions set payload_hash = 'x', undone_at = now()`,
    'delete from decisions',
    'truncate decisions',
    'truncate executions cascade',
    'truncate proposal_versions',
    'delete from audit_heads',
    'truncate audit_heads',
  ])('even to its owner: %s', async (statement) => {
    await approvedCard();
    await expect(asOwner(t.url, statement)).rejects.toThrow(/append-only|stands as it was made/);
  });

  test('that an approval which was taken back counts again', async () => {
    const card = await approvedCard();
    await undo(t.db, ana, card.id);
    const revive = t.db.sql`update decisions set undone_at = null where proposal_id = ${card.id}`;
    await expect(revive).rejects.toThrow('a decision stands as it was made');
  });

  test.each([
    'update audit set actor_id = actor_id',
    'delete from audit',
    'truncate audit',
    'delete from executions',
    'update proposal_versions set payload = payload',
  ])('to the application: %s', async (statement) => {
    await approvedCard();
    await expect(t.db.pool.query(statement)).rejects.toThrow(/permission denied|append-only/);
  });
});

describe('a claim', () => {
  test('of an approved card writes the execution before anything runs', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    expect(execution).toMatchObject({ idempotency_key: `execops-${card.id}-v1`, interrupted: null, attempt: 1 });
    expect(await executionsOf(t.db, t.org_id, card.id)).toMatchObject([
      { status: 'running', attempts: [{ n: 1, status: 'running' }], idempotency_key: execution.idempotency_key },
    ]);
  });

  test('within the undo window, or of another version than the judged one, gets nothing', async () => {
    const card = await pendingCard(t.db, t.org_id);
    await decide(t.db, ana, { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, { via: 'api' });
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    await asOwner(t.url, 'update proposals set executes_at = now() where id = $1', [card.id]);
    expect(await claim(t.db, t.org_id, card.id, 2, 'outbox:local')).toBeNull();
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).not.toBeNull();
  });

  test('that was made before runs only what it was made for', async () => {
    const card = await approvedCard();
    expect((await claimed(card.id)).intact).toBe(true);
    await asOwner(
      t.url,
      `alter table proposal_versions disable trigger all; update proposal_versions set payload = '{}' where proposal_id = '${card.id}'; alter table proposal_versions enable trigger all`,
    );
    expect((await claimed(card.id)).intact, 'the row itself still fits').toBe(true);
    await asOwner(t.url, `update proposals set payload = jsonb_set(payload, '{to}', '"mallory@example.com"') where id = $1`, [card.id]);
    expect((await claimed(card.id)).intact).toBe(false);
  });

  test('by fifty at once gives one execution', async () => {
    const card = await approvedCard();
    const all = await Promise.all(Array.from({ length: 50 }, () => claimed(card.id)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  test('of a card whose payload was changed after the approval runs nothing and brings the approved content back to the inbox', async () => {
    const card = await approvedCard();
    await asOwner(t.url, `update proposals set payload = jsonb_set(payload, '{to}', '"mallory@example.com"') where id = $1`, [card.id]);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    const back = await readProposal(t.db, t.org_id, card.id);
    expect(back).toMatchObject({ status: 'pending', version: 2, flags: ['seal_broken'], payload: { to: 'ana@example.com' } });
    expect((await auditOf(t.db, t.org_id, card.id)).at(-1)).toMatchObject({
      from_status: 'approved',
      to_status: 'pending',
      metadata: { reason: 'seal_broken' },
    });
    expect(await executionsOf(t.db, t.org_id, card.id)).toEqual([]);
  });

  test('of a card whose payload and hash were both changed runs nothing either', async () => {
    const card = await approvedCard();
    await asOwner(
      t.url,
      `update proposals set payload = jsonb_set(payload, '{to}', '"mallory@example.com"'), payload_hash = repeat('a', 64) where id = $1`,
      [card.id],
    );
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({
      status: 'pending',
      flags: ['seal_broken'],
      payload: { to: 'ana@example.com' },
    });
  });

  test.each([`action_type = 'slack_dm'`, `action_type = 'api_call', operation = 'stripe.pause_collection'`])(
    'of a card changed to %s brings the approved action back',
    async (change) => {
      const card = await approvedCard();
      await asOwner(t.url, `update proposals set ${change} where id = $1`, [card.id]);
      expect(await claim(t.db, t.org_id, card.id, 1, null)).toBeNull();
      const back = await readProposal(t.db, t.org_id, card.id);
      expect(back).toMatchObject({
        status: 'pending',
        flags: ['seal_broken'],
        action_type: 'email',
        operation: null,
        payload: { to: 'ana@example.com' },
      });
    },
  );

  test('as another sender than the approved one brings it back with the new sender', async () => {
    const card = await approvedCard();
    expect(await claim(t.db, t.org_id, card.id, 1, 'smtp:ops@example.com')).toBeNull();
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({
      status: 'pending',
      connection: 'smtp:ops@example.com',
      flags: ['facts_changed'],
    });
  });

  test('more than an hour after the undo window brings it back as stale', async () => {
    const card = await approvedCard();
    await asOwner(t.url, `update proposals set executes_at = now() - interval '61 minutes' where id = $1`, [card.id]);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'pending', flags: ['approval_stale'] });
  });
});

describe('an attempt', () => {
  test('whose worker died shows whether it was sent', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    const n = execution.attempt ?? 0;
    expect(await claimed(card.id)).toMatchObject({ id: execution.id, interrupted: { n, dispatched: false } });
    await noteDispatch(t.db, execution.id, n);
    expect(await claimed(card.id)).toMatchObject({ interrupted: { n, dispatched: true } });
    expect(await closeAttempt(t.db, execution, n, { status: 'failed', error: 'x', only_undispatched: true })).toBe(false);
  });

  test('that was taken over cannot send any more', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    const n = execution.attempt ?? 0;
    expect(await closeAttempt(t.db, execution, n, { status: 'failed', error: 'taken over', only_undispatched: true })).toBe(true);
    await expect(noteDispatch(t.db, execution.id, n)).rejects.toThrow(AttemptSuperseded);
  });

  test('and its outcome are recorded once, with a row in the audit for each', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    await closeAttempt(t.db, execution, execution.attempt ?? 0, { status: 'failed', error: 'connection refused' });
    await noteDispatch(t.db, execution.id, await beginAttempt(t.db, execution));
    await settle(t.db, execution, { status: 'succeeded', result: { message_id: 'm1' } }, 2);
    await settle(t.db, execution, { status: 'failed', error: 'too late to matter' }, null);
    expect(await executionsOf(t.db, t.org_id, card.id)).toMatchObject([
      {
        status: 'succeeded',
        result: { message_id: 'm1' },
        error: null,
        attempts: [
          { n: 1, status: 'failed', error: 'connection refused' },
          { n: 2, status: 'succeeded', error: null },
        ],
      },
    ]);
    const moves = (await auditOf(t.db, t.org_id, card.id)).map(({ from_status, to_status }) => `${from_status} → ${to_status}`);
    expect(moves).toEqual(['null → pending', 'pending → approved', 'approved → approved', 'approved → approved', 'approved → executed']);
    expect(await receiptOf(t.db, t.org_id, card.id)).toMatchObject({
      actor: ana.email,
      tool: 'email · outbox:local',
      result: 'Done, once.',
      source: 'stripe · invoice.payment_failed',
    });
  });

  test('cannot begin while another is open, nor once the execution is settled', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    await expect(beginAttempt(t.db, execution)).rejects.toThrow(AttemptSuperseded);
    await settle(t.db, execution, { status: 'succeeded', result: {} }, 1);
    await expect(beginAttempt(t.db, execution)).rejects.toThrow(AttemptSuperseded);
  });

  test('that was taken over cannot settle the execution of its successor', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    await closeAttempt(t.db, execution, 1, { status: 'failed', error: 'taken over', only_undispatched: true });
    await noteDispatch(t.db, execution.id, await beginAttempt(t.db, execution));
    await settle(t.db, execution, { status: 'failed', error: '554 too many connections' }, 1);
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'approved' });
    await settle(t.db, execution, { status: 'succeeded', result: {} }, 2);
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'executed' });
  });

  test('that is refused after one whose answer was lost leaves the outcome unknown', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    await noteDispatch(t.db, execution.id, 1);
    await closeAttempt(t.db, execution, 1, { status: 'unknown', error: 'no answer' });
    const second = await beginAttempt(t.db, execution);
    await settle(t.db, execution, { status: 'failed', error: 'the key was revoked' }, second);
    expect(await executionsOf(t.db, t.org_id, card.id)).toMatchObject([
      { status: 'unknown', attempts: [{ status: 'unknown' }, { status: 'failed' }] },
    ]);
  });

  test('leaves its last error for whoever gives up', async () => {
    const card = await approvedCard();
    const execution = await claimed(card.id);
    await closeAttempt(t.db, execution, execution.attempt ?? 0, { status: 'failed', error: 'connection refused' });
    expect(await unsettledExecution(t.db, t.org_id, card.id)).toMatchObject({
      id: execution.id,
      interrupted: null,
      maybe_done: false,
      last_error: 'connection refused',
    });
  });
});

describe('the audit chain', () => {
  test('names the first row that was changed, removed or cut off', async () => {
    await approvedCard();
    const before = await verifyAudit(t.db, t.org_id);
    expect(before).toMatchObject({ ok: true, rows: before.head.seq });
    const tamper = (statement: string) =>
      asOwner(t.url, `alter table audit disable trigger all; ${statement}; alter table audit enable trigger all`);

    await tamper(`update audit set actor_id = 'mallory' where seq = 3`);
    expect(await verifyAudit(t.db, t.org_id)).toMatchObject({
      ok: false,
      first_break: { seq: 3, reason: 'its content does not fit its hash' },
    });
    await tamper(`delete from audit where seq = 2`);
    expect(await verifyAudit(t.db, t.org_id)).toMatchObject({ ok: false, first_break: { seq: 3, reason: 'row 2 is missing' } });
    await tamper(`delete from audit where seq >= 2`);
    expect(await verifyAudit(t.db, t.org_id)).toMatchObject({ ok: false, first_break: { seq: 2 } });
  });
});

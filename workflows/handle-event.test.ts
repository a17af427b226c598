import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { auditOf } from '../prisma/audit.ts';
import { executionsOf } from '../prisma/receipts.ts';
import { until } from '../scripts/testing/wait.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { createDispatcher } from '../temporal/dispatcher.ts';
import { textOf, wakesOf } from './testing.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await testSystem();
});
afterAll(() => system.stop());

const movesOf = async (id: string) =>
  (await auditOf(system.db, system.org_id, id)).map(({ from_status, to_status }) => `${from_status} → ${to_status}`);

describe.concurrent('a failed payment', () => {
  test('becomes a pending card, and once approved exactly one mail', async () => {
    const { card, event_id, payment } = await system.pending();
    expect(card).toMatchObject({
      status: 'pending',
      urgency: 'high',
      action_type: 'email',
      connection: 'outbox:local',
      version: 1,
      workflow_id: `event:${event_id}`,
    });
    expect(card.payload).toMatchObject({ to: payment.email });
    expect(await system.outboxOf(card.id), 'nothing goes out unasked').toEqual([]);

    await system.approve(card);
    await system.reached(card, 'executed');
    const [mail, ...others] = await system.outboxOf(card.id);
    expect(others).toEqual([]);
    expect(mail).toContain(`To: ${payment.email}`);
    await system.completed(event_id);
    expect(await executionsOf(system.db, system.org_id, card.id)).toMatchObject([
      { status: 'succeeded', attempts: [{ n: 1, status: 'succeeded', error: null }] },
    ]);
    expect(await movesOf(card.id)).toEqual(['null → pending', 'pending → approved', 'approved → approved', 'approved → executed']);
  });

  test('once rejected is left alone', async () => {
    const { card, event_id } = await system.pending();
    await system.reject(card);
    await system.completed(event_id);
    expect((await system.view(card.id)).status).toBe('rejected');
    expect(await system.outboxOf(card.id)).toEqual([]);
  });

  test('that is paid meanwhile withdraws its card', async () => {
    const { card, event_id, payment } = await system.pending();
    const paid = await system.deliver(payment.event('invoice.paid', { status: 'paid', amount_remaining: 0 }));
    const withdrawn = await system.reached(card, 'superseded');
    expect(withdrawn.event_ids.toSorted()).toEqual([event_id, paid].toSorted());
    await system.completed(event_id);
    await expect(system.approve(card)).rejects.toMatchObject({ status: 409 });
  });

  test('that is paid within the undo window of its approval runs nothing', async () => {
    const { card, event_id, payment } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await system.deliver(payment.event('invoice.paid', { status: 'paid', amount_remaining: 0 }));
    await system.reached(card, 'superseded');
    await system.completed(event_id);
    expect(await system.outboxOf(card.id)).toEqual([]);
    expect(await executionsOf(system.db, system.org_id, card.id)).toEqual([]);
    expect(await movesOf(card.id)).toEqual(['null → pending', 'pending → approved', 'approved → pending', 'pending → superseded']);
  });

  test('whose approval was undone runs only what is approved afterwards', async () => {
    const { card, event_id } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await system.undo(card);
    const second = await system.reached(card, 'pending');
    expect(second).toMatchObject({ version: 2, flags: ['undone'], executes_at: null });
    await expect(system.approve(card)).rejects.toMatchObject({ status: 409, problem: 'stale_hash' });
    await system.approve(second);
    await system.reached(card, 'executed');
    await system.completed(event_id);
    expect(await executionsOf(system.db, system.org_id, card.id)).toMatchObject([
      { idempotency_key: `execops-${card.id}-v2`, status: 'succeeded' },
    ]);
    expect(await system.outboxOf(card.id)).toHaveLength(1);
  });

  test('whose amount changed after the approval comes back with the difference', async () => {
    const { card, event_id, payment } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    // No procedure lists this type, but it says what is owed now.
    await system.deliver(payment.event('invoice.updated', { amount_remaining: 59_900, amount_due: 59_900 }));
    await system.endUndoWindow(card, event_id);
    const back = await system.reached(card, 'pending');
    expect(back).toMatchObject({ version: 2, flags: ['facts_changed'] });
    expect(back.notes.join(' ')).toContain('the amount $499.00 → $599.00');
    expect(back.payload_hash).not.toBe(card.payload_hash);
    expect(await system.outboxOf(card.id)).toEqual([]);
  });

  test('that fails again joins the card it has, completes the draft and wakes its workflow', async () => {
    const { card, event_id, payment } = await system.pending({ hosted_invoice_url: null });
    expect(card.flags).toContain('incomplete');
    const wakes = await wakesOf(system.workflowOf(event_id));
    const again = await system.deliver(payment.failed({ attempt_count: 2 }));
    const completed = await until('the card has a second version', async () => {
      const now = await system.view(card.id);
      return now.version === 2 && now;
    });
    expect(completed).toMatchObject({ status: 'pending', event_ids: expect.arrayContaining([event_id, again]) });
    expect(completed.flags).not.toContain('incomplete');
    await until('the first workflow was woken', async () => (await wakesOf(system.workflowOf(event_id))) > wakes);
    await system.completed(again);
    await system.approve(completed);
    await system.reached(card, 'executed');
    expect(await system.outboxOf(card.id)).toHaveLength(1);
  });

  test('that is already older than a day is critical, runs without an undo window, and operators can find it', async () => {
    const one = await system.payment();
    const event_id = await system.deliver(one.failed({}, new Date(Date.now() - 26 * 3_600_000)));
    const card = await system.cardOf(event_id);
    expect(card.urgency).toBe('critical');
    const shown = await until('the run shows its open card', async () => {
      const { searchAttributes } = await system.workflowOf(event_id).describe();
      return searchAttributes.ExecOpsProposalIds !== undefined && searchAttributes;
    });
    expect(shown).toMatchObject({
      ExecOpsVertical: ['money'],
      ExecOpsUrgency: ['critical'],
      ExecOpsOpenProposals: [1],
      ExecOpsProposalIds: [card.id],
      ExecOpsSubject: [card.subject],
    });
    await system.approve(card, { undo_seconds: 600 });
    await system.reached(card, 'executed');
    await system.completed(event_id);
    expect((await system.workflowOf(event_id).describe()).searchAttributes).toMatchObject({ ExecOpsOpenProposals: [0] });
  });

  test('leaves ids in Temporal and no address, name or text', async () => {
    const { card, event_id, payment } = await system.pending();
    await system.approve(card);
    await system.reached(card, 'executed');
    await system.completed(event_id);
    const text = textOf(await system.workflowOf(event_id).fetchHistory());
    expect(text).toContain(card.id);
    const { subject, body } = card.payload as { subject: string; body: string };
    for (const secret of [
      payment.email,
      payment.customer,
      subject,
      ...body.split('\n').filter((line) => line.length > 12),
      system.ana.email,
      card.title,
    ]) {
      expect(text.includes(secret), `"${secret}" is in the history`).toBe(false);
    }
  });
});

describe.concurrent('a run', () => {
  test('that is woken after its end looks again and changes nothing', async () => {
    const { card, event_id } = await system.pending();
    await system.approve(card);
    await system.reached(card, 'executed');
    await system.completed(event_id);
    const { runId } = await system.workflowOf(event_id).describe();
    const audit = await auditOf(system.db, system.org_id, card.id);

    await system.wake(event_id);
    await until('a second run', async () => (await system.workflowOf(event_id).describe()).runId !== runId);
    await system.completed(event_id);
    expect(await auditOf(system.db, system.org_id, card.id)).toEqual(audit);
    expect(await system.outboxOf(card.id)).toHaveLength(1);
  });

  test('that was lost while its card waited is started again by the approval', async () => {
    const { card, event_id } = await system.pending();
    await system.workflowOf(event_id).terminate('its history is lost');
    await system.approve(card);
    await system.reached(card, 'executed');
    expect(await system.outboxOf(card.id)).toHaveLength(1);
  });

  test('that was lost with an approval in hand is found missing when a dispatcher starts', async () => {
    const { card, event_id } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await until('the approval reached its run', async () => (await wakesOf(system.workflowOf(event_id))) > 0);
    await system.workflowOf(event_id).terminate('its history is lost');
    await system.db.sql`update proposals set executes_at = now() where id = ${card.id}`;
    const dispatcher = createDispatcher({ db: system.db, temporal: system.client, logger: pino({ level: 'silent' }) });
    dispatcher.run();
    await system.reached(card, 'executed');
    await dispatcher.stop();
    expect(await system.outboxOf(card.id)).toHaveLength(1);
  });

  test('of an event that no rule acts on ends with the reason', async () => {
    const event_id = await system.deliver((await system.payment()).failed({ amount_due: 0, amount_remaining: 0 }));
    await system.completed(event_id);
    expect(await system.db.sql`select status, reason from events where id = ${event_id}`).toEqual([
      { status: 'ignored', reason: 'nothing is due' },
    ]);
  });
});

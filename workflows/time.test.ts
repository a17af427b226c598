/** Waits of days, on a Temporal server whose clock jumps. */
import { afterAll, expect, test } from 'vitest';

import { handle_event_workflow, task_queue, wake_signal, workflowIdOf, type HandleEventInput } from '../domain/contract.ts';
import { auditOf } from '../prisma/audit.ts';
import type { Wake } from '../prisma/wakeups.ts';
import { parseEnvironment } from '../domain/environment.ts';
import { member } from '../scripts/testing/cards.ts';
import { testDatabase } from '../scripts/testing/database.ts';
import { shared } from '../scripts/testing/shared.ts';
import { peopleAndCards, quietRuntime, realActivities } from '../scripts/testing/system.ts';
import { timeSkippingEnvironment } from '../scripts/testing/time-skipping.ts';
import { until } from '../scripts/testing/wait.ts';
import { workflow_bundle_path } from '../scripts/build-workflows.ts';
import { createWorker } from '../temporal/worker.ts';

const hour_ms = 3_600_000;
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** A running system whose clock jumps, or undefined where there is no such server. Its clock is its own, so each test has one. */
async function startTime() {
  quietRuntime();
  const time = await timeSkippingEnvironment();
  if (time === undefined) return undefined;
  closing.push(() => time.teardown());
  const [database] = await Promise.all([testDatabase(), shared('/workflows')]);
  closing.push(() => database.close());
  const { db, org_id } = database;
  const environment = parseEnvironment({ TEMPORAL_ADDRESS: time.address });
  const activities = await realActivities(db, environment);
  const { worker, close } = await createWorker({ environment, activities, workflows: { bundle_path: workflow_bundle_path } });
  const running = worker.run();
  closing.push(async () => {
    worker.shutdown();
    await running;
    await close();
  });
  const { workflow } = time.client;
  const started = ({ org_id, event_id }: HandleEventInput) =>
    void workflow.start(handle_event_workflow, {
      workflowId: workflowIdOf(event_id),
      taskQueue: task_queue,
      args: [{ org_id, event_id }],
      // Without an end of its own, the clock would run on when nothing waits any more.
      workflowExecutionTimeout: '60 days',
    });
  const wake = (wanted: Wake | null) => void (wanted && workflow.getHandle(wanted.workflow_id).signal(wake_signal));
  const system = peopleAndCards({ db, org_id, ana: await member(db, org_id), dispatcher: { started, wake }, client: time.client });
  const remarksOf = async (id: string) => (await auditOf(db, org_id, id)).map(({ to_status, metadata }) => metadata.urgency ?? to_status);
  return { ...system, sleep: time.sleep, remarksOf };
}

test(
  'a card that nobody decides becomes critical a day after the failure and expires after a week, in one run',
  { timeout: 120_000 },
  async ({ skip }) => {
    const system = await startTime();
    if (system === undefined) return skip();
    const { card, event_id } = await system.pending();
    const { runId } = await system.workflowOf(event_id).describe();
    await system.sleep(23 * hour_ms);
    expect((await system.view(card.id)).urgency).toBe('high');
    await system.sleep(1.1 * hour_ms);
    const escalated = await until('the card is critical', async () => {
      const now = await system.view(card.id);
      return now.urgency === 'critical' && now;
    });
    expect(escalated).toMatchObject({
      status: 'pending',
      version: 1,
      payload_hash: card.payload_hash,
      priority: { parts: { urgency: 30 } },
    });
    expect(escalated.priority.score).toBe(card.priority.score + 10);

    await system.sleep(6 * 24 * hour_ms);
    await system.reached(card, 'expired');
    await system.completed(event_id);
    expect((await system.workflowOf(event_id).describe()).runId).toBe(runId);
    expect(await system.remarksOf(card.id)).toEqual(['high', 'critical', 'expired']);
  },
);

test(
  'a card that was edited, taken back and given more time escalates once and expires at its new time',
  { timeout: 120_000 },
  async ({ skip }) => {
    const system = await startTime();
    if (system === undefined) return skip();
    const { card, event_id } = await system.pending();
    const edit = { to: 'other@customer.example', subject: 'Your card', body: 'Please update it.' };
    await system.approve(card, { edit, undo_seconds: 3_600 });
    await system.undo(card);
    expect(await system.reached(card, 'pending')).toMatchObject({ version: 3, payload: edit });
    await system.sleep(24.1 * hour_ms);
    await until('the card is critical', async () => (await system.view(card.id)).urgency === 'critical');

    await system.db.sql`update proposals set expires_at = expires_at + interval '7 days' where id = ${card.id}`;
    await system.sleep(8 * 24 * hour_ms);
    expect((await system.view(card.id)).status).toBe('pending');
    await system.sleep(7 * 24 * hour_ms);
    await system.reached(card, 'expired');
    await system.completed(event_id);
    expect(await system.remarksOf(card.id)).toEqual(['high', 'approved', 'pending', 'critical', 'expired']);
  },
);

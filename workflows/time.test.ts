/** Waits of days, on a Temporal server whose clock jumps. */
import { afterAll, expect, test } from 'vitest';

import { auditOf } from '../prisma/audit.ts';
import { member } from '../scripts/testing/cards.ts';
import { startJumpingClock, type JumpingClock } from '../scripts/testing/jumping-clock.ts';
import { until } from '../scripts/testing/wait.ts';

const hour_ms = 3_600_000;
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Each test has a clock of its own. */
async function startTime() {
  const system = await startJumpingClock();
  if (system !== undefined) closing.push(() => system.stop());
  return system;
}

/** What each audit row is about: a stage, an urgency, or the status it led to. */
async function toldOf({ db, org_id }: JumpingClock, id: string): Promise<unknown[]> {
  return (await auditOf(db, org_id, id)).map(({ to_status, metadata }) => metadata.stage ?? metadata.urgency ?? to_status);
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
    expect(await toldOf(system, card.id)).toEqual(['high', 'reminded', 'delegated', 'owner', 'expired']);
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
    expect(await toldOf(system, card.id)).toEqual(['high', 'approved', 'pending', 'reminded', 'delegated', 'owner', 'expired']);
  },
);

test('half a day after the failure it is an ops lead’s, who approves it, and the mail goes out', { timeout: 120_000 }, async ({ skip }) => {
  const system = await startTime();
  if (system === undefined) return skip();
  const lead = await member(system.db, system.org_id, { role: 'ops_lead' });
  const { card, event_id } = await system.pending();
  await system.sleep(12.1 * hour_ms);
  await until('it is delegated', async () => (await system.view(card.id)).delegation?.to === lead.user_id);
  await system.approve(card, { person: lead });
  expect((await system.reached(card, 'executed')).decision?.decided_by).toBe(lead.email);
  await system.completed(event_id);
  expect(await toldOf(system, card.id)).toEqual(['high', 'reminded', 'delegated', 'approved', 'approved', 'executed']);
});

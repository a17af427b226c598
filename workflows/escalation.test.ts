/** Every procedure's own time, from the draft to the last of its stages and its expiry, on a clock that jumps. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import type { Vertical } from '../domain/proposal.ts';
import { auditOf } from '../prisma/audit.ts';
import { delegate } from '../prisma/delegate.ts';
import { extend } from '../prisma/extend.ts';
import { snooze } from '../prisma/snooze.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { startJumpingClock, type JumpingClock } from '../scripts/testing/jumping-clock.ts';
import { until } from '../scripts/testing/wait.ts';

const hour_ms = 3_600_000;
const minute_hours = 1 / 60;
const procedures: { vertical: Vertical; hours: number; expires_hours: number | null }[] = [
  { vertical: 'release', hours: 0.25, expires_hours: 24 },
  { vertical: 'customer_fire', hours: 4, expires_hours: 168 },
  { vertical: 'money', hours: 24, expires_hours: 168 },
  { vertical: 'team_pulse', hours: 72, expires_hours: null },
];

let system: JumpingClock | undefined;
let lead: Person;
let slept_hours = 0;
beforeAll(async () => {
  system = await startJumpingClock();
  if (system !== undefined) lead = await member(system.db, system.org_id, { role: 'ops_lead' });
});
afterAll(() => system?.stop());

/** Lets the clock stand at so many hours after its start. */
async function sleepUntil({ sleep }: JumpingClock, hours: number): Promise<void> {
  if (hours > slept_hours) await sleep((hours - slept_hours) * hour_ms);
  slept_hours = Math.max(slept_hours, hours);
}

/** A card whose procedure's time begins now by the jumping clock, with a run that waits for it. */
async function waiting({ db, org_id, dispatcher }: JumpingClock, { vertical, hours, expires_hours }: (typeof procedures)[number]) {
  const after = (span: number) => new Date(Date.now() + (slept_hours + span) * hour_ms);
  const escalates_from = after(0);
  const { event, ...card } = await pendingCard(db, org_id, {
    vertical,
    escalates_from,
    escalates_at: new Date(escalates_from.getTime() + hours * hour_ms),
    expires_at: expires_hours === null ? null : after(expires_hours),
  });
  dispatcher.started({ org_id, event_id: event.id });
  return { ...card, event_id: event.id, vertical, hours, expires_hours };
}

const stageOf = async ({ view }: JumpingClock, { id }: { id: string }) => (await view(id)).escalation.stage;

test(
  'each procedure reminds, delegates and escalates at its own time, and expires at its own or never',
  { timeout: 240_000 },
  async ({ skip }) => {
    const time = system;
    if (time === undefined) return skip();
    const cards = await Promise.all(procedures.map((procedure) => waiting(time, procedure)));
    const stages = [
      { share: 0.25, before: 'none', then: 'reminded' },
      { share: 0.5, before: 'reminded', then: 'delegated' },
      { share: 1, before: 'delegated', then: 'owner' },
    ];
    const steps = cards
      .flatMap((card) => stages.map((stage) => ({ card, ...stage, at: card.hours * stage.share })))
      .sort((a, b) => a.at - b.at);
    for (const { card, before, then, at } of steps) {
      await sleepUntil(time, at - minute_hours);
      expect(await stageOf(time, card), `${card.vertical} shortly before ${at} h`).toBe(before);
      await sleepUntil(time, at + minute_hours);
      await until(`${card.vertical} is ${then} at ${at} h`, async () => (await stageOf(time, card)) === then);
    }
    for (const card of cards) {
      const { urgency, version, payload_hash } = await time.view(card.id);
      expect([urgency, version, payload_hash], card.vertical).toEqual(['critical', 1, card.payload_hash]);
      const rows = (await auditOf(time.db, time.org_id, card.id)).filter(({ metadata }) => metadata.stage !== undefined);
      expect(rows.map(({ metadata }) => metadata.stage)).toEqual(['reminded', 'delegated', 'owner']);
      expect(rows[1]).toMatchObject({
        metadata: { from: time.ana.user_id, to: lead.user_id },
        delegation: { from_name: time.ana.name, to_name: lead.name },
      });
      expect(rows[2]).toMatchObject({ metadata: { from: lead.user_id, to: time.ana.user_id, urgency: 'critical' } });
    }

    await sleepUntil(time, 168 + minute_hours);
    for (const card of cards) {
      if (card.expires_hours === null) expect((await time.view(card.id)).status).toBe('pending');
      else await time.reached(card, 'expired');
    }
  },
);

test('what is given more time expires at its new time', { timeout: 120_000 }, async ({ skip }) => {
  const time = system;
  if (time === undefined) return skip();
  const started_hours = slept_hours;
  const card = await waiting(time, { vertical: 'release', hours: 0.25, expires_hours: 24 });
  time.dispatcher.wake(await extend(time.db, time.ana, card.id, { hours: 24 }));
  await sleepUntil(time, started_hours + 48 - minute_hours);
  expect((await time.view(card.id)).status).toBe('pending');
  await sleepUntil(time, started_hours + 48 + minute_hours);
  await time.reached(card, 'expired');
  await time.completed(card.event_id);
});

test('what is snoozed is back at its time, or when it becomes critical before that', { timeout: 120_000 }, async ({ skip }) => {
  const time = system;
  if (time === undefined) return skip();
  const started_hours = slept_hours;
  const [short, long] = [
    await waiting(time, { vertical: 'money', hours: 24, expires_hours: 168 }),
    await waiting(time, { vertical: 'customer_fire', hours: 4, expires_hours: 168 }),
  ];
  const after = (hours: number) => new Date(Date.now() + (started_hours + hours) * hour_ms);
  time.dispatcher.wake(await snooze(time.db, time.ana, short.id, { until: after(2) }));
  time.dispatcher.wake(await snooze(time.db, time.ana, long.id, { until: after(9) }));
  const isSnoozed = async ({ id }: { id: string }) => (await time.view(id)).flags.includes('snoozed');
  await sleepUntil(time, started_hours + 2 - minute_hours);
  expect([await isSnoozed(short), await isSnoozed(long)]).toEqual([true, true]);
  await sleepUntil(time, started_hours + 2 + minute_hours);
  await until('the first is back', async () => !(await isSnoozed(short)));
  await sleepUntil(time, started_hours + 4 - minute_hours);
  expect(await isSnoozed(long)).toBe(true);
  await sleepUntil(time, started_hours + 4 + minute_hours);
  await until('the second is back', async () => !(await isSnoozed(long)));
  expect((await time.view(long.id)).urgency).toBe('critical');
});

test('an ops lead decides what was delegated to them by time or by a person', { timeout: 120_000 }, async ({ skip }) => {
  const time = system;
  if (time === undefined) return skip();
  const started_hours = slept_hours;
  const by_time = await waiting(time, { vertical: 'money', hours: 24, expires_hours: 168 });
  const by_person = await waiting(time, { vertical: 'money', hours: 24, expires_hours: 168 });
  const handed = { to: lead.email, until: new Date(Date.now() + 48 * hour_ms), reason: 'Knows this customer' };
  time.dispatcher.wake(await delegate(time.db, time.ana, by_person.id, handed));
  await expect(time.approve(by_time, { person: lead })).rejects.toMatchObject({ problem: 'forbidden' });
  await sleepUntil(time, started_hours + 12 + minute_hours);
  await until('it is delegated', async () => (await stageOf(time, by_time)) === 'delegated');
  for (const card of [by_time, by_person]) {
    await time.approve(card, { person: lead });
    const { decision } = await time.view(card.id);
    expect(decision?.decided_by).toBe(lead.email);
  }
});

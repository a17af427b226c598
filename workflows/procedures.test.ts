/** Each procedure from its provider's own payload to critical and expiry, on a clock that jumps. Stand-ins answer for what is connected. */
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createActivities } from '../activities/index.ts';
import { scenarios as customer_fire } from '../activities/verticals/customer-fire/scenarios.ts';
import { scenarios as money } from '../activities/verticals/money/scenarios.ts';
import { createProcedures } from '../activities/verticals/registry.ts';
import { scenarios as release } from '../activities/verticals/release/scenarios.ts';
import { scenarios as team_pulse } from '../activities/verticals/team-pulse/scenarios.ts';
import { context_request } from '../domain/context.ts';
import { storeContext } from '../prisma/context.ts';
import type { Database } from '../prisma/database.ts';
import { insertEvent } from '../prisma/events.ts';
import { checkpoint_schema } from '../prisma/migrate.ts';
import { readProposal } from '../prisma/proposals.ts';
import { momentOf, parse } from '../scripts/eval/run.ts';
import type { Scenario } from '../scripts/eval/scenario.ts';
import { standInsFor } from '../scripts/eval/stand-ins.ts';
import { member } from '../scripts/testing/cards.ts';
import { startJumpingClock, type JumpingClock } from '../scripts/testing/jumping-clock.ts';
import { until } from '../scripts/testing/wait.ts';

const hour_ms = 3_600_000;
const second_ms = 1_000;
const procedures = [
  { vertical: 'release', scenarios: release, hours: 0.25, expires_hours: 24 },
  { vertical: 'customer_fire', scenarios: customer_fire, hours: 4, expires_hours: 168 },
  { vertical: 'money', scenarios: money, hours: 24, expires_hours: 168 },
  { vertical: 'team_pulse', scenarios: team_pulse, hours: 72, expires_hours: 168 },
];

let system: JumpingClock | undefined;
let slept_ms = 0;
beforeAll(async () => {
  system = await startJumpingClock((db) => Promise.resolve(activitiesWithStandIns(db)));
});
afterAll(() => system?.stop());

function activitiesWithStandIns(db: Database) {
  const { executorFor, ...outside } = standInsFor(db, { connected: ['slack', 'github'] });
  const checkpointer = new PostgresSaver(db.pool, undefined, { schema: checkpoint_schema });
  return createActivities({
    db,
    proceduresFor: createProcedures(outside),
    executorFor,
    checkpointer,
    wording: null,
    logger: pino({ level: 'silent' }),
  });
}

/** The procedure's first labelled case that makes a card which is not critical yet. */
function firstPositive(scenarios: readonly Scenario[], at: Awaited<ReturnType<typeof momentOf>>) {
  const courses = scenarios.map((scenario) => scenario.build(at));
  const course = courses.find(({ expect: wanted }) => wanted.length > 0 && wanted.every(({ urgency }) => urgency !== 'critical'));
  if (course === undefined) throw new Error('there is no such case');
  return course;
}

/** Delivers a case to an organisation of its own; resolves to its first card. */
async function cardOf({ db, dispatcher }: JumpingClock, { vertical, scenarios, ...times }: (typeof procedures)[number]) {
  const course = firstPositive(scenarios, await momentOf(db));
  const [organisation] = await db.sql<{ id: string }>`insert into organisations (name) values (${vertical}) returning id`;
  const org_id = organisation?.id ?? '';
  await storeContext(db, await member(db, org_id), context_request.parse(course.context ?? {}));
  for (const delivery of course.deliveries) {
    for (const event of await parse(delivery, new Date())) {
      const { event_id } = await insertEvent(db, org_id, event);
      if (event.ignored !== null) continue;
      dispatcher.started({ org_id, event_id });
      await until(`${vertical}: the event is settled`, async () => {
        const [row] = await db.sql<{ status: string }>`select status from events where id = ${event_id}`;
        return row?.status !== 'received';
      });
    }
  }
  const [row] = await db.sql<{ id: string }>`
    select id from proposals where org_id = ${org_id} and vertical = ${vertical} order by created_at limit 1`;
  if (row === undefined) throw new Error(`${vertical} made no card`);
  const view = () => readProposal(db, org_id, row.id);
  return { vertical, view, made: await view(), ...times };
}

async function sleepUntil({ sleep }: JumpingClock, time_ms: number): Promise<void> {
  const wait_ms = time_ms - Date.now() - slept_ms;
  if (wait_ms <= 0) return;
  await sleep(wait_ms);
  slept_ms += wait_ms;
}

test('each procedure’s card goes from its webhook through every stage to critical, and expires', { timeout: 300_000 }, async ({ skip }) => {
  const time = system;
  if (time === undefined) return skip();
  const cards = [];
  for (const procedure of procedures) cards.push(await cardOf(time, procedure));
  const stages = [
    { share: 0.25, then: 'reminded' },
    { share: 0.5, then: 'delegated' },
    { share: 1, then: 'owner' },
  ];
  const steps = cards.flatMap((card) => {
    const [from, at] = [Date.parse(card.made.escalation.from ?? ''), Date.parse(card.made.escalation.at ?? '')];
    expect(at - from, card.vertical).toBe(card.hours * hour_ms);
    return stages.map(({ share, then }) => ({ card, then, at: from + (at - from) * share }));
  });
  for (const { card, then, at } of steps.sort((a, b) => a.at - b.at)) {
    await sleepUntil(time, at - 20 * second_ms);
    if (at - 20 * second_ms > Date.parse(card.made.created_at)) {
      const { escalation, urgency } = await card.view();
      expect([escalation.stage, urgency], `${card.vertical} shortly before ${then}`).not.toContain(then);
      expect(urgency).toBe(card.made.urgency);
    }
    await sleepUntil(time, at + 20 * second_ms);
    await until(`${card.vertical} is ${then}`, async () => (await card.view()).escalation.stage === then);
  }
  for (const { view, vertical } of cards) expect((await view()).urgency, vertical).toBe('critical');
  for (const { view, vertical, made, expires_hours } of cards.toSorted((a, b) => a.expires_hours - b.expires_hours)) {
    const expires_ms = Date.parse(made.expires_at ?? '');
    expect(Math.round((expires_ms - Date.parse(made.created_at)) / hour_ms), vertical).toBe(expires_hours);
    await sleepUntil(time, expires_ms + 20 * second_ms);
    await until(`${vertical} has expired`, async () => (await view()).status === 'expired');
  }
});

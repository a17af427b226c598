/** Runs one labelled scenario through the parsers, the store and the procedures as they are, and tells what it left open. */
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';

import { createDraft } from '../../activities/draft.ts';
import { createTriage } from '../../activities/triage.ts';
import { createSops, proceduresOf } from '../../activities/verticals/registry.ts';
import { context_request } from '../../domain/context.ts';
import type { HandleEventInput } from '../../domain/contract.ts';
import type { Delivery, InboundEvent } from '../../domain/event.ts';
import type { Sop } from '../../domain/sop.ts';
import type { Json } from '../../domain/text.ts';
import { storeContext } from '../../prisma/context.ts';
import type { Database } from '../../prisma/database.ts';
import { insertEvent } from '../../prisma/events.ts';
import { checkpoint_schema } from '../../prisma/migrate.ts';
import { receivers } from '../../providers/receivers.ts';
import { member } from '../testing/cards.ts';
import { compare, type Comparison, type Got } from './compare.ts';
import type { Course, Moment, Scenario } from './scenario.ts';
import { standInsFor } from './stand-ins.ts';

export interface ScenarioResult extends Comparison {
  name: string;
  expected: Course['expect'];
  /** Every proposal that is open after the last delivery. */
  got: Got[];
  /** Why the last event came to nothing, as it is stored. */
  reason: string | null;
}

/** Each scenario has an organisation of its own, so that it knows nothing of the others. */
export async function runScenario(db: Database, scenario: Scenario): Promise<ScenarioResult> {
  const moment = await momentOf(db);
  const course = scenario.build(moment);
  const [organisation] = await db.sql<{ id: string }>`insert into organisations (name) values ('scenario') returning id`;
  const org_id = organisation?.id ?? '';
  const owner = await member(db, org_id);
  if (course.context !== undefined) await storeContext(db, owner, context_request.parse(course.context));

  const draftsOf = drafter(db, course, moment);
  let last: string | null = null;
  for (const delivery of course.deliveries) {
    const received_at = delivery.received_at ?? moment.now;
    for (const event of await parse(delivery, received_at)) {
      const { event_id, duplicate } = await insertEvent(db, org_id, event);
      last = event_id;
      if (!duplicate && event.ignored === null) await draftsOf({ org_id, event_id }, received_at);
    }
  }
  const got = await openProposals(db, org_id);
  const reason = last === null ? null : await reasonOf(db, last);
  return { name: scenario.name, expected: course.expect, got, reason, ...compare(course, got, reason) };
}

/** A whole second of Postgres's clock, for providers sign no finer ones. */
export async function momentOf(db: Database): Promise<Moment> {
  const [row] = await db.sql<{ now: Date }>`select date_trunc('second', now()) as now`;
  const now = row?.now ?? new Date();
  const ms = ({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Parameters<Moment['ago']>[0]) =>
    (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
  return { now, ago: (duration) => new Date(now.getTime() - ms(duration)), ahead: (duration) => new Date(now.getTime() + ms(duration)) };
}

/** What a delivery says, its signature aside. */
export async function parse({ source, payload, headers = {} }: Course['deliveries'][number], now: Date): Promise<InboundEvent[]> {
  const receiver = receivers[source];
  if (receiver === undefined) throw new Error(`there is no receiver for ${source}`);
  const body = Buffer.from(JSON.stringify(payload));
  const delivery: Delivery = {
    body,
    headers,
    url: `https://execops.example.com/ingest/${source}`,
    media_type: receiver.media_types[0] ?? 'application/json',
    secrets: [],
    now,
  };
  const parsed = await receiver.parse(delivery, () => JSON.parse(body.toString()) as Json);
  return 'events' in parsed ? parsed.events : [];
}

/** Triage and drafting as the worker does them, but for the clock: the rules judge by the scenario's moment, to the second. */
function drafter(db: Database, course: Course, moment: Moment) {
  const { executorFor, ...outside } = standInsFor(db, course);
  const sops = createSops(outside);
  const deps = {
    db,
    executorFor,
    checkpointer: new PostgresSaver(db.pool, undefined, { schema: checkpoint_schema }),
    wording: null,
    logger: pino({ level: 'silent' }),
  };
  return async (input: HandleEventInput, received_at: Date): Promise<void> => {
    const judging = { ...deps, proceduresFor: proceduresOf(sops.map((sop) => judgingAt(sop, moment.now, received_at))) };
    const { drafts } = await createTriage(judging)(input);
    for (const { vertical } of drafts) await new MockActivityEnvironment().run(createDraft(judging), { ...input, vertical });
  };
}

function judgingAt(sop: Sop, now: Date, received_at: Date): Sop {
  return {
    ...sop,
    gather: (event, options) => sop.gather({ ...event, received_at }, options),
    assess: (facts) => sop.assess(facts, now),
  };
}

async function openProposals(db: Database, org_id: string): Promise<Got[]> {
  return db.sql<Got>`
    select vertical, action_type, operation, urgency, subject, payload ->> 'to' as "to", title from proposals
    where org_id = ${org_id} and status in ('pending', 'approved', 'failed', 'unknown') order by created_at`;
}

async function reasonOf(db: Database, event_id: string): Promise<string | null> {
  const [row] = await db.sql<{ reason: string | null }>`select reason from events where id = ${event_id}`;
  return row?.reason ?? null;
}

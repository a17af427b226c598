/** One text in one place, from the provider's parser to the drafts, on a real Postgres. */
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';

import { createDraft } from '../../activities/draft.ts';
import { createTriage } from '../../activities/triage.ts';
import { createSops, proceduresOf } from '../../activities/verticals/registry.ts';
import { context_request } from '../../domain/context.ts';
import type { InboundEvent } from '../../domain/event.ts';
import type { Draft, Sop, StoredEvent, Wording, WordingTask } from '../../domain/sop.ts';
import { mapText, storableText, type Json } from '../../domain/text.ts';
import { storeContext } from '../../prisma/context.ts';
import type { Database, Sql } from '../../prisma/database.ts';
import { insertEvent, readStoredEvent } from '../../prisma/events.ts';
import { checkpoint_schema } from '../../prisma/migrate.ts';
import { receivers } from '../../providers/receivers.ts';
import { standInsFor } from '../eval/stand-ins.ts';
import { member } from './cards.ts';
import { isHostile, withText, type HostileDelivery, type HostilePlace } from './hostile-places.ts';

/** What came of an event, with the ids of events replaced by their place in the deliveries. */
export interface Tried {
  drafts: Draft[];
  /** For each draft, what a model would be asked; null where the words are fixed. */
  tasks: (WordingTask | null)[];
  /** Why there is no draft. */
  reason: string | null;
}

export type Attempt = (text: string) => Promise<Tried>;

/** Parses as the door does: what Postgres cannot keep is replaced before anything reads it. */
export async function eventsOf({ source, payload, headers = {} }: HostileDelivery, now: Date): Promise<InboundEvent[]> {
  const receiver = receivers[source];
  if (receiver === undefined) throw new Error(`there is no receiver for ${source}`);
  const body = Buffer.from(JSON.stringify(payload));
  const delivery = { body, headers, url: 'https://execops.example.com/ingest', media_type: 'application/json', secrets: [], now };
  const parsed = await receiver.parse(delivery, () => mapText(JSON.parse(body.toString()) as Json, storableText));
  return 'events' in parsed ? parsed.events : [];
}

/** Within a transaction that is taken back after each text, so that a text finds what the one before found. */
export async function inPlace(db: Database, place: HostilePlace, now: Date, work: (attempt: Attempt) => Promise<void>): Promise<void> {
  const org_id = await organisationFor(db, place);
  const done = new Error('taken back');
  await db
    .tx(async (parallel) => {
      const sql = oneByOne(parallel);
      const ids = new Map<number, string>();
      const deliver = async (delivery: HostileDelivery, index: number) => {
        for (const event of await eventsOf(delivery, now)) ids.set(index, (await insertEvent({ sql }, org_id, event)).event_id);
      };
      for (const [index, delivery] of place.deliveries.entries()) if (!isHostile(delivery)) await deliver(delivery, index);
      await work(async (text) => {
        await sql`savepoint before_text`;
        for (const [index, delivery] of place.deliveries.entries()) if (isHostile(delivery)) await deliver(withText(delivery, text), index);
        const tried = await draftsOf({ ...db, sql }, place, org_id, ids, now);
        await sql`rollback to savepoint before_text`;
        return tried;
      });
      throw done;
    })
    .catch((error: unknown) => {
      if (error !== done) throw error;
    });
}

/** A connection runs one statement at a time, and readers ask for several at once. */
function oneByOne(sql: Sql): Sql {
  let last: Promise<unknown> = Promise.resolve();
  return (strings, ...values) => {
    const next = last.then(() => sql(strings, ...values)) as ReturnType<Sql>;
    last = next.catch(() => undefined);
    return next as never;
  };
}

async function draftsOf(db: Database, place: HostilePlace, org_id: string, ids: Map<number, string>, now: Date): Promise<Tried> {
  const sop = sopsAt(db, place, now).find(({ vertical }) => vertical === place.vertical);
  const event = await readStoredEvent(db, org_id, ids.get(place.deliveries.length - 1) ?? '');
  if (sop === undefined || !sop.triggeredBy(event)) throw new Error(`${place.name}: nothing is triggered by ${event.type}`);
  const named = (value: unknown): Json => {
    const written = [...ids].reduce((text, [index, id]) => text.replaceAll(id, `event ${index}`), JSON.stringify(value));
    return JSON.parse(written.replaceAll(org_id, 'organisation')) as Json;
  };
  // As the graph keeps them between its steps.
  const facts = named(await sop.gather(event, { fresh: false }));
  const assessment = sop.assess(facts, now);
  if (!assessment.propose) return { drafts: [], tasks: [], reason: assessment.reason };
  return { drafts: assessment.drafts, tasks: assessment.drafts.map((draft) => sop.wording(facts, draft)), reason: null };
}

/** What is stored of a card, but for what tells one from another. */
export interface StoredCard {
  [column: string]: Json;
  status: string;
  payload: { [member: string]: Json };
  flags: string[];
  notes: string[];
  words: { by: string; unsupported: Json };
}

/** The whole way with triage, graph, checkpoints, model and store, in an organisation of its own. */
export async function storedCards(
  db: Database,
  place: HostilePlace,
  { text, wording, now }: { text: string; wording: Wording | null; now: Date },
): Promise<{ org_id: string; cards: StoredCard[] }> {
  const org_id = await organisationFor(db, place);
  const deps = {
    db,
    proceduresFor: proceduresOf(sopsAt(db, place, now)),
    executorFor: standInsFor(db, place).executorFor,
    checkpointer: new PostgresSaver(db.pool, undefined, { schema: checkpoint_schema }),
    wording,
    logger: pino({ level: 'silent' }),
  };
  const ids: string[] = [];
  for (const delivery of place.deliveries) {
    for (const event of await eventsOf(withText(delivery, text), now)) {
      const { event_id } = await insertEvent(db, org_id, event);
      ids.push(event_id);
      if (event.ignored !== null) continue;
      const { drafts } = await createTriage(deps)({ org_id, event_id });
      for (const { vertical } of drafts) await new MockActivityEnvironment().run(createDraft(deps), { org_id, event_id, vertical });
    }
  }
  const cards = await db.sql<{ card: StoredCard }>`
    select to_jsonb(p) - array['id', 'org_id', 'payload_hash', 'event_id', 'workflow_id', 'trace', 'created_at', 'updated_at', 'notes_drafted'] as card
    from proposals p where org_id = ${org_id} order by created_at`;
  const written = ids.reduce((all, id, index) => all.replaceAll(id, `event ${index}`), JSON.stringify(cards.map(({ card }) => card)));
  // A calendar's UID is made from the organisation, too.
  const named = written.replaceAll(org_id, 'organisation').replaceAll(/[0-9a-f]{32}@execops/g, 'uid@execops');
  return { org_id, cards: JSON.parse(named) as StoredCard[] };
}

async function organisationFor(db: Database, { context }: HostilePlace): Promise<string> {
  const [organisation] = await db.sql<{ id: string }>`insert into organisations (name) values ('hostile') returning id`;
  const org_id = organisation?.id ?? '';
  await storeContext(db, await member(db, org_id), context_request.parse(context));
  return org_id;
}

/** The rules judge by one moment. */
function sopsAt(db: Database & { sql: Sql }, place: HostilePlace, now: Date): Sop[] {
  const { executorFor: _, ...deps } = standInsFor(db, place);
  return createSops(deps).map((sop) => ({
    ...sop,
    gather: (event: StoredEvent, options) => sop.gather({ ...event, received_at: now }, options),
    assess: (facts) => sop.assess(facts, now),
  }));
}

import { z } from 'zod';

import type { InboundEvent } from '../domain/event.ts';
import { Problem } from '../domain/problem.ts';
import { sha256 } from '../domain/seal.ts';
import type { StoredSettings } from '../domain/setting-registry.ts';
import type { StoredEvent } from '../domain/sop.ts';
import type { Json } from '../domain/text.ts';
import { isUuid } from '../domain/uuid.ts';
import { event_detail, event_view, type EventDetail, type EventsQuery, type EventView } from '../domain/wire/event.ts';
import { cursor_time, readCursor, writeCursor } from './cursor.ts';
import type { Database, Sql } from './database.ts';

/**
 * Commits an event, with the provider's objects it shows, in one statement.
 * The same identity again gives the same id and changes nothing.
 */
export async function insertEvent(
  db: Pick<Database, 'sql'>,
  org_id: string,
  event: InboundEvent,
  actor_id: string | null = null,
): Promise<{ event_id: string; duplicate: boolean }> {
  const [row] = await db.sql<{ id: string; inserted: boolean }>`
    with event as (
      insert into events (org_id, source, type, occurred_at, payload_json, dedupe_key, subject, status, reason, processed_at, dispatched_at, actor_id)
      values (${org_id}, ${event.source}, ${event.type}, ${event.occurred_at}, ${JSON.stringify(event.payload)}, ${sha256(event.identity)}, ${event.subject},
        case when ${event.ignored}::text is null then 'received' else 'ignored' end, ${event.ignored}::text,
        case when ${event.ignored}::text is null then null else now() end, case when ${event.ignored}::text is null then null else now() end, ${actor_id})
      on conflict (org_id, source, dedupe_key) do update set dedupe_key = excluded.dedupe_key
      returning id, (xmax = 0) as inserted
    ), objects as (
      insert into provider_objects (org_id, source, kind, object_id, customer, data, as_of, event_id)
      -- Each once, and in one order: two events that show the same objects cannot wait for each other.
      select distinct on (o.kind, o.id) ${org_id}, ${event.source}, o.kind, o.id, o.customer, o.data, ${event.occurred_at}, event.id
      from event, jsonb_to_recordset(${JSON.stringify(event.objects)}::jsonb) as o (kind text, id text, customer text, data jsonb)
      where event.inserted order by o.kind, o.id
      on conflict (org_id, source, kind, object_id) do update
        set customer = excluded.customer, data = excluded.data, as_of = excluded.as_of, event_id = excluded.event_id
        where provider_objects.as_of <= excluded.as_of
    )
    select id, inserted from event`;
  if (row === undefined) throw new Error('the insert of an event returned no row');
  return { event_id: row.id, duplicate: !row.inserted };
}

/** True the first time drafts for this event were asked for. */
export async function markProposeRequested(db: Pick<Database, 'sql'>, org_id: string, event_id: string): Promise<boolean> {
  const rows = await db.sql`
    update events set propose_requested_at = now() where org_id = ${org_id} and id = ${event_id} and propose_requested_at is null returning id`;
  return rows.length === 1;
}

/**
 * One procedure's word on an event: null when it proposed or took it as evidence, else why nothing came of it.
 * The event is settled when every procedure in `all` has spoken: processed when one of them acted, else ignored with their reasons.
 */
export async function giveVerdict(
  sql: Sql,
  event_id: string,
  {
    vertical,
    all,
    reason,
    note = null,
  }: {
    vertical: string;
    all: readonly string[];
    reason: string | null;
    /** What it did, where that is worth a word. */
    note?: string | null;
  },
): Promise<void> {
  await sql`
    with spoken as (
      select id, verdicts || jsonb_build_object(${vertical}::text, ${reason}::text) as verdicts
      -- Not for update: whoever cites the event as evidence holds its key, and may wait for the audit that we hold.
      from events where id = ${event_id} and status = 'received' and not verdicts ? ${vertical} for no key update
    ), summary as (
      select id, verdicts, verdicts ?& ${all}::text[] as complete, jsonb_path_exists(verdicts, '$.* ? (@ == null)') as acted,
        (select string_agg(value, '; ' order by key) from jsonb_each_text(verdicts)) as reasons
      from spoken
    )
    update events set verdicts = summary.verdicts,
      status = case when not complete then 'received' when acted then 'processed' else 'ignored' end,
      reason = nullif(concat_ws('; ', events.reason, case when complete then reasons end, ${note}::text), ''),
      processed_at = case when complete then now() end
    from summary where events.id = summary.id`;
}

/** Settles an event: what came of it, and why when nothing did. */
export async function settleEvent(sql: Sql, event_id: string, status: 'processed' | 'ignored', reason: string | null): Promise<void> {
  await sql`update events set status = ${status}, reason = ${reason}, processed_at = now() where id = ${event_id} and status = 'received'`;
}

export type ReadEvent = StoredEvent & {
  status: string;
  verdicts: { [vertical: string]: Json };
  now: Date;
  /** What its organisation has otherwise than by default. */
  settings: StoredSettings;
  /** What it said was removed. */
  redacted: boolean;
};

/** The event, and the time by Postgres's clock: ages are judged by it, whatever the worker's says. */
export async function readStoredEvent(db: Pick<Database, 'sql'>, org_id: string, event_id: string): Promise<ReadEvent> {
  const [row] = await db.sql<ReadEvent & { payload_json: Json }>`
    select id, org_id, source, type, occurred_at, received_at, subject, payload_json, actor_id, status, verdicts, now(), redacted_at is not null as redacted,
      (select coalesce(jsonb_object_agg(key, value), '{}') from settings where org_id = events.org_id) as settings
    from events where org_id = ${org_id} and id = ${event_id}`;
  if (row === undefined) throw new Problem('not_found', `There is no event ${event_id}.`);
  const { payload_json, ...event } = row;
  return { ...event, payload: payload_json };
}

/** In the order in which they were drafted. */
const its_proposals = {
  select: { proposal_id: true },
  orderBy: [{ proposal: { created_at: 'asc' as const } }, { proposal_id: 'asc' as const }],
};

const event_cursor = z.tuple([cursor_time, z.uuid()]);

export async function listEvents(
  db: Database,
  org_id: string,
  query: EventsQuery,
): Promise<{ events: EventView[]; next_cursor: string | null }> {
  const after = readCursor(query.cursor, event_cursor);
  const rows = await db.prisma.events.findMany({
    where: {
      org_id,
      status: query.status,
      source: query.source,
      ...(after && { OR: [{ received_at: { lt: after[0] } }, { received_at: after[0], id: { gt: after[1] } }] }),
    },
    omit: { payload_json: true },
    include: { proposal_events: its_proposals },
    orderBy: [{ received_at: 'desc' }, { id: 'asc' }],
    take: query.limit + 1,
  });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    events: page.map(toView),
    next_cursor: rows.length > query.limit && last !== undefined ? writeCursor([last.received_at.toISOString(), last.id]) : null,
  };
}

export async function readEvent(db: Database, org_id: string, id: string): Promise<EventDetail> {
  const row = isUuid(id) ? await db.prisma.events.findFirst({ where: { org_id, id }, include: { proposal_events: its_proposals } }) : null;
  if (row === null) throw new Problem('not_found', `There is no event ${id}.`);
  return event_detail.parse({ ...toView(row), payload: row.payload_json });
}

interface EventRow {
  occurred_at: Date;
  received_at: Date;
  processed_at: Date | null;
  proposal_events: { proposal_id: string }[];
}

function toView({ proposal_events, ...row }: EventRow): EventView {
  return event_view.parse({
    ...row,
    occurred_at: row.occurred_at.toISOString(),
    received_at: row.received_at.toISOString(),
    processed_at: row.processed_at?.toISOString() ?? null,
    proposal_ids: proposal_events.map(({ proposal_id }) => proposal_id),
  });
}

/** A process that has just committed an event starts its workflow itself; only what is older was left behind. */
const dispatch_grace_ms = 3_000;

/** Committed events whose workflow nobody has started yet, oldest first. */
export async function undispatchedEvents(db: Pick<Database, 'sql'>, limit: number): Promise<{ org_id: string; event_id: string }[]> {
  return db.sql<{ org_id: string; event_id: string }>`
    select org_id, id as event_id from events
    where dispatched_at is null and received_at < now() - ${dispatch_grace_ms} * interval '1 millisecond' order by received_at limit ${limit}`;
}

export async function markDispatched(db: Pick<Database, 'sql'>, event_ids: string[]): Promise<void> {
  await db.sql`update events set dispatched_at = now() where id = any(${event_ids}::uuid[])`;
}

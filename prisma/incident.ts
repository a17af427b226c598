/** What happens to one incident happens in turn, whichever of its names an event used. */
import type { Sop, StoredEvent } from '../domain/sop.ts';
import type { Sql } from './database.ts';

/** An event as one procedure sees it. */
export interface Incident {
  event: StoredEvent;
  vertical: string;
  /** Every procedure that has a word to say on the event, this one among them. */
  verticals: string[];
  /** Every subject its proposals may be stored under, the preferred one first. */
  subjects: string[];
  /** Whether an event of this source and type ends the incident. */
  settledBy(event: { source: string; type: string }): boolean;
  settles: Sop['settles'];
  /** Reads its subjects again, for a procedure whose settling event ends some cards and not others. */
  subjectsNow(): Promise<string[]>;
}

/** Serialises everything that happens to one incident, whichever of its names an event used. */
export async function lockSubjects(sql: Sql, org_id: string, subjects: string[]): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtextextended(name, 0))
    from (select ${org_id}::text || ' ' || subject as name from unnest(${subjects}::text[]) subject order by 1) names`;
}

/** The type of the event that has ended it already; null while none has. */
export async function settlingEvent(sql: Sql, { event, subjects, settledBy, settles }: Incident): Promise<string | null> {
  const seen =
    settles === 'for_good'
      ? await sql<{ source: string; type: string }>`
          select distinct source, type from events where org_id = ${event.org_id} and subject = any(${subjects})`
      : await sql<{ source: string; type: string }>`
          select distinct source, type from events
          where org_id = ${event.org_id} and subject = ${event.subject}
            -- Providers sign whole seconds: within one, what arrived last came last.
            and (occurred_at, received_at, id) > (${event.occurred_at}::timestamptz, ${event.received_at}::timestamptz, ${event.id}::uuid)
            -- A ticket that merely changed its state has an event of the same type as one that was resolved, which nothing acts on.
            and status <> 'ignored'`;
  return seen.find(settledBy)?.type ?? null;
}

/** True when the event was not there yet. */
export async function joinEvent(
  sql: Sql,
  proposal_id: string,
  event_id: string,
  role: 'evidence' | 'settled' = 'evidence',
): Promise<boolean> {
  const rows = await sql`
    insert into proposal_events (proposal_id, event_id, role) values (${proposal_id}, ${event_id}, ${role}) on conflict do nothing returning event_id`;
  return rows.length === 1;
}

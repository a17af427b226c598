/** The transactional outbox of workflow wake-ups: written with the change, sent by the dispatcher, deleted once sent. */
import type { Database, Sql } from './database.ts';

export interface WaitingRun {
  workflow_id: string;
  org_id: string;
  event_id: string;
}

export interface Wake extends WaitingRun {
  /** Tells this request from a newer one for the same workflow. */
  token: string;
}

/** How long the process that made the change has to send the wake-up itself before any dispatcher may. */
const grace_ms = 1_000;

/** `sender: 'caller'` when the calling process sends it right after the commit; `dispatcher` leaves it to whoever is awake. */
export async function requestWake(sql: Sql, wake: Omit<Wake, 'token'>, sender: 'caller' | 'dispatcher'): Promise<Wake> {
  const delay_ms = sender === 'caller' ? grace_ms : 0;
  const [requested] = await sql<{ token: string }>`
    insert into wakeups (workflow_id, org_id, event_id, next_attempt_at)
    values (${wake.workflow_id}, ${wake.org_id}, ${wake.event_id}, now() + ${delay_ms} * interval '1 millisecond')
    on conflict (workflow_id) do update set token = gen_random_uuid(), attempts = 0, next_attempt_at = excluded.next_attempt_at
    returning token`;
  if (requested === undefined) throw new Error('the request of a wake-up returned no row');
  return { ...wake, ...requested };
}

/** Leases wake-ups that are due, so that of several dispatchers one sends each; an unsent one becomes due again, later each time. */
export async function leaseWakeups(sql: Sql, limit: number): Promise<Wake[]> {
  return sql<Wake>`
    update wakeups set attempts = attempts + 1, next_attempt_at = now() + least(60, power(2, least(attempts, 6))) * interval '1 second'
    where workflow_id in (
      select workflow_id from wakeups where next_attempt_at <= now() order by next_attempt_at limit ${limit} for update skip locked)
    returning workflow_id, org_id, event_id, token`;
}

/** A newer request for the same workflow has a new token and stays. */
export async function wakeSent(sql: Sql, { workflow_id, token }: Wake): Promise<void> {
  await sql`delete from wakeups where workflow_id = ${workflow_id} and token = ${token}`;
}

/** The runs that something still waits for: a card for a person or for its time, an event for its triage. */
export async function waitingRuns(db: Pick<Database, 'sql'>): Promise<WaitingRun[]> {
  return db.sql<WaitingRun>`
    select distinct workflow_id, org_id, event_id from proposals where status in ('pending', 'approved')
    union select 'event:' || id, org_id, id from events where status = 'received' and dispatched_at is not null`;
}

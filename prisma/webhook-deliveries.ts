/** What still has to be delivered to which endpoint, shared by all replicas through row locks. */
import type { Sql } from './database.ts';
import type { AuditRange } from './notices.ts';

export interface Delivery {
  /** `webhook-id`: the same for every attempt. */
  id: string;
  endpoint_id: string;
  payload: unknown;
  url: string;
  /** The newest first; each of them signs. */
  secrets: string[];
  /** Counts the leases, and so tells this one from a later one. */
  attempts: number;
}

/** An attempt takes a quarter of it at most; after that another replica may. */
const lease_seconds = 60;
/** Messages on their way to one endpoint at once, from one process. */
export const lanes_per_endpoint = 4;
/** What could not be delivered for so long is given up, */
const message_days_max = 3;
/** and whoever takes nothing for so long is told nothing more. */
const failing_days_max = 5;
/** How long what was delivered is kept, for whoever looks into it. */
const kept_days = 7;
const back_off_seconds_max = 43_200;
const rest_seconds_max = 1_800;

/** Ids and states, no personal text. */
export async function planDeliveries(sql: Sql, { org_id, after, last }: AuditRange, public_url: string): Promise<void> {
  const planned = await sql`
    insert into webhook_deliveries (endpoint_id, seq, type, payload)
    select e.id, a.seq, 'proposal.' || a.to_status, jsonb_build_object(
      'type', 'proposal.' || a.to_status,
      'timestamp', to_char(a.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'data', jsonb_build_object(
        'organisation_id', a.org_id, 'proposal_id', a.proposal_id, 'seq', a.seq, 'from_status', a.from_status, 'status', a.to_status,
        'version', sealed.version, 'payload_hash', sealed.payload_hash, 'urgency', p.urgency, 'vertical', p.vertical,
        'action_type', sealed.action_type, 'operation', sealed.operation,
        'decided_by', case
          when a.to_status in ('approved', 'rejected') then case a.actor_type when 'user' then a.actor_id end
          when a.to_status in ('executed', 'failed', 'unknown') then (
            select d.decided_by from decisions d where d.proposal_id = a.proposal_id and d.version = sealed.version and d.undone_at is null
            order by d.decided_at desc limit 1) end,
        'url', ${public_url}::text || '/inbox/' || a.proposal_id))
    from audit a
    join proposals p on p.id = a.proposal_id
    join proposal_versions sealed on sealed.proposal_id = a.proposal_id
      and sealed.version = coalesce((a.metadata ->> 'version')::int, p.version)
    join webhook_endpoints e on e.org_id = a.org_id and e.disabled_at is null
      and (cardinality(e.events) = 0 or 'proposal.' || a.to_status = any(e.events))
    where a.org_id = ${org_id} and a.seq > ${after} and a.seq <= ${last} and a.from_status is distinct from a.to_status
    on conflict do nothing returning endpoint_id`;
  if (planned.length > 0)
    await sql`
      delete from webhook_deliveries d using webhook_endpoints e
      where e.id = d.endpoint_id and e.org_id = ${org_id} and d.status <> 'waiting' and d.created_at < now() - ${kept_days} * interval '1 day'`;
}

/** The endpoints for which something waits, with when the first of it is due, in milliseconds from now. */
export async function waitingEndpoints(sql: Sql): Promise<{ id: string; due_in_ms: number }[]> {
  return sql<{ id: string; due_in_ms: number }>`
    select e.id, extract(epoch from greatest(min(d.next_attempt_at), e.rests_until) - now())::float8 * 1000 as due_in_ms
    from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.id and d.status = 'waiting'
    where e.disabled_at is null group by e.id`;
}

/**
 * Takes the next message for this endpoint; null when none is due or it rests. One that is failing is tried with one message at a
 * time, so that a dead receiver costs one connection and not one per message.
 */
export async function leaseDelivery(sql: Sql, endpoint_id: string, lane: number): Promise<Delivery | null> {
  const [row] = await sql<Delivery>`
    with due as (
      select d.id from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
      where d.endpoint_id = ${endpoint_id} and d.status = 'waiting' and d.next_attempt_at <= now()
        and e.disabled_at is null and e.rests_until <= now() and (e.failures = 0 or ${lane} = 0)
      order by d.next_attempt_at, d.seq limit 1 for update of d skip locked)
    update webhook_deliveries d set attempts = d.attempts + 1, next_attempt_at = now() + ${lease_seconds} * interval '1 second'
    from due, webhook_endpoints e where d.id = due.id and e.id = d.endpoint_id
    returning d.id, d.endpoint_id, d.payload, d.attempts, e.url,
      case when e.previous_until > now() then array[e.secret, e.previous_secret] else array[e.secret] end as secrets`;
  return row ?? null;
}

/** In how many milliseconds something is due for this endpoint; null when nothing waits for it. */
export async function nextDeliveryIn(sql: Sql, endpoint_id: string): Promise<number | null> {
  return (await waitingEndpoints(sql)).find(({ id }) => id === endpoint_id)?.due_in_ms ?? null;
}

/** It took the message: whatever it had failed with before is over, and what waited for that comes now. */
export async function delivered(sql: Sql, { id, endpoint_id, attempts }: Delivery, status: number): Promise<void> {
  await sql`
    update webhook_deliveries set status = 'delivered', last_attempt_at = now(), last_status = ${status}, last_error = null
    where id = ${id} and attempts = ${attempts} and status = 'waiting'`;
  const recovered = await sql`
    update webhook_endpoints set failing_since = null, failures = 0, rests_until = now()
    where id = ${endpoint_id} and failing_since is not null returning id`;
  if (recovered.length > 0)
    await sql`
      update webhook_deliveries set next_attempt_at = now()
      where endpoint_id = ${endpoint_id} and status = 'waiting' and last_error is not null and next_attempt_at > now()`;
}

export interface Failure {
  /** Null when no answer came. */
  status: number | null;
  /** In a sentence that names no host. */
  error: string;
  retry_after_seconds: number | null;
  /** The receiver as a whole did not answer or cannot now; else it was about this message. */
  of_endpoint: boolean;
}

/** Due again later, and later each time. True when the endpoint has failed for so long that it should be switched off. */
export async function failed(sql: Sql, { id, endpoint_id, attempts }: Delivery, failure: Failure): Promise<boolean> {
  const again = Math.max(failure.retry_after_seconds ?? 0, Math.min(back_off_seconds_max, 5 * 4 ** Math.min(attempts - 1, 10)));
  await sql`
    update webhook_deliveries set last_attempt_at = now(), last_status = ${failure.status}, last_error = ${failure.error},
      next_attempt_at = now() + ${again} * interval '1 second',
      status = case when created_at < now() - ${message_days_max} * interval '1 day' then 'given_up' else status end
    where id = ${id} and attempts = ${attempts} and status = 'waiting'`;
  const [endpoint] = await sql<{ over: boolean }>`
    update webhook_endpoints set failing_since = coalesce(failing_since, now()),
      failures = failures + case when ${failure.of_endpoint} then 1 else 0 end,
      rests_until = case when ${failure.of_endpoint} then now() + interval '1 second' *
        greatest(${failure.retry_after_seconds ?? 0}::float8, least(${rest_seconds_max}::float8, 2 * 2 ^ least(failures, 12))) else rests_until end
    where id = ${endpoint_id}
    returning failing_since < now() - ${failing_days_max} * interval '1 day' as over`;
  return endpoint?.over ?? false;
}

/** The rows behind the circuit breakers. Each change is one statement, so that of several workers one makes the trial. */
import { cool_down_seconds, failures_in_a_row_max, type ProviderName } from '../domain/breaker.ts';
import type { Sql } from './database.ts';

/** A worker that died during its trial holds up the next one for so long: longer than any attempt lasts. */
const trial_seconds_max = 90;

/** `trial`: this one call may find out whether the provider answers again. */
export type Admission = { admitted: 'closed' | 'trial' } | { admitted: 'no'; wait_ms: number };

export async function admit(sql: Sql, provider: ProviderName): Promise<Admission> {
  const [open] = await sql<{ wait_ms: number }>`
    select extract(epoch from retry_at - now())::float8 * 1000 as wait_ms from breakers where provider = ${provider} and opened_at is not null`;
  if (open === undefined) return { admitted: 'closed' };
  if (open.wait_ms > 0) return { admitted: 'no', wait_ms: open.wait_ms };
  const trial = await sql`
    update breakers set retry_at = now() + ${trial_seconds_max} * interval '1 second'
    where provider = ${provider} and opened_at is not null and retry_at <= now() returning provider`;
  return trial.length === 1 ? { admitted: 'trial' } : { admitted: 'no', wait_ms: 0 };
}

/** A trial that found nothing out makes room for the next, at once: the column's milliseconds are rounded, up as well as down. */
export async function releaseTrial(sql: Sql, provider: ProviderName): Promise<void> {
  await sql`update breakers set retry_at = now() - interval '1 millisecond' where provider = ${provider} and opened_at is not null`;
}

export async function noteFailure(sql: Sql, provider: ProviderName, reason: string): Promise<void> {
  await sql`
    insert into breakers as b (provider, failures, failing_since, last_error) values (${provider}, 1, now(), ${reason})
    on conflict (provider) do update set failures = b.failures + 1, failing_since = coalesce(b.failing_since, now()), last_error = excluded.last_error,
      changed_at = now(),
      opened_at = case when b.failures + 1 >= ${failures_in_a_row_max} then coalesce(b.opened_at, now()) end,
      retry_at = case when b.failures + 1 >= ${failures_in_a_row_max} then now() + ${cool_down_seconds} * interval '1 second' end`;
}

/** Any answer closes the breaker, a refusal too: it is about one request, and shows that somebody is there. */
export async function noteAnswer(sql: Sql, provider: ProviderName): Promise<void> {
  await sql`
    update breakers set failures = 0, failing_since = null, opened_at = null, retry_at = null, last_error = null, changed_at = now()
    where provider = ${provider} and failures > 0`;
}

export interface OpenBreaker {
  provider: ProviderName;
  /** The first failure of those in a row. */
  since: Date;
  last_error: string;
}

export async function openBreakers(sql: Sql): Promise<Map<string, OpenBreaker>> {
  const rows = await sql<OpenBreaker>`
    select provider, failing_since as since, last_error from breakers where opened_at is not null`;
  return new Map(rows.map((row) => [row.provider, row]));
}

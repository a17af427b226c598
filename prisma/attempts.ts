/** One call of the provider, from its opening to the outcome it settles. Of two workers on one execution, exactly one goes on. */
import type { Json } from '../domain/text.ts';
import { system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import type { ClaimedExecution } from './executions.ts';
import { lockProposal, moveTo, remark } from './moves.ts';

/** Opens the next attempt. Throws when the execution is settled or another attempt is open: of two workers, one goes on. */
export async function beginAttempt(db: Pick<Database, 'sql'>, execution: ClaimedExecution): Promise<number> {
  const [attempt] = await db.sql<{ n: number }>`
    insert into attempts (execution_id, org_id, n)
    select e.id, e.org_id, (select coalesce(max(n), 0) + 1 from attempts where execution_id = e.id)
    from executions e
    where e.id = ${execution.id} and e.status = 'running'
      and not exists (select from attempts where execution_id = e.id and status = 'running')
    returning n`;
  if (attempt === undefined) throw new AttemptSuperseded(`execution ${execution.id} is in other hands`);
  return attempt.n;
}

/** Another worker has taken this execution over; the attempt must not go on. */
export class AttemptSuperseded extends Error {
  override name = 'AttemptSuperseded';
}

/** Notes that from now on the request may have its effect. Throws when the attempt was closed from outside, so that two never send. */
export async function noteDispatch(db: Pick<Database, 'sql'>, execution_id: string, n: number): Promise<void> {
  const rows = await db.sql`
    update attempts set dispatched_at = now() where execution_id = ${execution_id} and n = ${n} and status = 'running' returning n`;
  if (rows.length === 0) throw new AttemptSuperseded(`attempt ${n} of ${execution_id} was taken over`);
}

/**
 * Closes an attempt that ended without settling the execution.
 * With `only_undispatched`, false means that it was dispatched after all and stays open.
 */
export async function closeAttempt(
  db: Pick<Database, 'tx'>,
  execution: ClaimedExecution,
  n: number,
  end: { status: 'failed' | 'unknown'; error: string; only_undispatched?: boolean },
): Promise<boolean> {
  return db.tx(async (sql) => {
    const row = await lockProposal(sql, execution.row.org_id, execution.row.id);
    const rows = await sql`
      update attempts set status = ${end.status}, finished_at = now(), error = ${end.error}
      where execution_id = ${execution.id} and n = ${n} and status = 'running' and (dispatched_at is null or not ${end.only_undispatched ?? false}) returning n`;
    if (rows.length === 0) return false;
    await remark(sql, row, system_actor, { attempt: n, attempt_status: end.status, execution_id: execution.id });
    return true;
  });
}

export type Settlement = { status: 'succeeded'; result: Json } | { status: 'failed' | 'unknown'; error: string };

/**
 * Records the outcome of an execution, once: by the attempt `n` that knows it, and only while that attempt is still its own;
 * null settles it whatever attempt is open. A refusal after an attempt that may have had its effect is no failure: it stays unknown.
 */
export async function settle(
  db: Pick<Database, 'tx'>,
  execution: Pick<ClaimedExecution, 'id' | 'row'>,
  given: Settlement,
  n: number | null,
): Promise<void> {
  await db.tx(async (sql) => {
    const row = await lockProposal(sql, execution.row.org_id, execution.row.id);
    const settlement = given.status === 'failed' && (await hasUnknownAttempt(sql, execution.id, n)) ? stillUnknown(given) : given;
    const result = settlement.status === 'succeeded' ? JSON.stringify(settlement.result) : null;
    const error = settlement.status === 'succeeded' ? null : settlement.error;
    const [attempt] = await sql<{ n: number }>`
      update attempts set status = ${given.status}, finished_at = now(), error = ${given.status === 'succeeded' ? null : given.error}
      where execution_id = ${execution.id} and status = 'running' and n = coalesce(${n}::int, n) returning n`;
    if (n !== null && attempt === undefined) return;
    const settled = await sql`
      update executions set status = ${settlement.status}, finished_at = now(), result = ${result}, error = ${error}
      where id = ${execution.id} and status = 'running' returning id`;
    if (settled.length === 0) return;
    const to = settlement.status === 'succeeded' ? 'executed' : settlement.status;
    await moveTo(sql, row, to, {
      actor: system_actor,
      metadata: { execution_id: execution.id, attempt: attempt?.n ?? null, payload_hash: row.payload_hash },
    });
  });
}

async function hasUnknownAttempt(sql: Sql, execution_id: string, but_n: number | null): Promise<boolean> {
  const rows = await sql`
    select 1 from attempts where execution_id = ${execution_id} and status = 'unknown' and n is distinct from ${but_n}::int limit 1`;
  return rows.length > 0;
}

function stillUnknown({ error }: { error: string }): Settlement {
  return { status: 'unknown', error: `an earlier attempt may have been done; the last one was refused: ${error}` };
}

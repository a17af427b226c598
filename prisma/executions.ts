/**
 * Once-only execution. The execution row is written before the first attempt and names what was approved;
 * an attempt notes the moment before its request could have an effect. What a crash leaves behind can then be told apart.
 */
import { idempotencyKeyOf } from '../domain/executor.ts';
import type { Sql, Database } from './database.ts';
import { HeldBack, heldBackMs } from './mail-limits.ts';
import { lockProposal, remark, returnToPending, sealOfRow, type LockedProposal, type NewContent } from './moves.ts';
import { system_actor } from './audit.ts';

/** An approval that starts later than this after its undo window goes back to the inbox: the world has moved on. */
const approval_age_hours_max = 1;

export interface ClaimedExecution {
  id: string;
  idempotency_key: string;
  /** When its first attempt started. */
  started_at: Date;
  row: LockedProposal;
  /** The newest earlier attempt whose end was never recorded: its worker died or lost its turn. */
  interrupted: { n: number; dispatched: boolean; dispatched_at: Date | null } | null;
  /** The attempt that was opened with the claim; null when a later one has to be. */
  attempt: number | null;
  /** Whether `row` is what was claimed: its seal is the execution's. Otherwise nothing of it may run. */
  intact: boolean;
}

/**
 * Claims the approved action for running; null when there is nothing to run now (undone, decided otherwise, still in its undo
 * window, settled already, or sent back to the inbox because what is stored is not what was approved).
 * `version` is the one whose facts were judged, `connection` the account it would run as.
 * A mail that is over the organisation's limits is not claimed: it throws HeldBack.
 */
export async function claim(
  db: Pick<Database, 'tx'>,
  org_id: string,
  proposal_id: string,
  version: number,
  connection: string | null,
): Promise<ClaimedExecution | null> {
  const claimed = await db.tx(async (sql) => {
    const row = await lockProposal(sql, org_id, proposal_id);
    if (row.status !== 'approved' || row.version !== version) return null;

    const existing = await runningExecution(sql, row);
    if (existing !== null) return existing;
    if (!(await isUndoWindowOver(sql, row))) return null;

    const objection = await objectionTo(sql, row, connection);
    if (objection !== null) {
      await returnToPending(sql, row, objection.content, {
        actor: system_actor,
        metadata: { reason: objection.flag },
        flags: [objection.flag],
        notes: [objection.note],
      });
      return null;
    }

    const held_back_ms = await heldBackMs(sql, row);
    if (held_back_ms !== null) return { held_back_ms };

    const idempotency_key = idempotencyKeyOf(row.id, row.version);
    const [created] = await sql<{ id: string; started_at: Date }>`
      with execution as (
        insert into executions (org_id, proposal_id, version, payload_hash, idempotency_key)
        values (${row.org_id}, ${row.id}, ${row.version}, ${row.payload_hash}, ${idempotency_key}) returning id, started_at
      ), attempt as (
        insert into attempts (execution_id, org_id, n) select id, ${row.org_id}, 1 from execution
      )
      select id, started_at from execution`;
    if (created === undefined) throw new Error('the insert of an execution returned no row');
    await remark(sql, row, system_actor, { execution: 'started', execution_id: created.id, payload_hash: row.payload_hash });
    return { ...created, idempotency_key, row, attempt: 1, interrupted: null, intact: true };
  });
  // The note on its card is committed by now.
  if (claimed !== null && 'held_back_ms' in claimed) throw new HeldBack(claimed.held_back_ms);
  return claimed;
}

async function isUndoWindowOver(sql: Sql, row: LockedProposal): Promise<boolean> {
  const rows = await sql`select 1 from proposals where id = ${row.id} and executes_at > now()`;
  return rows.length === 0;
}

interface Objection {
  flag: 'seal_broken' | 'approval_stale' | 'facts_changed';
  note: string;
  content: NewContent;
}

async function objectionTo(sql: Sql, row: LockedProposal, connection: string | null): Promise<Objection | null> {
  const [approved] = await sql<{ payload_hash: string; late: boolean }>`
    select d.payload_hash, now() > p.executes_at + ${approval_age_hours_max} * interval '1 hour' as late
    from decisions d join proposals p on p.id = d.proposal_id
    where d.proposal_id = ${row.id} and d.version = ${row.version} and d.decision = 'approve' and d.undone_at is null limit 1`;
  const sealed = sealOfRow(row);
  if (approved === undefined || sealed !== row.payload_hash || sealed !== approved.payload_hash) {
    return {
      flag: 'seal_broken',
      note: 'What was stored was not what was approved. Nothing ran; read it again before you decide.',
      content: await lastSealed(sql, row),
    };
  }
  if (approved.late) {
    return {
      flag: 'approval_stale',
      note: 'The approval was more than an hour old when its turn came. Nothing ran; decide again if it still holds.',
      content: {},
    };
  }
  if (connection !== row.connection) {
    const now_as = connection ?? 'nothing: its provider is no longer connected';
    return {
      flag: 'facts_changed',
      note: `It was approved to run as ${row.connection} and would now run as ${now_as}.`,
      content: connection === null ? {} : { connection },
    };
  }
  return null;
}

/** The content of this version as it was sealed, when the kept copy still fits its hash. */
async function lastSealed(sql: Sql, row: LockedProposal): Promise<NewContent> {
  const [kept] = await sql<Required<NewContent> & { payload_hash: string }>`
    select action_type, operation, connection, payload, payload_hash from proposal_versions where proposal_id = ${row.id} and version = ${row.version}`;
  if (kept === undefined) return {};
  const { payload_hash, ...content } = kept;
  return sealOfRow({ ...row, ...content }) === payload_hash ? content : {};
}

/** What was claimed before and is not settled yet. It runs the kept sealed content, whatever happened to the proposal's row meanwhile. */
async function runningExecution(sql: Sql, row: LockedProposal): Promise<ClaimedExecution | null> {
  const [existing] = await sql<{ id: string; idempotency_key: string; started_at: Date; payload_hash: string }>`
    select id, idempotency_key, started_at, payload_hash from executions where proposal_id = ${row.id} and version = ${row.version} and status = 'running'`;
  if (existing === undefined) return null;
  const [open] = await sql<{ n: number; dispatched: boolean; dispatched_at: Date | null }>`
    select n, dispatched_at, dispatched_at is not null as dispatched from attempts
    where execution_id = ${existing.id} and status = 'running' order by n desc limit 1`;
  const { payload_hash, ...claimed } = existing;
  const sealed = { ...row, ...(await lastSealed(sql, row)) };
  return { ...claimed, row: sealed, interrupted: open ?? null, attempt: null, intact: sealOfRow(sealed) === payload_hash };
}

export interface UnsettledExecution extends ClaimedExecution {
  /** An attempt went out whose effect nobody has confirmed or ruled out. */
  maybe_done: boolean;
  last_error: string | null;
}

/** The unsettled execution of a proposal; null when none was claimed. */
export async function unsettledExecution(
  db: Pick<Database, 'tx'>,
  org_id: string,
  proposal_id: string,
): Promise<UnsettledExecution | null> {
  return db.tx(async (sql) => {
    const execution = await runningExecution(sql, await lockProposal(sql, org_id, proposal_id));
    if (execution === null) return null;
    const [attempts] = await sql<{ maybe_done: boolean | null; last_error: string | null }>`
      select bool_or(status = 'unknown' or (status = 'running' and dispatched_at is not null)) as maybe_done,
        (array_agg(error order by n desc) filter (where error is not null))[1] as last_error
      from attempts where execution_id = ${execution.id}`;
    return { ...execution, maybe_done: attempts?.maybe_done ?? false, last_error: attempts?.last_error ?? null };
  });
}

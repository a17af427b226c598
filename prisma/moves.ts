/**
 * The one place where a proposal changes: under its row's lock, by a legal move, with its audit row in the same transaction.
 */
import type { ActionType } from '../domain/action.ts';
import { mayMove, type Flag, type ProposalStatus, type Reversibility, type Urgency } from '../domain/proposal.ts';
import { Problem } from '../domain/problem.ts';
import { sealOf } from '../domain/seal.ts';
import type { Json } from '../domain/text.ts';
import { isUuid } from '../domain/uuid.ts';
import { appendAudit, type Actor } from './audit.ts';
import type { Sql } from './database.ts';
import { judgeProcedure } from './learning.ts';
import { noteRolledBack, type TakenBack } from './rolled-back.ts';
import { requestWake, type Wake } from './wakeups.ts';

/** A proposal's row as the moves need it, held under `for update`. */
export interface LockedProposal {
  id: string;
  org_id: string;
  event_id: string;
  vertical: string;
  subject: string;
  action_type: ActionType;
  operation: string | null;
  connection: string;
  status: ProposalStatus;
  version: number;
  payload: Json;
  payload_hash: string;
  urgency: Urgency;
  flags: Flag[];
  notes: string[];
  basis: { [key: string]: Json } | null;
  reversibility: Reversibility;
  required_approvals: number;
  /** The person who asked for it; null for what a procedure or an agent drafted. */
  proposed_by: string | null;
  workflow_id: string;
  executes_at: Date | null;
}

/** The row as it is now, for judging; whoever wants to change it locks it. */
export async function lookAtProposal(sql: Sql, org_id: string, id: string): Promise<LockedProposal & { claimed: boolean }> {
  const [row] = await sql<LockedProposal & { claimed: boolean }>`
    select id, org_id, event_id, vertical, subject, action_type, operation, connection, status, version, payload, payload_hash,
      urgency, flags, notes, basis, reversibility, required_approvals, proposed_by, workflow_id, executes_at,
      exists (select from executions e where e.proposal_id = proposals.id and e.version = proposals.version) as claimed
    from proposals where org_id = ${org_id} and id = ${id}`;
  if (row === undefined) throw new Problem('not_found', `There is no proposal ${id}.`);
  return row;
}

/** Locks the row until the transaction ends. Throws not_found for another organisation's id too. */
export async function lockProposal(sql: Sql, org_id: string, id: string): Promise<LockedProposal> {
  const [row] = isUuid(id)
    ? await sql<LockedProposal>`
        select id, org_id, event_id, vertical, subject, action_type, operation, connection, status, version, payload, payload_hash,
          urgency, flags, notes, basis, reversibility, required_approvals, proposed_by, workflow_id, executes_at
        from proposals where org_id = ${org_id} and id = ${id} for update`
    : [];
  if (row === undefined) throw new Problem('not_found', `There is no proposal ${id}.`);
  return row;
}

/** What this row seals to now: equal to its payload_hash unless somebody changed it past the moves. */
export function sealOfRow(row: LockedProposal): string {
  return sealOf({
    organisation: row.org_id,
    proposal_id: row.id,
    version: row.version,
    action_type: row.action_type,
    operation: row.operation,
    connection: row.connection,
    payload: row.payload,
  });
}

export interface Move {
  actor: Actor;
  metadata?: { [key: string]: Json };
  flags?: Flag[];
  notes?: string[];
  /** For an approval: how long it can still be undone. */
  executes_in_seconds?: number;
}

/** Moves to a status without changing what would run. Closing statuses note the time; whatever is decided is snoozed no longer. */
export async function moveTo(sql: Sql, row: LockedProposal, to: Exclude<ProposalStatus, 'pending'>, move: Move): Promise<void> {
  refuseIllegal(row, to);
  await sql`
    update proposals set status = ${to}, updated_at = now(), notes = notes || ${move.notes ?? []}::text[],
      snoozed_until = null, snoozed_until_event = false, flags = array_remove(flags, 'snoozed'),
      executes_at = coalesce(now() + ${move.executes_in_seconds ?? null}::float8 * interval '1 second', executes_at),
      closed_at = case when ${to} in ('executed', 'rejected', 'expired', 'superseded') then now() end
    where id = ${row.id} and status = ${row.status}`;
  const taken_back = to === 'executed' ? await noteRolledBack(sql, row.id) : null;
  if (taken_back !== null) await judgeProcedure(sql, { id: taken_back.proposal_id, org_id: row.org_id });
  await audit(sql, row, to, row.version, move);
  if (taken_back !== null) await auditRolledBack(sql, row, taken_back, move.actor);
}

/** The proposal that was taken back stays executed: it was done. Its execution says what became of that. */
async function auditRolledBack(sql: Sql, by: LockedProposal, { proposal_id, execution_id }: TakenBack, actor: Actor): Promise<void> {
  const metadata = { execution: 'rolled_back', execution_id, by_proposal: by.id };
  await appendAudit(sql, { org_id: by.org_id, proposal_id, from: 'executed', to: 'executed', actor, metadata });
}

/** What a new version may change. What is left out stays. */
export type NewContent = Partial<Pick<LockedProposal, 'action_type' | 'operation' | 'connection' | 'payload'>>;

/**
 * Brings a proposal back to the inbox as its next version: a new hash, so that no earlier approval fits,
 * and at least a day to decide it.
 */
export async function returnToPending(sql: Sql, row: LockedProposal, content: NewContent, move: Move): Promise<void> {
  refuseIllegal(row, 'pending');
  const next = await writeVersion(sql, row, content, move.actor);
  await sql`
    update proposals set status = 'pending', executes_at = null, closed_at = null, updated_at = now(),
      -- The rule may have become stricter while it was out of the inbox, and owners may have left.
      required_approvals = approvals_completable(org_id, action_type, vertical, proposed_by,
        greatest(required_approvals, approvals_wanted(org_id, action_type, vertical))),
      expires_at = case when expires_at is not null then greatest(expires_at, now() + interval '24 hours') end,
      flags = array(select distinct unnest(flags || ${move.flags ?? []}::text[])), notes = notes || ${move.notes ?? []}::text[]
    where id = ${row.id}`;
  await audit(sql, row, 'pending', next.version, move);
}

/** Seals the next version of a proposal's content, which no earlier decision fits; without an audit row: the caller's move tells the story. */
export async function writeVersion(sql: Sql, row: LockedProposal, content: NewContent, author: Actor): Promise<LockedProposal> {
  // Nobody has put off what nobody has seen.
  const next = { ...row, ...content, version: row.version + 1, flags: row.flags.filter((flag) => flag !== 'snoozed') };
  next.payload_hash = sealOfRow(next);
  await sql`update decisions set undone_at = now() where proposal_id = ${row.id} and undone_at is null`;
  await sql`
    update proposals set version = ${next.version}, action_type = ${next.action_type}, operation = ${next.operation},
      connection = ${next.connection}, payload = ${JSON.stringify(next.payload)}, payload_hash = ${next.payload_hash}, updated_at = now(),
      snoozed_until = null, snoozed_until_event = false, flags = array_remove(flags, 'snoozed')
    where id = ${row.id} and version = ${row.version}`;
  await recordVersion(sql, next, author);
  return next;
}

/** The sealed content, kept for good. */
export async function recordVersion(
  sql: Sql,
  row: Pick<LockedProposal, 'id' | 'version' | 'org_id' | 'action_type' | 'operation' | 'connection' | 'payload' | 'payload_hash'>,
  author: Actor,
): Promise<void> {
  await sql`
    insert into proposal_versions (proposal_id, version, org_id, action_type, operation, connection, payload, payload_hash, author_type, author_id)
    values (${row.id}, ${row.version}, ${row.org_id}, ${row.action_type}, ${row.operation}, ${row.connection}, ${JSON.stringify(row.payload)}, ${row.payload_hash}, ${author.type}, ${author.id})`;
}

/** Something happened to the proposal that leaves its status as it is. */
export async function remark(sql: Sql, row: LockedProposal, actor: Actor, metadata: { [key: string]: Json }): Promise<void> {
  await audit(sql, row, row.status, row.version, { actor, metadata });
}

/** Tells the proposal's workflow to look again. It comes after the audit row in its transaction, as everywhere. */
export async function wakeLater(
  sql: Sql,
  { workflow_id, org_id, event_id }: LockedProposal,
  sender: 'caller' | 'dispatcher',
): Promise<Wake> {
  return requestWake(sql, { workflow_id, org_id, event_id }, sender);
}

function refuseIllegal(row: LockedProposal, to: ProposalStatus): void {
  if (mayMove(row.status, to)) return;
  throw new Problem('wrong_status', `The proposal is ${row.status} and cannot become ${to}.`, { current_status: row.status });
}

async function audit(sql: Sql, row: LockedProposal, to: ProposalStatus, version: number, { actor, metadata }: Move): Promise<void> {
  await appendAudit(sql, { org_id: row.org_id, proposal_id: row.id, from: row.status, to, actor, metadata: { version, ...metadata } });
}

/** What a workflow needs to know about its proposals, and what time does to them. */
import type { ProposalState, Step, StepInput } from '../domain/contract.ts';
import { nextStage, type Clocked, type Stage } from '../domain/escalation.ts';
import { isOpen, type ProposalStatus } from '../domain/proposal.ts';
import { system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { takeStage } from './escalation.ts';
import { lockProposal, moveTo, remark, type LockedProposal } from './moves.ts';
import { endSnooze } from './snooze.ts';

interface StateRow extends Clocked {
  id: string;
  vertical: string;
  subject: string;
  status: ProposalStatus;
  expires_at: Date | null;
  snoozed_until: Date | null;
  undo_ms: number | null;
}

/**
 * The proposals an event's workflow is responsible for, each with its next step.
 * Long waits count from the workflow's clock; the undo window from Postgres's own, so that no skew can shorten it.
 */
export async function lookAt(db: Pick<Database, 'sql'>, org_id: string, event_id: string, now_ms: number): Promise<ProposalState[]> {
  const rows = await db.sql<StateRow>`
    select id, vertical, urgency, subject, status, escalation, escalates_from, escalates_at, expires_at, snoozed_until,
      extract(epoch from executes_at - now())::float8 * 1000 as undo_ms
    from proposals where org_id = ${org_id} and event_id = ${event_id} order by created_at, id`;
  return rows.map((row) => ({
    proposal_id: row.id,
    vertical: row.vertical,
    urgency: row.urgency,
    subject: row.subject,
    open: isOpen(row.status),
    next: nextStep(row, now_ms),
  }));
}

function nextStep(row: StateRow, now_ms: number): ProposalState['next'] {
  if (row.status === 'approved') return { step: 'execute', in_ms: Math.max(0, Math.ceil(row.undo_ms ?? 0)) };
  if (row.status !== 'pending') return null;
  const stage = nextStage(row, new Date(now_ms));
  // Of what is due at once, the end comes first: what expires is not escalated any more.
  const deadlines: [Step, Date | null][] = [
    ['expire', row.expires_at],
    ['unsnooze', row.snoozed_until],
    ...(stage === null ? [] : [[step_of_stage[stage.stage], stage.at] satisfies [Step, Date]]),
  ];
  const [first] = deadlines
    .flatMap(([step, at]) => (at === null ? [] : [{ step, in_ms: Math.max(0, at.getTime() - now_ms) }]))
    .sort((a, b) => a.in_ms - b.in_ms);
  return first ?? null;
}

const step_of_stage = { reminded: 'remind', delegated: 'delegate', owner: 'escalate' } as const satisfies Record<Stage, Step>;

/** Takes a step whose time has come; does nothing when the proposal was decided or its time was moved. */
export async function stepDue(db: Pick<Database, 'tx'>, { org_id, proposal_id, step, now_ms }: StepInput): Promise<void> {
  await db.tx(async (sql) => {
    const row = await lockProposal(sql, org_id, proposal_id);
    const now = new Date(now_ms);
    if (row.status !== 'pending') return;
    if (step === 'expire') return expire(sql, row, now);
    if (step === 'unsnooze') return wakeInTime(sql, row, now);
    await takeStage(sql, row, now);
  });
}

async function expire(sql: Sql, row: LockedProposal, now: Date): Promise<void> {
  const due = await sql`select 1 from proposals where id = ${row.id} and expires_at <= ${now}`;
  if (due.length > 0) await moveTo(sql, row, 'expired', { actor: system_actor, metadata: { reason: 'nobody decided in time' } });
}

async function wakeInTime(sql: Sql, row: LockedProposal, now: Date): Promise<void> {
  const due = await sql`select 1 from proposals where id = ${row.id} and snoozed_until <= ${now}`;
  if (due.length > 0 && (await endSnooze(sql, row.id))) await remark(sql, row, system_actor, { woken_by: 'time' });
}

/** What a workflow needs to know about its proposals, and the two things that time does to them. */
import type { ProposalState, Step, StepInput } from '../domain/contract.ts';
import { isOpen, type ProposalStatus } from '../domain/proposal.ts';
import { priority_urgency_points } from '../domain/priority.ts';
import { system_actor } from './audit.ts';
import type { Database } from './database.ts';
import { lockProposal, moveTo, remark } from './moves.ts';

interface StateRow {
  id: string;
  vertical: string;
  urgency: string;
  subject: string;
  status: ProposalStatus;
  escalates_at: Date | null;
  expires_at: Date | null;
  undo_ms: number | null;
}

/**
 * The proposals an event's workflow is responsible for, each with its next step.
 * Long waits count from the workflow's clock; the undo window from Postgres's own, so that no skew can shorten it.
 */
export async function lookAt(db: Pick<Database, 'sql'>, org_id: string, event_id: string, now_ms: number): Promise<ProposalState[]> {
  const rows = await db.sql<StateRow>`
    select id, vertical, urgency, subject, status, escalates_at, expires_at, extract(epoch from executes_at - now())::float8 * 1000 as undo_ms
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
  const deadlines: [Step, Date | null][] = [
    ['escalate', row.urgency === 'critical' ? null : row.escalates_at],
    ['expire', row.expires_at],
  ];
  const [first] = deadlines
    .flatMap(([step, at]) => (at === null ? [] : [{ step, in_ms: Math.max(0, at.getTime() - now_ms) }]))
    .sort((a, b) => a.in_ms - b.in_ms);
  return first ?? null;
}

const escalation_note = 'Nobody has decided in time, so it has become critical.';

/** Escalates or expires a pending proposal whose time has come; does nothing when it was decided or its time was moved. */
export async function stepDue(db: Pick<Database, 'tx'>, { org_id, proposal_id, step, now_ms }: StepInput): Promise<void> {
  await db.tx(async (sql) => {
    const row = await lockProposal(sql, org_id, proposal_id);
    const now = new Date(now_ms);
    if (row.status !== 'pending') return;
    if (step === 'expire') {
      const due = await sql`select 1 from proposals where id = ${row.id} and expires_at <= ${now}`;
      if (due.length > 0) await moveTo(sql, row, 'expired', { actor: system_actor, metadata: { reason: 'nobody decided in time' } });
      return;
    }
    const more = priority_urgency_points.critical - priority_urgency_points[row.urgency];
    const escalated = await sql`
      update proposals set urgency = 'critical', priority = priority + ${more}, updated_at = now(), notes = notes || ${escalation_note}::text,
        priority_parts = jsonb_set(priority_parts, '{urgency}', to_jsonb(${priority_urgency_points.critical}::int))
      where id = ${row.id} and urgency <> 'critical' and escalates_at <= ${now} returning id`;
    if (escalated.length > 0) await remark(sql, row, system_actor, { urgency: 'critical', reason: 'the escalation time has passed' });
  });
}

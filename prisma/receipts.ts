/** What a person reads after an action: its executions and its receipt. */
import { z } from 'zod';

import { howToReverse, type ActionType } from '../domain/action.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import { execution_view, receipt, type ExecutionView, type Receipt } from '../domain/wire/execution.ts';
import { auditHead } from './audit.ts';
import type { Database } from './database.ts';

/** One per approved action that started, oldest first. */
export async function executionsOf(db: Database, org_id: string, proposal_id: string): Promise<ExecutionView[]> {
  await mustExist(db, org_id, proposal_id);
  const rows = await db.prisma.executions.findMany({
    where: { org_id, proposal_id },
    include: { attempts: { orderBy: { n: 'asc' } } },
    orderBy: { started_at: 'asc' },
  });
  return rows.map((row) =>
    execution_view.parse({
      ...row,
      started_at: row.started_at.toISOString(),
      finished_at: row.finished_at?.toISOString() ?? null,
      attempts: row.attempts.map((attempt) => ({
        ...attempt,
        started_at: attempt.started_at.toISOString(),
        finished_at: attempt.finished_at?.toISOString() ?? null,
      })),
    }),
  );
}

export async function receiptOf(db: Database, org_id: string, proposal_id: string): Promise<Receipt> {
  await mustExist(db, org_id, proposal_id);
  const row = await db.prisma.proposals.findUniqueOrThrow({
    where: { id: proposal_id },
    include: {
      decisions: { where: { undone_at: null }, orderBy: { decided_at: 'asc' } },
      executions: { orderBy: { version: 'desc' }, take: 1 },
    },
  });
  const [execution] = row.executions;
  const approvers = await db.prisma.user.findMany({ where: { id: { in: row.decisions.map(({ decided_by }) => decided_by) } } });
  const event = await db.prisma.events.findUniqueOrThrow({ where: { id: row.event_id }, omit: { payload_json: true } });
  return receipt.parse({
    proposal_id,
    source: `${event.source} · ${event.type}`,
    time: (execution?.finished_at ?? execution?.started_at ?? null)?.toISOString() ?? null,
    actor: approvers.length === 0 ? null : approvers.map(({ email }) => email).join(', '),
    tool: `${row.operation ?? row.action_type} · ${row.connection}`,
    result: resultInWords(row.status, execution ?? null),
    how_to_reverse: howToReverse(row.action_type as ActionType, row.operation, row.connection),
    payload_hash: row.payload_hash,
    idempotency_key: execution?.idempotency_key ?? null,
    mail_url: outboxFileOf(execution?.result) === null ? null : `/api/proposals/${proposal_id}/mail`,
    audit_head: await auditHead(db, org_id),
  });
}

/** The file of a proposal's mail in the local outbox; null when its action put none there. */
export async function outboxFileOfProposal(db: Database, org_id: string, proposal_id: string): Promise<string | null> {
  await mustExist(db, org_id, proposal_id);
  const execution = await db.prisma.executions.findFirst({
    where: { org_id, proposal_id, status: { in: ['succeeded', 'rolled_back'] } },
    orderBy: { version: 'desc' },
  });
  return outboxFileOf(execution?.result);
}

/** A file's name and nothing that could lead elsewhere. */
const outbox_result = z.object({ outbox_file: z.string().regex(/^[A-Za-z0-9-]+\.eml$/) });

function outboxFileOf(result: unknown): string | null {
  return outbox_result.safeParse(result).data?.outbox_file ?? null;
}

function resultInWords(status: string, execution: { status: string; error: string | null } | null): string {
  const error = execution?.error ?? null;
  switch (status) {
    case 'executed':
      return execution?.status === 'rolled_back' ? 'Done, once, and taken back since.' : 'Done, once.';
    case 'failed':
      return `Not done: ${clause(error ?? 'it failed')}.`;
    case 'unknown':
      return `Nobody knows yet whether it was done: ${clause(error ?? 'the answer was lost')}. Look at the provider, then settle it.`;
    case 'approved':
      return 'Approved, not run yet.';
    case 'pending':
      return 'Waiting for a decision. Nothing has run.';
    default:
      return `${status[0]?.toUpperCase()}${status.slice(1)}. Nothing ran.`;
  }
}

/** An error's sentence as a part of ours. */
function clause(sentence: string): string {
  return sentence.replace(/\.+$/, '');
}

async function mustExist(db: Database, org_id: string, proposal_id: string): Promise<void> {
  const found = isUuid(proposal_id) ? await db.prisma.proposals.count({ where: { org_id, id: proposal_id } }) : 0;
  if (found === 0) throw new Problem('not_found', `There is no proposal ${proposal_id}.`);
}

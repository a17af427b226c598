/** Reading proposals, as the inbox and the API show them. */
import { z } from 'zod';

import { provider_names, providerOf } from '../domain/breaker.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import {
  fact,
  proposal_view,
  proposed,
  trace_step,
  type InboxPage,
  type InboxQuery,
  type Proposed,
  type ProposalView,
  type TraceStep,
} from '../domain/wire.ts';
import { openBreakers, type OpenBreaker } from './breakers.ts';
import { cursor_time, readCursor, writeCursor } from './cursor.ts';
import type { Database } from './database.ts';
import { latestDelegations, type Delegation } from './delegations.ts';
import type { Prisma } from './generated/client.ts';
import { linkedTo } from './linked.ts';
import { rollbackStates } from './rolled-back.ts';

/** Where a run is shown: `<Temporal UI>/namespaces/<namespace>/workflows`; null when the UI's address is not known. */
export type WorkflowPages = string | null;

const inbox_cursor = z.tuple([z.int32(), cursor_time, z.uuid()]);

/** One page, highest priority first, oldest first among equals. */
export async function inboxPage(db: Database, org_id: string, query: InboxQuery, workflow_pages: WorkflowPages): Promise<InboxPage> {
  const after = readCursor(query.cursor, inbox_cursor);
  const rows = await db.prisma.proposals.findMany({
    where: {
      org_id,
      status: query.status,
      vertical: query.vertical,
      urgency: query.urgency,
      ...(after && {
        OR: [
          { priority: { lt: after[0] } },
          { priority: after[0], created_at: { gt: after[1] } },
          { priority: after[0], created_at: after[1], id: { gt: after[2] } },
        ],
      }),
    },
    include: view_parts,
    orderBy: [{ priority: 'desc' }, { created_at: 'asc' }, { id: 'asc' }],
    take: query.limit + 1,
  });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    proposals: await toViews(db, page, workflow_pages),
    next_cursor:
      rows.length > query.limit && last !== undefined ? writeCursor([last.priority, last.created_at.toISOString(), last.id]) : null,
  };
}

/** How many wait for somebody now; what was put off does not. */
export async function pendingCount(db: Database, org_id: string): Promise<number> {
  return db.prisma.proposals.count({ where: { org_id, status: 'pending', NOT: { flags: { has: 'snoozed' } } } });
}

export async function readProposal(db: Database, org_id: string, id: string, workflow_pages: WorkflowPages): Promise<ProposalView> {
  const row = isUuid(id) ? await db.prisma.proposals.findFirst({ where: { org_id, id }, include: view_parts }) : null;
  const [view] = row === null ? [] : await toViews(db, [row], workflow_pages);
  if (view === undefined) throw new Problem('not_found', `There is no proposal ${id}.`);
  return view;
}

/** What came of an event: the proposals it started or joined, in their order; not those that it withdrew or that only cite it. */
export async function proposalsOfEvent(db: Database, org_id: string, event_id: string): Promise<Proposed[]> {
  const rows = await db.sql<{ proposal_id: string; status: string; payload_hash: string }>`
    select p.id as proposal_id, p.status, p.payload_hash
    from proposals p join proposal_events e on e.proposal_id = p.id
    where p.org_id = ${org_id} and e.event_id = ${event_id} and e.role = 'evidence'
    order by p.created_at, p.id`;
  return rows.map((row) => proposed.parse(row));
}

export async function traceOf(db: Database, org_id: string, id: string): Promise<TraceStep[]> {
  const row = isUuid(id) ? await db.prisma.proposals.findFirst({ where: { org_id, id }, select: { trace: true } }) : null;
  if (row === null) throw new Problem('not_found', `There is no proposal ${id}.`);
  return z.array(trace_step).parse(row.trace);
}

const facts_column = z.array(fact);
const unreadable_facts = 'What is stored as its facts cannot be shown. Look at the evidence before you decide.';

const view_parts = {
  proposal_events: { select: { event_id: true }, orderBy: { joined_at: 'asc' } },
  decisions: { where: { undone_at: null }, orderBy: { decided_at: 'asc' } },
} as const;

type Row = Prisma.proposalsGetPayload<{ include: typeof view_parts }>;

async function toViews(db: Database, rows: Row[], workflow_pages: WorkflowPages): Promise<ProposalView[]> {
  const ids = rows.map(({ id }) => id);
  const [delegations, linked, rollbacks, breakers] = await Promise.all([
    latestDelegations(db.sql, ids),
    linkedTo(db.sql, ids),
    rollbackStates(
      db.sql,
      rows.flatMap(({ id, status }) => (status === 'executed' ? [id] : [])),
    ),
    openBreakers(db.sql),
  ]);
  const deciders = new Set(rows.flatMap((row) => row.decisions.map(({ decided_by }) => decided_by)));
  const people =
    deciders.size === 0
      ? []
      : await db.prisma.user.findMany({ where: { id: { in: [...deciders] } }, select: { id: true, name: true, email: true } });
  const person_of = new Map(people.map((person) => [person.id, person]));
  return rows.map((row) => {
    const current = row.decisions.filter(({ version }) => version === row.version);
    const verdict = row.status === 'pending' ? undefined : current.at(-1);
    const decider = verdict && person_of.get(verdict.decided_by);
    const facts = facts_column.safeParse(row.facts);
    return proposal_view.parse({
      ...row,
      // One row that was tampered with must not keep the others from being seen.
      facts: facts.data ?? [],
      notes: facts.success ? row.notes : [...row.notes, unreadable_facts],
      // A deadline is shown while it can still come.
      escalates_at: row.urgency === 'critical' ? null : iso(row.escalates_at),
      escalation: { stage: row.escalation, from: iso(row.escalates_from), at: iso(row.escalates_at) },
      delegation: delegationView(delegations.get(row.id)),
      snoozed_until: iso(row.snoozed_until),
      linked: linked.get(row.id) ?? [],
      provider: providerView(row, breakers),
      rollback: rollbacks.get(row.id) ?? null,
      expires_at: iso(row.expires_at),
      executes_at: iso(row.executes_at),
      created_at: iso(row.created_at),
      updated_at: iso(row.updated_at),
      event_ids: row.proposal_events.map(({ event_id }) => event_id),
      priority: { score: row.priority, parts: row.priority_parts },
      approvals: current.filter(({ decision }) => decision === 'approve').length,
      decision: verdict
        ? {
            decision: verdict.decision,
            decided_by: decider?.email ?? verdict.decided_by,
            decided_by_name: decider?.name ?? 'a former member',
            decided_at: iso(verdict.decided_at),
            feedback: verdict.feedback,
          }
        : null,
      workflow_url: workflow_pages === null ? null : `${workflow_pages}/${encodeURIComponent(row.workflow_id)}`,
    });
  });
}

function providerView(row: Row, breakers: Map<string, OpenBreaker>): ProposalView['provider'] {
  const provider = providerOf(row.action_type, row.operation, row.connection);
  if (provider === null) return null;
  const open = breakers.get(provider);
  return { name: provider_names[provider], state: open === undefined ? 'ok' : 'down', since: iso(open?.since ?? null) };
}

function delegationView(latest: Delegation | undefined): ProposalView['delegation'] {
  if (latest?.lasts !== true) return null;
  const { to_user: to, to_name, from_user: from, from_name, until, reason } = latest;
  return { to, to_name, from, from_name, until: until.toISOString(), reason };
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

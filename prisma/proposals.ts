/** Reading proposals, as the inbox and the API show them. */
import { z } from 'zod';

import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import { proposed, type Proposed } from '../domain/wire/draft.ts';
import { trace_step, type TraceStep } from '../domain/wire/execution.ts';
import type { InboxPage, InboxQuery } from '../domain/wire/inbox.ts';
import type { Database } from './database.ts';
import { toViews, view_parts, type ViewOptions } from './proposal-views.ts';
import { pageOf, statusesOf } from './queue.ts';

/** One page: by priority with the oldest first among equals, or by what changed last. */
export async function inboxPage(db: Database, org_id: string, query: InboxQuery, options: ViewOptions = {}): Promise<InboxPage> {
  const { ids, next_cursor } = await pageOf(db, org_id, query);
  const rows = await db.prisma.proposals.findMany({ where: { org_id, id: { in: ids } }, include: view_parts, omit: { trace: true } });
  const by_id = new Map(rows.map((row) => [row.id, row]));
  const statuses = statusesOf(query);
  // What was decided between the two reads is of another page now.
  const page = ids.flatMap((id) => by_id.get(id) ?? []).filter((row) => statuses.some((status) => status === row.status));
  return { proposals: await toViews(db, org_id, page, options), next_cursor };
}

/** How many wait for somebody now; what was put off does not. */
export async function pendingCount(db: Database, org_id: string): Promise<number> {
  return db.prisma.proposals.count({ where: { org_id, status: 'pending', NOT: { flags: { has: 'snoozed' } } } });
}

export async function readProposal(db: Database, org_id: string, id: string, options: ViewOptions = {}): Promise<ProposalView> {
  const row = isUuid(id)
    ? await db.prisma.proposals.findFirst({ where: { org_id, id }, include: view_parts, omit: { trace: true } })
    : null;
  const [view] = row === null ? [] : await toViews(db, org_id, [row], options);
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

/** A proposal as the inbox and the API show it. */
import { z } from 'zod';

import { provider_names, providerOf } from '../domain/breaker.ts';
import { gestureOf, undoSecondsOf, type Risky } from '../domain/gesture.ts';
import type { Reversibility, Urgency } from '../domain/proposal.ts';
import { proposal_view, type ProposalView } from '../domain/wire/card.ts';
import { fact } from '../domain/wire/fact.ts';
import { openBreakers, type OpenBreaker } from './breakers.ts';
import { cautionOf } from './caution.ts';
import type { Database, Sql } from './database.ts';
import { latestDelegations, type Delegation } from './delegations.ts';
import type { Prisma } from './generated/client.ts';
import { linkedTo } from './linked.ts';
import { recipientNames, recipientOf } from './recipients.ts';
import { rollbackStates } from './rolled-back.ts';

const facts_column = z.array(fact);
const unreadable_facts = 'What is stored as its facts cannot be shown. Look at the evidence before you decide.';

export const view_parts = {
  decisions: { where: { undone_at: null }, orderBy: { decided_at: 'asc' } },
} as const;

export type ProposalRow = Omit<Prisma.proposalsGetPayload<{ include: typeof view_parts }>, 'trace'>;

export interface ViewOptions {
  /** Where a run is shown: `<Temporal UI>/namespaces/<namespace>/workflows`; null when the UI's address is not known. */
  workflow_pages?: string | null;
  /** The installation's own undo window, for an organisation that has set none. */
  undo_seconds?: number | undefined;
}

/** Rows of one organisation as they are shown, in their order. */
export async function toViews(
  db: Database,
  org_id: string,
  rows: ProposalRow[],
  { workflow_pages = null, undo_seconds }: ViewOptions,
): Promise<ProposalView[]> {
  const ids = rows.map(({ id }) => id);
  const [events, caution, delegations, linked, rollbacks, breakers, names] = await Promise.all([
    eventsOf(db.sql, ids),
    cautionOf(db.sql, org_id, undo_seconds),
    latestDelegations(db.sql, ids),
    linkedTo(db.sql, ids),
    rollbackStates(
      db.sql,
      rows.flatMap(({ id, status }) => (status === 'executed' ? [id] : [])),
    ),
    openBreakers(db.sql),
    recipientNames(db.sql, rows),
  ]);
  const named = [...new Set(rows.flatMap((row) => [...row.decisions.map(({ decided_by }) => decided_by), row.proposed_by ?? []].flat()))];
  const people =
    named.length === 0
      ? []
      : await db.prisma.user.findMany({ where: { id: { in: named } }, select: { id: true, name: true, email: true } });
  const person_of = new Map(people.map((person) => [person.id, person]));
  return rows.map((row) => {
    const current = row.decisions.filter(({ version }) => version === row.version);
    const verdict = undecided.has(row.status) ? undefined : current.at(-1);
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
      recipient_name: names.get(recipientOf(row) ?? '') ?? null,
      provider: providerView(row, breakers),
      rollback: rollbacks.get(row.id) ?? null,
      expires_at: iso(row.expires_at),
      executes_at: iso(row.executes_at),
      created_at: iso(row.created_at),
      updated_at: iso(row.updated_at),
      event_ids: events.get(row.id) ?? [],
      priority: { score: row.priority, parts: row.priority_parts },
      approvals: current.filter(({ decision }) => decision === 'approve').length,
      gesture: gestureOf(riskOf(row), caution),
      undo_seconds: undoSecondsOf(riskOf(row), caution),
      approved_by: current
        .filter(({ decision }) => decision === 'approve')
        .map(({ decided_by, decided_at }) => ({
          user_id: decided_by,
          name: person_of.get(decided_by)?.name ?? 'a former member',
          email: person_of.get(decided_by)?.email ?? '',
          at: iso(decided_at),
        })),
      proposed_by:
        row.proposed_by === null ? null : { user_id: row.proposed_by, name: person_of.get(row.proposed_by)?.name ?? 'a former member' },
      event_count: events.get(row.id)?.length ?? 0,
      decision: verdict
        ? {
            decision: verdict.decision,
            decided_by: decider?.email ?? verdict.decided_by,
            decided_by_name: decider?.name ?? 'a former member',
            decided_at: iso(verdict.decided_at),
            via: verdict.via,
            feedback: verdict.feedback,
          }
        : null,
      workflow_url: workflow_pages === null ? null : `${workflow_pages}/${encodeURIComponent(row.workflow_id)}`,
    });
  });
}

/** The first of two approvals decides nothing when the card ends by itself. */
const undecided = new Set(['pending', 'expired', 'superseded']);

/** The database allows no other words in these columns. */
function riskOf({ reversibility, urgency, flags, basis }: ProposalRow): Risky {
  return { reversibility: reversibility as Reversibility, urgency: urgency as Urgency, flags, basis };
}

/** Hundreds may have joined one card: they come as one value for each, in the order in which they joined. */
async function eventsOf(sql: Sql, proposal_ids: string[]): Promise<Map<string, string[]>> {
  const rows = await sql<{ proposal_id: string; event_ids: string[] }>`
    select proposal_id, array_agg(event_id order by joined_at, event_id) as event_ids
    from proposal_events where proposal_id = any(${proposal_ids}::uuid[]) group by proposal_id`;
  return new Map(rows.map(({ proposal_id, event_ids }) => [proposal_id, event_ids]));
}

function providerView(row: ProposalRow, breakers: Map<string, OpenBreaker>): ProposalView['provider'] {
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

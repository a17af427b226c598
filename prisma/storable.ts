/** A draft as it is stored: its sealed action, and what a card says around it. */
import { reversibilityOf } from '../domain/action.ts';
import { priority_urgency_points } from '../domain/priority.ts';
import { isMoreUrgent, type Urgency } from '../domain/proposal.ts';
import type { Draft } from '../domain/sop.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import type { TraceStep } from '../domain/wire/execution.ts';
import type { Actor } from './audit.ts';
import type { Sql } from './database.ts';
import type { LockedProposal } from './moves.ts';

export type Words = ProposalView['words'];

/** A draft with everything that is decided outside the rules: its words, its connection, its procedure. */
export interface StorableDraft extends Draft {
  vertical: string;
  sop_version: string;
  /** The account or sender it would run as. */
  connection: string;
  words: Words;
  trace: TraceStep[];
  author: Actor;
  /** Why its action type is switched off: it is evidence of a card that is there, and makes none. */
  switched_off?: string;
}

/** The payload as it is stored and sealed. */
export function sealedPayloadOf(draft: Draft): Json {
  return mapText(draft.action.payload as Json, normaliseText);
}

/** Renews everything a card says around its sealed action. What time or another event has made urgent stays so, and so does what people and time have noted. */
export async function redescribe(sql: Sql, row: Pick<LockedProposal, 'id' | 'urgency'>, draft: Draft, words: Words): Promise<void> {
  const { urgency, priority } = isMoreUrgent(row.urgency, draft.urgency) ? asUrgentAs(row.urgency, draft) : draft;
  await sql`
    update proposals set reversibility = ${reversibilityOf(draft.action.action_type, draft.action.operation)}, title = ${draft.title},
      words = ${JSON.stringify(words)}, facts = ${JSON.stringify(draft.facts)}, reasoning = ${draft.reasoning},
      notes = ${draft.notes}::text[] || notes[notes_drafted + 1:], notes_drafted = ${draft.notes.length},
      evidence = ${JSON.stringify(draft.evidence)}, basis = ${JSON.stringify(draft.basis)}, flags = ${draft.flags}, urgency = ${urgency},
      priority = ${priority.score}, priority_parts = ${JSON.stringify(priority.parts)}, escalates_from = ${draft.escalates_from},
      escalates_at = ${draft.escalates_at}, escalation = case when ${urgency} = 'critical' then 'owner'
        when escalates_at is distinct from ${draft.escalates_at}::timestamptz then 'none' else escalation end
    where id = ${row.id}`;
}

function asUrgentAs(urgency: Urgency, { priority: { score, parts } }: Draft): Pick<Draft, 'urgency' | 'priority'> {
  const points = priority_urgency_points[urgency];
  return { urgency, priority: { score: score - parts.urgency + points, parts: { ...parts, urgency: points } } };
}

/** The queue beside its cards: how many wait, what never became a card, and several decisions at once. */
import { z } from 'zod';

import type { Person } from './app.ts';
import { proposal_statuses } from './proposal.ts';
import type { DryRun } from './wire/dry-run.ts';

export const batch_items_max = 100;
/** Approving several is offered for what can be reversed only; rejecting is for all. */
export const batch_request = z.object({
  decision: z.enum(['approve', 'reject']),
  feedback: z.string().max(2_000).nullish(),
  items: z
    .array(z.object({ proposal_id: z.guid(), payload_hash: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .max(batch_items_max),
});
export type BatchRequest = z.input<typeof batch_request>;
export const batch_result = z.object({
  proposal_id: z.string(),
  ok: z.boolean(),
  /** Its status now; null when it is not known. */
  status: z.enum(proposal_statuses).nullable(),
  /** Why it was not decided, in a sentence. */
  message: z.string().nullable(),
});
export type BatchResult = z.infer<typeof batch_result>;

export const inbox_counts = z.object({
  /** Waiting for somebody now; what was put off is counted apart. */
  pending: z.number().int(),
  critical: z.number().int(),
  snoozed: z.number().int(),
  failed: z.number().int(),
  unknown: z.number().int(),
  blocked: z.number().int(),
});
export type InboxCounts = z.infer<typeof inbox_counts>;

export const ledger_query = z.object({ days: z.coerce.number().int().min(1).max(90).default(7) });
/** What asked for attention and got none of its own: joined to a card, held back, or ignored with the reason. */
export const attention_ledger = z.object({
  since: z.iso.datetime(),
  events: z.number().int(),
  cards: z.number().int(),
  /** Events that joined a card which was there, by card, the most first. */
  joined: z.array(z.object({ proposal_id: z.uuid(), title: z.string(), events: z.number().int(), newest_at: z.iso.datetime() })),
  joined_events: z.number().int(),
  /** Drafts that a procedure held back, such as a type that people switched off, by reason. */
  held_back: z.array(z.object({ reason: z.string(), events: z.number().int(), newest_at: z.iso.datetime(), event_id: z.uuid() })),
  held_back_events: z.number().int(),
  /** Events that made nothing, by source, type and reason. */
  ignored: z.array(
    z.object({
      source: z.string(),
      type: z.string(),
      reason: z.string(),
      events: z.number().int(),
      newest_at: z.iso.datetime(),
      event_id: z.uuid(),
    }),
  ),
  ignored_events: z.number().int(),
});
export type AttentionLedger = z.infer<typeof attention_ledger>;

export interface InboxApp {
  counts(person: Person): Promise<InboxCounts>;
  ledger(person: Person, query: { days: number }): Promise<AttentionLedger>;
  /** Decides each by itself: one that is refused holds up none of the others. */
  decideMany(person: Person, request: BatchRequest): Promise<BatchResult[]>;
  /** The exact request that approving would lead to; with `edit`, for that payload. Nothing is sent. */
  dryRun(person: Person, id: string, edit?: unknown): Promise<DryRun>;
}

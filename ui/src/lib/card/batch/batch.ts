import type { BatchResult } from '#domain/inbox.ts';
import type { Json } from '#domain/text.ts';
import type { Card } from '#lib/card/card.ts';

/** What approving one card of several would do, by its dry run. */
export interface BatchEffect extends Record<string, unknown> {
  proposal_id: string;
  /** As which account or sender. */
  connection: string;
  /** The exact request, secrets left out; null when it could not be told. */
  request: Record<string, Json> | null;
  /** Why it could not be told, in a sentence. */
  message: string | null;
}

export interface BatchPreview extends Record<string, unknown> {
  effects: BatchEffect[];
}

export interface BatchDone extends Record<string, unknown> {
  results: BatchResult[];
  /** The proposals as they are now. */
  views: Card[];
}

export interface BatchRefused extends Record<string, unknown> {
  message: string;
}

/** What a person may do with several cards. */
export type BatchVerb = 'approve' | 'reject' | 'snooze';

/** Why a ticked card is left out of an approval of several; null when it is not. */
export function leftOut(card: Card): string | null {
  if (card.flags.includes('blocked_by_policy')) return 'policy does not allow it';
  if (card.flags.includes('unsupported_numbers')) return 'its marked numbers have to be read first';
  if (card.reversibility !== 'reversible') return 'it cannot be reversed, so it is approved by itself';
  if (card.gesture.kind === 'confirm') return 'it asks for a confirmation of its own';
  return null;
}

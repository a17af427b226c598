import type { Card } from '#lib/card/card.ts';

/** What a form action of the inbox answers. */
export type Verb = 'approve' | 'reject' | 'undo' | 'retry' | 'resolve' | 'rollback' | 'snooze' | 'unsnooze' | 'extend' | 'delegate';
export interface ActDone extends Record<string, unknown> {
  verb: Verb;
  /** The proposal as it is after the recorded act. */
  view: Card;
}
export interface ActRefused extends Record<string, unknown> {
  verb: Verb;
  message: string;
  /** The proposal as it is now; null when it cannot be read. */
  view: Card | null;
}

import type { DryRun } from '#domain/wire/dry-run.ts';
import type { Card } from '#lib/card/card.ts';

/** What a form action of the inbox answers. */
export type Verb =
  'approve' | 'edit' | 'reject' | 'undo' | 'retry' | 'resolve' | 'rollback' | 'snooze' | 'unsnooze' | 'extend' | 'delegate';
export interface ActDone extends Record<string, unknown> {
  verb: Verb;
  /** The proposal as it is after the recorded act. */
  view: Card;
}

/** What an action's schema says about one field of an edit. */
export interface FieldError {
  path: string;
  message: string;
}

export interface ActRefused extends Record<string, unknown> {
  verb: Verb;
  message: string;
  /** The problem's name, such as `step_up_required`. */
  problem: string;
  /** For an edit: what is wrong with which field. */
  errors: FieldError[];
  /** For an edit: what was typed, by field. */
  entered?: Record<string, string>;
  /** The proposal as it is now; null when it cannot be read. */
  view: Card | null;
}

/** The exact request that approving would lead to, or why it cannot be told. */
export interface DryRunAnswer extends Record<string, unknown> {
  /** The proposal it is about. */
  dry_run_of: string;
  dry_run: DryRun | null;
  message: string;
  errors: FieldError[];
}

/** How hard it is to approve: risk picks the gesture. */
import { z } from 'zod';

import { decimalsOf, formatMoney } from './money.ts';
import type { Flag, Reversibility, Urgency } from './proposal.ts';

/**
 * `click`: it can be undone afterwards. `undo`: one click, then a window in which it can be taken back.
 * `confirm`: opened, read, and confirmed once more, by passkey for whoever has one.
 */
export const gesture_kinds = ['click', 'undo', 'confirm'] as const;
export type GestureKind = (typeof gesture_kinds)[number];

export const gesture = z.object({
  kind: z.enum(gesture_kinds),
  /** For `confirm`: why, in a sentence. */
  reason: z.string().nullable(),
});
export type Gesture = z.infer<typeof gesture>;

/** What an organisation says about risk. */
export interface Caution {
  /** How long an approval can be taken back before its action starts. What is critical never waits. */
  undo_seconds: number;
  /** From this amount on, in the currency's major units, an approval is confirmed. */
  large_amount: number;
}

export const default_caution: Caution = { undo_seconds: 10, large_amount: 10_000 };

/** What of a proposal its gesture depends on. */
export interface Risky {
  reversibility: Reversibility;
  urgency: Urgency;
  flags: readonly string[];
  /** What its rules decided from; money at stake stands in it as `amount_minor` and `currency`. */
  basis: unknown;
}

export function gestureOf(proposal: Risky, caution: Caution): Gesture {
  const reasons = [
    unrecoverable(proposal, caution),
    large(proposal.basis, caution.large_amount),
    flagged(proposal.flags, 'unknown_recipient', 'This recipient is unknown: nothing stored names it.'),
    flagged(proposal.flags, 'unsupported_numbers', 'Its text states something that no evidence supports.'),
  ].filter((reason) => reason !== null);
  if (reasons.length > 0) return { kind: 'confirm', reason: reasons.join(' ') };
  return { kind: proposal.reversibility === 'reversible' ? 'click' : 'undo', reason: null };
}

/** How long an approval of it can be taken back. */
export function undoSecondsOf({ urgency }: Pick<Risky, 'urgency'>, { undo_seconds }: Pick<Caution, 'undo_seconds'>): number {
  return urgency === 'critical' ? 0 : undo_seconds;
}

function unrecoverable(proposal: Risky, caution: Caution): string | null {
  if (proposal.reversibility !== 'irreversible' || undoSecondsOf(proposal, caution) > 0) return null;
  return 'It starts at once and cannot be taken back.';
}

const at_stake = z.object({ amount_minor: z.int(), currency: z.string().regex(/^[A-Za-z]{3}$/) });

function large(basis: unknown, large_amount: number): string | null {
  const read = at_stake.safeParse(basis);
  if (!read.success) return null;
  const { amount_minor, currency } = read.data;
  if (Math.abs(amount_minor) < large_amount * 10 ** decimalsOf(currency)) return null;
  return `${formatMoney(read.data)} is at stake.`;
}

function flagged(flags: readonly string[], flag: Flag, reason: string): string | null {
  return flags.includes(flag) ? reason : null;
}

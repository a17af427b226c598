/** What every procedure has to know of a customer, whatever it is about. */
import { address } from '../../../domain/address.ts';
import { inertLine } from '../../../domain/text.ts';
import type { Account, Told } from './account.ts';
import { toldSince } from './told.ts';

/** What the email's own schema would refuse is no address. */
export function addressOf(text: string | null | undefined): string | null {
  return address.safeParse(text?.trim()).data ?? null;
}

/** By the newest of what was told and what Stripe shows: deleted there, or nothing left that is paid for. */
export function isCancelled(
  { subscriptions, terms_as_of }: Account,
  told: readonly Told[],
  customer: { deleted: boolean } | null,
): boolean {
  const told_cancelled = toldSince(told, 'cancelled', terms_as_of);
  if (told_cancelled !== undefined) return told_cancelled;
  if (customer?.deleted) return true;
  return subscriptions.size > 0 && [...subscriptions.values()].every(isEnded);
}

const ended = new Set(['canceled', 'incomplete_expired']);

export function isEnded({ status }: { status: string | null }): boolean {
  return ended.has(status ?? '');
}

const name_chars_max = 80;

/** A name is outside text, and shown as such; null when nothing of it can be. */
export function inert(name: string | null | undefined): string | null {
  return inertLine(name ?? '', name_chars_max) || null;
}

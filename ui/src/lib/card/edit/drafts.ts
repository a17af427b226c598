/** What a person typed and has not sent, for as long as the tab lives: a reload loses nothing. */
import type { Editable } from '#lib/card/edit/field.ts';

export interface Unsent {
  /** The version that is edited. */
  base: Editable;
  values: Record<string, string>;
}

const key_prefix = 'execops.edit.';
const keyOf = (user_id: string, proposal_id: string): string => `${key_prefix}${user_id}.${proposal_id}`;

export function unsentOf(user_id: string, proposal_id: string): Unsent | null {
  const kept = sessionStorage.getItem(keyOf(user_id, proposal_id));
  return kept === null ? null : (JSON.parse(kept) as Unsent);
}

export function keepUnsent(user_id: string, proposal_id: string, unsent: Unsent): void {
  sessionStorage.setItem(keyOf(user_id, proposal_id), JSON.stringify(unsent));
}

export function forgetUnsent(user_id: string, proposal_id: string): void {
  sessionStorage.removeItem(keyOf(user_id, proposal_id));
}

/** When somebody signs out. */
export function forgetAllUnsent(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(key_prefix)) sessionStorage.removeItem(key);
}

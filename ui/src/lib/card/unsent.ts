/** What a person typed about a card and has not sent, for as long as the tab lives: neither a reload nor scrolling far away loses it. */
import type { Editable } from '#lib/card/edit/field.ts';

/** A draft that is being edited. */
interface UnsentEdit {
  /** The version that is edited. */
  base: Editable;
  values: Record<string, string>;
}

interface UnsentRejection {
  reason: string;
  feedback: string;
}

export const unsent_edits = keptAs<UnsentEdit>('edit');
export const unsent_rejections = keptAs<UnsentRejection>('reject');

const key_prefix = 'execops.unsent.';

/** When somebody signs out. */
export function forgetAllUnsent(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(key_prefix)) sessionStorage.removeItem(key);
}

function keptAs<Unsent>(kind: 'edit' | 'reject') {
  const keyOf = (user_id: string, proposal_id: string): string => `${key_prefix}${kind}.${user_id}.${proposal_id}`;
  return {
    of(user_id: string, proposal_id: string): Unsent | null {
      const kept = sessionStorage.getItem(keyOf(user_id, proposal_id));
      return kept === null ? null : (JSON.parse(kept) as Unsent);
    },
    keep: (user_id: string, proposal_id: string, unsent: Unsent): void =>
      sessionStorage.setItem(keyOf(user_id, proposal_id), JSON.stringify(unsent)),
    forget: (user_id: string, proposal_id: string): void => sessionStorage.removeItem(keyOf(user_id, proposal_id)),
  };
}

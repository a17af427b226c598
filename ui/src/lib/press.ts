/** What a key does to a card is what a finger does: it presses the same control, with the same guards. */
import { tick } from 'svelte';

import { elementIdOf } from '#lib/card-element.ts';

export type PressedVerb = 'approve' | 'edit' | 'reject' | 'snooze' | 'undo';

/** Presses the card's control for this verb; false when it has none now. */
export async function press(id: string, verb: PressedVerb): Promise<boolean> {
  await tick();
  const control = controlOf(document.getElementById(elementIdOf(id)), verb) ?? controlOf(document.getElementById(undo_bar_id), verb, id);
  if (control === null) return false;
  if (control instanceof HTMLDetailsElement) open(control);
  else control.click();
  return true;
}

/** Where the approvals lie that can still be taken back. */
export const undo_bar_id = 'undo-bar';

function controlOf(within: HTMLElement | null, verb: PressedVerb, id?: string): HTMLElement | null {
  return within?.querySelector<HTMLElement>(`[data-verb="${verb}"]${id === undefined ? '' : `[data-of="${id}"]`}`) ?? null;
}

function open(details: HTMLDetailsElement): void {
  details.open = true;
  details.querySelector<HTMLElement>('input:not([type=hidden]), textarea, button')?.focus();
}

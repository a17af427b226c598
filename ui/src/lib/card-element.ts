/** Where a card is on the page. */
import { tick } from 'svelte';

const element_prefix = 'card-';
export const elementIdOf = (proposal_id: string): string => element_prefix + proposal_id;
export const cardIdOf = (element_id: string): string => element_id.slice(element_prefix.length);

/** Brings a card in sight and gives it the focus. */
export async function showCard(proposal_id: string): Promise<void> {
  await tick();
  const element = document.getElementById(elementIdOf(proposal_id));
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'start' });
}

/** Below the top bar. */
const sight_top_px = 64;

/** What a finger is about to touch must not move when something is put above it: the first card in sight, and what brings it back. */
export function anchorIn(proposal_ids: string[]): { id: string; hold(): void } | null {
  for (const id of proposal_ids) {
    const element = document.getElementById(elementIdOf(id));
    const { top, bottom } = element?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    if (element === null || bottom <= sight_top_px) continue;
    return { id, hold: () => window.scrollBy({ top: element.getBoundingClientRect().top - top, behavior: 'instant' }) };
  }
  return null;
}

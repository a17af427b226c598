import type { Card } from '#lib/card/card.ts';
import { proposalViewPath } from '#lib/paths.ts';

/** One card as it is now; null when the server cannot be asked. */
export async function fetchCard(id: string): Promise<Card | null> {
  const response = await fetch(proposalViewPath(id)).catch(() => null);
  return response?.ok === true ? await response.json() : null;
}

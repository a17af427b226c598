import { base_path } from '#lib/paths.ts';

const noted = new Set<string>();

/** Tells the server that the person has this card in front of them, once: how long decisions take counts from here. */
export function noteOpened(id: string): void {
  if (noted.has(id)) return;
  noted.add(id);
  const told = fetch(`${base_path}/api/proposals/${id}/open`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    keepalive: true,
  });
  // A figure that is missing harms nobody; the next time the card is shown it is told again.
  told.catch(() => noted.delete(id));
}

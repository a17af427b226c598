import type { Card } from '#lib/card/card.ts';

/**
 * Has the person confirm exactly this version of a card with a passkey. Resolves to what the approval sends along as `step_up`, or to
 * null for somebody who has no passkey, and of whom none is asked. Throws an Error whose message is for the person: cancelled, not
 * supported here, changed meanwhile. Call it from the click itself, since browsers show the question only then.
 */
export async function stepUp(card: Pick<Card, 'id' | 'payload_hash'>): Promise<string | null> {
  const { proveForCard } = await import('#lib/passkey.ts');
  return proveForCard(card);
}

import type { ProposalView } from '#domain/wire/card.ts';

/** A proposal as the inbox shows it. */
export interface Card extends ProposalView {
  /** What the last execution ended with; only looked up for the failed and the unknown. */
  error: string | null;
}

/** Shown in full because a person has something to do about it; the others are a line. */
export function isFull(card: Card): boolean {
  return (card.status === 'pending' && !isAsleep(card)) || card.status === 'failed' || card.status === 'unknown';
}

/** Put off by a person. */
export function isAsleep(card: Card): boolean {
  return card.status === 'pending' && card.flags.includes('snoozed');
}

/** The newer of two states of one card. */
export function newer(card: Card, known: Card | undefined): Card {
  return known !== undefined && Date.parse(card.updated_at) < Date.parse(known.updated_at) ? known : card;
}

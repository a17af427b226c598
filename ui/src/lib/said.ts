import type { Card } from '#lib/card/card.ts';
import type { Verb } from '#lib/acts.ts';

/** What happened to a card, in one sentence for the live region. */
export function said(verb: Verb, view: Card, email: string): string {
  if (verb === 'undo') return `Undone. ${view.title} waits for a decision again.`;
  if (verb === 'retry') return `${view.title} waits for a decision again.`;
  if (verb === 'snooze') return `Snoozed: ${view.title}.`;
  if (verb === 'unsnooze') return `Awake again: ${view.title}.`;
  if (verb === 'extend') return `${view.title} has more time.`;
  if (verb === 'delegate') return `Delegated to ${view.delegation?.to_name ?? 'somebody else'}: ${view.title}.`;
  if (verb === 'rollback') return `Drafted what takes it back: ${view.title}.`;
  if (verb === 'resolve') return `${view.title}: settled as ${view.status}.`;
  if (view.status === 'pending') return `Approved by you; another person has to approve it too: ${view.title}.`;
  const who = view.decision?.decided_by === email ? 'you' : (view.decision?.decided_by_name ?? 'somebody');
  return `${verb === 'reject' ? 'Rejected' : verb === 'edit' ? 'Edited and approved' : 'Approved'} by ${who}: ${view.title}.`;
}

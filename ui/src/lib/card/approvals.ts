import type { Card } from '#lib/card/card.ts';

type Approved = Pick<Card, 'status' | 'required_approvals' | 'approved_by' | 'proposed_by'>;

/** Why this person does not approve what waits, though others may; null when they do. */
export function whyNot({ required_approvals, approved_by, proposed_by }: Approved, user_id: string | undefined): string | null {
  // Fewer may be asked for by now than have approved it already: then it takes one of them to say so again.
  if (required_approvals < 2 || approved_by.length >= required_approvals) return null;
  if (approved_by.some((person) => person.user_id === user_id))
    return required_approvals - approved_by.length > 1 ? 'Waiting for others' : 'Waiting for a second person';
  if (proposed_by?.user_id === user_id) return 'You proposed it, so others approve it';
  return null;
}

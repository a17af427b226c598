/** What approving asks of a person beyond the right to decide: another person's word, the passkey, a look at the card. */
import type { Person } from '../domain/app.ts';
import { gestureOf, type Caution } from '../domain/gesture.ts';
import { Problem } from '../domain/problem.ts';
import type { Sql } from './database.ts';
import type { LockedProposal } from './moves.ts';
import { consumeStepUp, hasPasskey } from './step-ups.ts';

/** Where two have to approve, nobody is one of them for what they asked for themselves. The database refuses it too. */
export function refuseOwnProposal(person: Person, row: LockedProposal): void {
  if (row.required_approvals < 2 || row.proposed_by !== person.user_id) return;
  throw new Problem(
    'own_proposal',
    `You proposed it, and it takes ${row.required_approvals} others to approve it. You can still reject it.`,
    {
      required_approvals: row.required_approvals,
    },
  );
}

/** Several are approved at once only where each could be reversed afterwards and none asks for a second confirm. */
export function refuseUnread(row: LockedProposal, caution: Caution): void {
  if (row.reversibility === 'reversible' && gestureOf(row, caution).kind !== 'confirm') return;
  throw new Problem('open_first', 'It cannot be approved together with others: open it, read it and approve it by itself.');
}

/** Whether this person has to use their passkey for this approval. */
export async function needsStepUp(sql: Sql, person: Person, row: LockedProposal, caution: Caution): Promise<boolean> {
  return gestureOf(row, caution).kind === 'confirm' && (await hasPasskey(sql, person.user_id));
}

/**
 * A person with a passkey proves that it is them; whoever has none has confirmed already. `seen` is the hash that they looked at.
 * The proof's row is locked under the proposal's lock, which everything that uses the same proof takes first.
 */
export async function requireStepUp(
  sql: Sql,
  person: Person,
  row: LockedProposal,
  caution: Caution,
  { token, seen }: { token: string | undefined; seen: string },
): Promise<void> {
  if (!(await needsStepUp(sql, person, row, caution))) return;
  const proof = { person, proposal_id: row.id, payload_hash: seen };
  if (token !== undefined && (await consumeStepUp(sql, { ...proof, token }))) return;
  throw stepUpRequired(row, caution, token !== undefined);
}

export function stepUpRequired(row: LockedProposal, caution: Caution, given: boolean): Problem {
  const { reason } = gestureOf(row, caution);
  const again = given ? ' The proof that came with it is for something else, over or used.' : '';
  return new Problem('step_up_required', `${reason ?? ''}${again} Confirm it with your passkey on the card’s page.`.trim(), { reason });
}

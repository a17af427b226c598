/** Who may decide a proposal: whoever's role reaches it or to whom it is delegated, and in any case only who is on the approver list. */
import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import type { Sql } from './database.ts';
import { latestDelegation } from './delegations.ts';
import type { LockedProposal } from './moves.ts';

export async function refuseWhoMayNotDecide(sql: Sql, person: Person, row: LockedProposal): Promise<void> {
  await refuseRole(sql, person, row);
  const [approver] = await sql`
    select 1 from approvers where org_id = ${row.org_id} and action_type = ${row.action_type} and user_id = ${person.user_id}`;
  if (approver !== undefined) return;
  const delegated = (await isDelegatedTo(sql, person, row)) ? 'It is delegated to you, but you' : 'You';
  throw new Problem('not_an_approver', `${delegated} are not on the approver list for ${row.action_type}. Ask an owner to add you.`);
}

/** An ops lead's reach is low urgency, and what is delegated to them while the delegation lasts; never the product's own rules. The database has the same rule for lists (`may_decide`). */
export async function refuseRole(sql: Sql, person: Person, row: LockedProposal): Promise<void> {
  if (person.role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to decide.');
  if (person.role === 'owner') return;
  if (row.vertical === 'settings')
    throw new Problem('forbidden', 'This changes how ExecOps itself works: owners decide it. Ask one of them.');
  if (row.urgency === 'low' || (await isDelegatedTo(sql, person, row))) return;
  throw new Problem(
    'forbidden',
    `Ops leads decide low urgency only, and what is delegated to them. This is ${row.urgency} and not delegated to you. Ask an owner.`,
  );
}

async function isDelegatedTo(sql: Sql, person: Person, row: LockedProposal): Promise<boolean> {
  const delegation = await latestDelegation(sql, row.id);
  return delegation !== null && delegation.lasts && delegation.to_user === person.user_id;
}

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import type { Sql } from './database.ts';
import { refuseWhoMayNotDecide } from './may-decide.ts';
import { lockProposal, type LockedProposal } from './moves.ts';

/** Locks a proposal that still waits, for somebody who may decide it: to put it off, to hand it on or to give it more time. */
export async function lockPendingFor(sql: Sql, person: Person, id: string): Promise<LockedProposal> {
  const row = await lockProposal(sql, person.org_id, id);
  await refuseWhoMayNotDecide(sql, person, row);
  if (row.status === 'pending') return row;
  throw new Problem('wrong_status', `Only what is pending can be put off, handed on or given more time; this one is ${row.status}.`, {
    current_status: row.status,
  });
}

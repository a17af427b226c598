/** What people do after a decision: take it back, try again, settle what nobody could know. */
import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { normaliseText } from '../domain/text.ts';
import type { Actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { standingDecisions } from './decisions.ts';
import { judgeTakenBack } from './learning.ts';
import { refuseRole } from './may-decide.ts';
import { lockProposal, moveTo, remark, returnToPending, wakeLater, writeVersion, type LockedProposal } from './moves.ts';
import type { Wake } from './wakeups.ts';

/**
 * Takes an approval back within its undo window, whoever gave it; where more than one was needed, all of them.
 * The claim of the execution locks the same row, so exactly one of the two wins. While others still have to approve it,
 * a person takes back their own word.
 */
export async function undo(db: Pick<Database, 'tx'>, person: Person, id: string): Promise<Wake> {
  return db.tx(async (sql) => {
    const row = await lockForPerson(sql, person, id);
    if (await takeBackOwnApproval(sql, person, row)) return wakeLater(sql, row, 'caller');
    if (await hasExecution(sql, row))
      throw new Problem('already_running', 'The action has started and cannot be undone. Its receipt says how to reverse it.');
    if (row.status !== 'approved')
      throw new Problem('not_undoable', `The proposal is ${row.status}: there is no approval to undo.`, { current_status: row.status });
    const taken_back = await sql<{ decided_at: Date }>`
      update decisions set undone_at = now() where proposal_id = ${row.id} and undone_at is null returning decided_at`;
    await judgeTakenBack(
      sql,
      row,
      taken_back.map(({ decided_at }) => decided_at),
    );
    await returnToPending(sql, row, {}, { actor: actorOf(person), metadata: { undone: true }, flags: ['undone'] });
    return wakeLater(sql, row, 'caller');
  });
}

/** Under the proposal's lock: true when this person had approved what waits for others. A new version begins, as after every undo. */
async function takeBackOwnApproval(sql: Sql, person: Person, row: LockedProposal): Promise<boolean> {
  if (row.status !== 'pending') return false;
  const standing = await standingDecisions(sql, row);
  if (!standing.some(({ decided_by, decision }) => decided_by === person.user_id && decision === 'approve')) return false;
  const next = await writeVersion(sql, row, {}, actorOf(person));
  await sql`update proposals set flags = array(select distinct unnest(flags || '{undone}'::text[])) where id = ${row.id}`;
  await remark(sql, next, actorOf(person), { undone: true, approvals: 0, required_approvals: row.required_approvals });
  return true;
}

/** Brings a failed action back to the inbox, where it needs a new approval. */
export async function retry(db: Pick<Database, 'tx'>, person: Person, id: string): Promise<Wake> {
  return db.tx(async (sql) => {
    const row = await lockForPerson(sql, person, id);
    if (row.status !== 'failed')
      throw new Problem('wrong_status', `Only a failed action can be tried again; this one is ${row.status}.`, {
        current_status: row.status,
      });
    await returnToPending(sql, row, {}, { actor: actorOf(person), metadata: { retry: true } });
    return wakeLater(sql, row, 'caller');
  });
}

/** A human says what became of an action whose outcome is unknown. */
export async function resolve(
  db: Pick<Database, 'tx'>,
  person: Person,
  id: string,
  outcome: 'executed' | 'failed',
  said: string,
): Promise<Wake> {
  const note = normaliseText(said);
  return db.tx(async (sql) => {
    const row = await lockForPerson(sql, person, id);
    if (row.status !== 'unknown')
      throw new Problem('wrong_status', `Only an unknown outcome can be settled; this one is ${row.status}.`, {
        current_status: row.status,
      });
    const status = outcome === 'executed' ? 'succeeded' : 'failed';
    const verdict = note === '' ? 'a person settled it as not done' : `a person settled it as not done: ${note}`;
    await sql`
      update executions set status = ${status}, finished_at = now(), error = case when ${status} = 'failed' then ${verdict} end,
        result = case when ${status} = 'succeeded' then jsonb_build_object('settled_by_person', true, 'note', ${note}::text) end
      where proposal_id = ${row.id} and version = ${row.version} and status = 'unknown'`;
    // The note is personal text: it stays on the execution, out of the audit.
    await moveTo(sql, row, outcome, { actor: actorOf(person), metadata: { resolved: outcome } });
    return wakeLater(sql, row, 'caller');
  });
}

async function lockForPerson(sql: Sql, person: Person, id: string): Promise<LockedProposal> {
  const row = await lockProposal(sql, person.org_id, id);
  await refuseRole(sql, person, row);
  return row;
}

async function hasExecution(sql: Sql, row: LockedProposal): Promise<boolean> {
  const rows = await sql`select 1 from executions where proposal_id = ${row.id} and version = ${row.version}`;
  return rows.length > 0;
}

function actorOf(person: Person): Actor {
  return { type: 'user', id: person.user_id };
}

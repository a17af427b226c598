/** Who may approve which type of action. An empty list means nobody. */
import type { ActionType } from '../domain/action.ts';
import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { approver_list, type ApproverList } from '../domain/settings.ts';
import { action_types } from '../domain/action.ts';
import { approversChanged } from './approvers-changed.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { lockSubjects } from './incident.ts';

type Member = ApproverList['members'][number];

export async function approverLists(sql: Sql, org_id: string): Promise<ApproverList[]> {
  const rows = await sql<Member & { action_type: string }>`
    select a.action_type, a.user_id, u.name, u.email, m.role
    from approvers a join members m on m.org_id = a.org_id and m.user_id = a.user_id join "user" u on u.id = a.user_id
    where a.org_id = ${org_id} order by m.created_at, u.id`;
  return action_types.map((action_type) =>
    approver_list.parse({ action_type, members: rows.filter((row) => row.action_type === action_type) }),
  );
}

/** An owner's own act, at once. Throws a Problem for somebody who could not decide anything anyway. */
export async function setApprovers(
  db: Pick<Database, 'tx'>,
  person: Person,
  action_type: ActionType,
  wanted: readonly string[],
): Promise<ApproverList[]> {
  if (person.role !== 'owner') throw new Problem('forbidden', 'Only an owner says who approves. Ask one.');
  const user_ids = [...new Set(wanted)].sort();
  const { org_id } = person;
  return db.tx(async (sql) => {
    await lockSubjects(sql, org_id, [`approvers:${action_type}`]);
    // Nobody leaves or becomes a viewer meanwhile.
    const members = await sql<{ user_id: string; role: string }>`
      select user_id, role from members where org_id = ${org_id} and user_id = any(${user_ids}) order by user_id for share`;
    for (const user_id of user_ids) refuseWhoCannot(user_id, members.find((member) => member.user_id === user_id)?.role);
    const gone = await sql<{ user_id: string }>`
      delete from approvers where org_id = ${org_id} and action_type = ${action_type} and user_id <> all(${user_ids}) returning user_id`;
    await sql`
      insert into approvers (org_id, action_type, user_id) select ${org_id}, ${action_type}, unnest(${user_ids}::text[]) on conflict do nothing`;
    const actor = { type: 'user', id: person.user_id } as const;
    const changed = await approversChanged(sql, { org_id, user_ids: gone.map(({ user_id }) => user_id), action_type }, actor);
    for (const entry of changed) await appendAudit(sql, entry);
    await appendAudit(sql, {
      org_id,
      proposal_id: null,
      from: null,
      to: null,
      actor,
      metadata: { approvers: { action_type, user_ids } },
    });
    return approverLists(sql, org_id);
  });
}

function refuseWhoCannot(user_id: string, role: string | undefined): void {
  if (role === undefined) throw new Problem('bad_request', `${user_id} is no member of this organisation.`);
  if (role === 'viewer') throw new Problem('bad_request', `${user_id} is a viewer, who reads. Give them another role first.`);
}

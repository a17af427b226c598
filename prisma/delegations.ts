/** Who a waiting card was handed to, until when and why. Rows are only ever added; the latest one counts, as long as it lasts. */
import type { ActionType } from '../domain/action.ts';
import type { Person, Role } from '../domain/app.ts';
import type { Database, Sql } from './database.ts';
import type { LockedProposal } from './moves.ts';

export interface Delegation {
  id: string;
  proposal_id: string;
  from_user: string;
  from_name: string;
  to_user: string;
  to_name: string;
  until: Date;
  reason: string;
  lasts: boolean;
}

/** Delegations by their ids. */
export async function delegationsBy(sql: Sql, ids: string[]): Promise<Map<string, Delegation>> {
  return new Map((await read(sql, { ids, proposal_ids: [] })).map((row) => [row.id, row]));
}

/** The latest delegation of each proposal that has one, ended ones too. */
export async function latestDelegations(sql: Sql, proposal_ids: string[]): Promise<Map<string, Delegation>> {
  return new Map((await read(sql, { ids: [], proposal_ids })).map((row) => [row.proposal_id, row]));
}

export async function latestDelegation(sql: Sql, proposal_id: string): Promise<Delegation | null> {
  return (await latestDelegations(sql, [proposal_id])).get(proposal_id) ?? null;
}

/** The oldest first. */
async function read(sql: Sql, { ids, proposal_ids }: { ids: string[]; proposal_ids: string[] }): Promise<Delegation[]> {
  return sql<Delegation>`
    select d.id, d.proposal_id, d.from_user, d.to_user, d.until, d.reason, d.until > now() as lasts,
      coalesce(f.name, 'a former member') as from_name, coalesce(t.name, 'a former member') as to_name
    from delegations d left join "user" f on f.id = d.from_user left join "user" t on t.id = d.to_user
    where d.id = any(${ids}::uuid[]) or d.proposal_id = any(${proposal_ids}::uuid[]) order by d.created_at, d.id`;
}

export interface NewDelegation {
  from: string;
  to: string;
  until: Date;
  reason: string;
  by: 'system' | 'user';
}

/** Under the proposal's lock. Resolves to the delegation's id. */
export async function recordDelegation(sql: Sql, row: LockedProposal, { from, to, until, reason, by }: NewDelegation): Promise<string> {
  // The time of this statement, not of its transaction, and later than the one before: of two that waited for the lock, the later one is the latest.
  const [recorded] = await sql<{ id: string }>`
    insert into delegations (org_id, proposal_id, from_user, to_user, until, reason, actor_type, created_at)
    values (${row.org_id}, ${row.id}, ${from}, ${to}, ${until}, ${reason}, ${by},
      greatest(clock_timestamp(), (select max(created_at) + interval '1 millisecond' from delegations where proposal_id = ${row.id})))
    returning id`;
  if (recorded === undefined) throw new Error('the insert of a delegation returned no row');
  return recorded.id;
}

export interface Member {
  user_id: string;
  name: string;
  email: string;
  role: Role;
}

/** The owner who was there first. */
export async function firstOwner(sql: Sql, org_id: string): Promise<Member | null> {
  const [owner] = await sql<Member>`
    select m.user_id, u.name, u.email, m.role from members m join "user" u on u.id = m.user_id
    where m.org_id = ${org_id} and m.role = 'owner' order by m.created_at, m.user_id limit 1`;
  return owner ?? null;
}

/** Who decides when the first owner does not: an ops lead on the approver list, else another owner on it; whoever was there first. */
export async function deputyFor(sql: Sql, row: Pick<LockedProposal, 'org_id' | 'action_type'>, owner: Member): Promise<Member | null> {
  const [deputy] = await sql<Member>`
    select m.user_id, u.name, u.email, m.role
    from members m join "user" u on u.id = m.user_id
      join approvers a on a.org_id = m.org_id and a.user_id = m.user_id and a.action_type = ${row.action_type}
    where m.org_id = ${row.org_id} and m.role in ('ops_lead', 'owner') and m.user_id <> ${owner.user_id}
    order by m.role = 'ops_lead' desc, m.created_at, m.user_id limit 1`;
  return deputy ?? null;
}

/** Who would be next now; null when there is nobody else. */
export async function nextDeputy(sql: Sql, org_id: string, action_type: ActionType): Promise<Member | null> {
  const owner = await firstOwner(sql, org_id);
  return owner && deputyFor(sql, { org_id, action_type }, owner);
}

/** A member by id or email, and whether the approver list has them; null when there is none. */
export async function memberBy(sql: Sql, row: LockedProposal, id_or_email: string): Promise<(Member & { approver: boolean }) | null> {
  const [member] = await sql<Member & { approver: boolean }>`
    select m.user_id, u.name, u.email, m.role, exists (
      select from approvers a where a.org_id = m.org_id and a.user_id = m.user_id and a.action_type = ${row.action_type}) as approver
    from members m join "user" u on u.id = m.user_id
    where m.org_id = ${row.org_id} and (m.user_id = ${id_or_email} or lower(u.email) = lower(${id_or_email}))
    order by m.user_id = ${id_or_email} desc limit 1`;
  return member ?? null;
}

/** Everybody else who decides. */
export async function colleaguesOf(db: Pick<Database, 'sql'>, { org_id, user_id }: Person): Promise<Member[]> {
  return db.sql<Member>`
    select m.user_id, u.name, u.email, m.role from members m join "user" u on u.id = m.user_id
    where m.org_id = ${org_id} and m.role <> 'viewer' and m.user_id <> ${user_id} order by u.name, m.user_id`;
}

/** The members of an organisation: who they are, what each may do, and how somebody leaves. */
import type { Person, Role } from '../domain/app.ts';
import type { MemberView } from '../domain/people.ts';
import { Problem } from '../domain/problem.ts';
import { approversChanged } from './approvers-changed.ts';
import { appendAudit, type Actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { endSessionsOf } from './sessions.ts';
import { unlink } from './slack-links.ts';

interface MemberRow extends Omit<MemberView, 'joined_at' | 'last_seen_at'> {
  joined_at: Date;
  last_seen_at: Date | null;
}

/** Whoever joined first comes first. */
export async function listMembers(sql: Sql, org_id: string): Promise<MemberView[]> {
  const rows = await sql<MemberRow>`
    select m.user_id, u.name, u.email, m.role, m.created_at as joined_at,
      (select count(*)::int from passkeys p where p.user_id = m.user_id) as passkeys,
      (select max(s.last_seen_at) from session s where s."userId" = m.user_id) as last_seen_at
    from members m join "user" u on u.id = m.user_id where m.org_id = ${org_id} order by m.created_at, m.user_id`;
  return rows.map(({ joined_at, last_seen_at, ...row }) => ({
    ...row,
    joined_at: joined_at.toISOString(),
    last_seen_at: last_seen_at?.toISOString() ?? null,
  }));
}

/** Whose role changes signs in again: what they may do is then what their session was started with. */
export async function changeRole(db: Pick<Database, 'tx'>, owner: Person, user_id: string, role: Role): Promise<void> {
  await db.tx(async (sql) => {
    const { target, lone } = await lockMembers(sql, owner, user_id);
    if (target.role === role) return;
    if (lone) throw lastOwner(target, owner);
    await sql`update members set role = ${role} where org_id = ${owner.org_id} and user_id = ${user_id}`;
    await withdrawInvitations(sql, owner.org_id, user_id);
    await endSessionsOf(sql, user_id, null);
    const former = { org_id: owner.org_id, user_ids: role === 'owner' ? [] : [user_id] };
    const changed = await approversChanged(sql, former, actorOf(owner));
    for (const entry of changed) await appendAudit(sql, entry);
    await audit(sql, owner, { member: 'role_changed', user_id, from: target.role, to: role });
  });
}

/** At once: sessions, keys, approver lists, the Slack user, what was delegated to them and whom they invited. What they decided stays. */
export async function removeMember(db: Pick<Database, 'tx'>, owner: Person, user_id: string): Promise<void> {
  const { org_id } = owner;
  await db.tx(async (sql) => {
    const { target, lone } = await lockMembers(sql, owner, user_id);
    if (lone) throw lastOwner(target, owner);
    await sql`delete from members where org_id = ${org_id} and user_id = ${user_id}`;
    await sql`delete from approvers where org_id = ${org_id} and user_id = ${user_id}`;
    const changed = await approversChanged(sql, { org_id, user_ids: [user_id] }, actorOf(owner));
    const keys =
      await sql`update api_keys set revoked_at = now() where org_id = ${org_id} and user_id = ${user_id} and revoked_at is null returning id`;
    await endDelegations(sql, org_id, user_id, owner.user_id);
    await withdrawInvitations(sql, org_id, user_id);
    await sql`delete from slack_link_codes where org_id = ${org_id} and user_id = ${user_id}`;
    const sessions = await endSessionsOf(sql, user_id, null);
    await forgetCredentials(sql, user_id);
    for (const entry of changed) await appendAudit(sql, entry);
    await unlink(sql, { org_id, user_id }, owner.user_id);
    await audit(sql, owner, { member: 'removed', user_id, role: target.role, keys: keys.length, sessions });
  });
}

/** Signs a member out everywhere, as when a phone was lost. */
export async function endSessionsOfMember(db: Pick<Database, 'tx'>, owner: Person, user_id: string): Promise<void> {
  await db.tx(async (sql) => {
    await lockMembers(sql, owner, user_id);
    const sessions = await endSessionsOf(sql, user_id, user_id === owner.user_id ? (owner.session_id ?? null) : null);
    await audit(sql, owner, { member: 'signed_out', user_id, sessions });
  });
}

interface Locked {
  user_id: string;
  role: Role;
}

/** The member, and whether they are the only owner left. Two who change members at once do so one after the other. */
async function lockMembers(sql: Sql, owner: Person, user_id: string): Promise<{ target: Locked; lone: boolean }> {
  const members = await sql<Locked>`select user_id, role from members where org_id = ${owner.org_id} order by user_id for update`;
  if (members.find((member) => member.user_id === owner.user_id)?.role !== 'owner') throw notOwner();
  const target = members.find((member) => member.user_id === user_id);
  if (target === undefined) throw new Problem('not_found', 'No member has this id.');
  return { target, lone: target.role === 'owner' && members.filter(({ role }) => role === 'owner').length === 1 };
}

/** Their role as it is now, which stays so until the transaction ends: the call may have begun before an owner changed or removed them. */
export async function refuseFormer(sql: Sql, { org_id, user_id }: Person, allowed: readonly Role[]): Promise<void> {
  const [member] = await sql<{ role: Role }>`select role from members where org_id = ${org_id} and user_id = ${user_id} for share`;
  if (member === undefined || !allowed.includes(member.role)) throw notOwner();
}

/** Whoever is an owner no longer lets nobody in, themselves least of all. */
async function withdrawInvitations(sql: Sql, org_id: string, user_id: string): Promise<void> {
  await sql`
    update invitations set revoked_at = now()
    where org_id = ${org_id} and invited_by = ${user_id} and accepted_at is null and revoked_at is null`;
}

export function notOwner(): Problem {
  return new Problem('forbidden', 'Only an owner does this. Ask one.');
}

function lastOwner({ user_id }: Locked, owner: Person): Problem {
  const who = user_id === owner.user_id ? 'You are' : 'This is';
  return new Problem('last_owner', `${who} the last owner, and somebody has to be one. Make another member an owner first.`);
}

/** Delegations are only ever added: a newer one that is over already ends what was handed to somebody. */
async function endDelegations(sql: Sql, org_id: string, user_id: string, to: string): Promise<void> {
  await sql`
    insert into delegations (org_id, proposal_id, from_user, to_user, until, reason, actor_type, created_at)
    select ${org_id}, latest.proposal_id, ${user_id}, ${to}, now(), 'They left the organisation.', 'user',
      greatest(clock_timestamp(), latest.created_at + interval '1 millisecond')
    from (select distinct on (proposal_id) proposal_id, to_user, until, created_at
      from delegations where org_id = ${org_id} order by proposal_id, created_at desc, id) latest
    where latest.to_user = ${user_id} and latest.until > now()`;
}

/** Somebody who is a member of nothing any more starts anew when they are invited again. */
async function forgetCredentials(sql: Sql, user_id: string): Promise<void> {
  await sql`delete from account where "userId" = ${user_id} and not exists (select from members where user_id = ${user_id})`;
  await sql`delete from passkeys where user_id = ${user_id} and not exists (select from members where user_id = ${user_id})`;
}

async function audit(sql: Sql, owner: Person, metadata: Record<string, string | number>): Promise<void> {
  await appendAudit(sql, { org_id: owner.org_id, proposal_id: null, from: null, to: null, actor: actorOf(owner), metadata });
}

function actorOf({ user_id }: Person): Actor {
  return { type: 'user', id: user_id };
}

/** Invitations: a link that is mailed once, valid for a week, and used up by whoever accepts it. Only its token's hash is stored. */
import type { Person, Role } from '../domain/app.ts';
import { invitation_view, type InvitationView } from '../domain/people.ts';
import { Problem } from '../domain/problem.ts';
import { sha256 } from '../domain/seal.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { refuseFormer } from './members.ts';

export const invitation_days = 7;

interface InvitationRow extends Omit<InvitationView, 'created_at' | 'expires_at'> {
  created_at: Date;
  expires_at: Date;
}

/** Those that can still be accepted, the newest first. */
export async function listInvitations(sql: Sql, org_id: string): Promise<InvitationView[]> {
  const rows = await sql<InvitationRow>`
    select i.id, i.email, i.role, coalesce(u.name, 'a former member') as invited_by_name, i.created_at, i.expires_at
    from invitations i left join "user" u on u.id = i.invited_by
    where i.org_id = ${org_id} and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    order by i.created_at desc, i.id`;
  return rows.map((row) => toView(row));
}

/** Replaces a former invitation of the same address. Throws already_member. */
export async function createInvitation(
  db: Pick<Database, 'tx'>,
  owner: Person,
  { email, role }: { email: string; role: Role },
  token: string,
): Promise<InvitationView> {
  return db.tx(async (sql) => {
    // Two owners who invite the same address at once do so one after the other.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`invitation:${owner.org_id}:${email}`}, 0))`;
    await refuseFormer(sql, owner, ['owner']);
    const members = await sql`
      select from members m join "user" u on u.id = m.user_id where m.org_id = ${owner.org_id} and lower(u.email) = ${email}`;
    if (members.length > 0) throw new Problem('already_member', 'Somebody with this address is a member already.');
    await sql`
      update invitations set revoked_at = now()
      where org_id = ${owner.org_id} and lower(email) = ${email} and accepted_at is null and revoked_at is null`;
    const [row] = await sql<InvitationRow>`
      insert into invitations (org_id, email, role, token_hash, invited_by, expires_at)
      values (${owner.org_id}, ${email}, ${role}, ${sha256(token)}, ${owner.user_id}, now() + ${invitation_days} * interval '1 day')
      returning id, email, role, ${owner.name}::text as invited_by_name, created_at, expires_at`;
    if (row === undefined) throw new Error('the insert of an invitation returned no row');
    await audit(sql, owner.org_id, owner.user_id, { invitation: 'created', invitation_id: row.id, role });
    return toView(row);
  });
}

/** False when there is no such invitation that waits. */
export async function revokeInvitation(db: Pick<Database, 'tx'>, { org_id, user_id }: Person, id: string): Promise<boolean> {
  return db.tx(async (sql) => {
    const revoked = await sql`
      update invitations set revoked_at = now()
      where id = ${id} and org_id = ${org_id} and accepted_at is null and revoked_at is null returning id`;
    if (revoked.length === 1) await audit(sql, org_id, user_id, { invitation: 'revoked', invitation_id: id });
    return revoked.length === 1;
  });
}

export interface OpenInvitation {
  email: string;
  role: Role;
  organisation: string;
  invited_by_name: string;
  /** The account that has this address, where it has a password. */
  known: { user_id: string; password_hash: string } | null;
  /** Whether the account that has this address is a member's and has no password, such as one with passkeys only. */
  passwordless: boolean;
}

/** Whom a token invites; null when it is unknown, used up, revoked or over. */
export async function openInvitation(sql: Sql, token: string): Promise<OpenInvitation | null> {
  const [row] = await sql<Omit<OpenInvitation, 'known'> & { user_id: string | null; password_hash: string | null }>`
    select i.email, i.role, o.name as organisation, coalesce(b.name, 'a former member') as invited_by_name,
      u.id as user_id, a.password as password_hash,
      a.password is null and exists (select from members m where m.user_id = u.id) as passwordless
    from invitations i join organisations o on o.id = i.org_id left join "user" b on b.id = i.invited_by
      left join "user" u on lower(u.email) = lower(i.email)
      left join account a on a."userId" = u.id and a."providerId" = 'credential'
    where i.token_hash = ${sha256(token)} and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()`;
  if (row === undefined) return null;
  const { user_id, password_hash, ...invitation } = row;
  return { ...invitation, known: user_id === null || password_hash === null ? null : { user_id, password_hash } };
}

export interface Joining {
  /** The account that joins; null makes one. */
  known: string | null;
  name: string;
  password_hash: string | null;
}

/** Uses the token up and makes the membership. Of several that try at once one joins; the others learn null. */
export async function acceptInvitation(
  db: Pick<Database, 'tx'>,
  token: string,
  { known, name, password_hash }: Joining,
): Promise<{ user_id: string; org_id: string } | null> {
  return db.tx(async (sql) => {
    const [invitation] = await sql<{ id: string; org_id: string; email: string; role: Role }>`
      update invitations set accepted_at = now()
      where token_hash = ${sha256(token)} and accepted_at is null and revoked_at is null and expires_at > now()
      returning id, org_id, email, role`;
    if (invitation === undefined) return null;
    const user_id = known ?? (await ensureUser(sql, invitation.email, name));
    if (password_hash !== null) await addPassword(sql, user_id, password_hash);
    await sql`
      insert into members (org_id, user_id, role) values (${invitation.org_id}, ${user_id}, ${invitation.role}) on conflict do nothing`;
    await audit(sql, invitation.org_id, user_id, { invitation: 'accepted', invitation_id: invitation.id, role: invitation.role });
    return { user_id, org_id: invitation.org_id };
  });
}

/** Somebody who was removed earlier is the same person again: what they decided stays theirs. Throws already_member for a member of anything. */
async function ensureUser(sql: Sql, email: string, name: string): Promise<string> {
  // A link proves the mailbox at best: it gives nobody a password for an account that is used, such as one with passkeys only.
  const used = await sql`select from "user" u join members m on m.user_id = u.id where lower(u.email) = lower(${email}) limit 1`;
  if (used.length > 0)
    throw new Problem(
      'already_member',
      'This address has an account without a password. Sign in to it, set one, and open this link again.',
    );
  const [row] = await sql<{ id: string }>`
    insert into "user" (id, name, email, "emailVerified") values (gen_random_uuid()::text, ${name}, ${email}, true)
    on conflict (email) do update set name = excluded.name, "updatedAt" = now() returning id`;
  if (row === undefined) throw new Error('the insert of a user returned no row');
  return row.id;
}

/** Only where there is none: a password that somebody has is theirs to change. */
async function addPassword(sql: Sql, user_id: string, password_hash: string): Promise<void> {
  const added = await sql`
    insert into account (id, "accountId", "providerId", "userId", password)
    select gen_random_uuid()::text, ${user_id}, 'credential', ${user_id}, ${password_hash}
    where not exists (select from account where "userId" = ${user_id} and "providerId" = 'credential') returning id`;
  if (added.length === 0)
    throw new Problem('already_member', 'This address has an account by now. Open the link again and sign in with it.');
}

function toView({ created_at, expires_at, ...row }: InvitationRow): InvitationView {
  return invitation_view.parse({ ...row, created_at: created_at.toISOString(), expires_at: expires_at.toISOString() });
}

async function audit(sql: Sql, org_id: string, user_id: string, metadata: Record<string, string>): Promise<void> {
  await appendAudit(sql, { org_id, proposal_id: null, from: null, to: null, actor: { type: 'user', id: user_id }, metadata });
}

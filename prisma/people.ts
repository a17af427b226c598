/** Who is who: users, their passwords, and the first organisation. */
import { action_types } from '../domain/action.ts';
import type { Database, Sql } from './database.ts';

/** The organisation that the environment's secrets belong to; the migration makes it. */
export async function firstOrganisation(db: Pick<Database, 'sql'>): Promise<string> {
  const [row] = await db.sql<{ id: string }>`select id from organisations order by created_at, id limit 1`;
  if (row === undefined) throw new Error('There is no organisation yet. Migrate the database first.');
  return row.id;
}

export interface Account {
  user_id: string;
  email: string;
  password_hash: string | null;
  /** The hash of the OWNER_PASSWORD that was applied last; null while none was. */
  applied_hash: string | null;
}

/** The owners with their stored password, the first one first. */
export async function ownersOf(sql: Sql, org_id: string): Promise<Account[]> {
  return sql<Account>`
    select u.id as user_id, u.email, a.password as password_hash, o.password_hash as applied_hash
    from members m join "user" u on u.id = m.user_id left join account a on a."userId" = u.id and a."providerId" = 'credential'
      left join owner_passwords o on o.user_id = u.id
    where m.org_id = ${org_id} and m.role = 'owner'
    order by m.created_at, u.id`;
}

/** A new owner, on the approver list of every action type. */
export async function addOwner(
  sql: Sql,
  org_id: string,
  { user_id, email, name }: { user_id: string; email: string; name: string },
): Promise<void> {
  await sql`insert into "user" (id, name, email, "emailVerified") values (${user_id}, ${name}, ${email}, true)`;
  await sql`insert into members (org_id, user_id, role) values (${org_id}, ${user_id}, 'owner')`;
  for (const action_type of action_types) {
    await sql`insert into approvers (org_id, action_type, user_id) values (${org_id}, ${action_type}, ${user_id})`;
  }
}

export async function renameUser(sql: Sql, user_id: string, { email, name }: { email: string; name: string }): Promise<void> {
  await sql`update "user" set email = ${email}, name = ${name}, "updatedAt" = now() where id = ${user_id}`;
}

/** Sets the password that better-auth checks, and ends the sessions that the old one had started. */
export async function setPassword(sql: Sql, user_id: string, password_hash: string): Promise<void> {
  const updated = await sql`
    update account set password = ${password_hash}, "updatedAt" = now() where "userId" = ${user_id} and "providerId" = 'credential' returning id`;
  if (updated.length === 0) {
    await sql`
      insert into account (id, "accountId", "providerId", "userId", password)
      values (gen_random_uuid()::text, ${user_id}, 'credential', ${user_id}, ${password_hash})`;
  }
  await sql`delete from session where "userId" = ${user_id}`;
}

/** Which OWNER_PASSWORD this owner was given: the next start knows it again. */
export async function storeAppliedPassword(sql: Sql, user_id: string, password_hash: string): Promise<void> {
  await sql`
    insert into owner_passwords (user_id, password_hash) values (${user_id}, ${password_hash})
    on conflict (user_id) do update set password_hash = excluded.password_hash, applied_at = now()`;
}

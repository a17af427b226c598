/** A person's own account: their name, their password and the sessions these started. */
import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { noteAccountChange } from './account-notices.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { setPassword } from './people.ts';
import { endSessionOf, endSessionsOf } from './sessions.ts';

/** Null for somebody who has no password, such as the owner who came by the first start's link. */
export async function passwordHashOf(sql: Sql, user_id: string): Promise<string | null> {
  const [row] = await sql<{ password: string | null }>`
    select password from account where "userId" = ${user_id} and "providerId" = 'credential'`;
  return row?.password ?? null;
}

export async function passwordHashAt(sql: Sql, email: string): Promise<string | null> {
  const [row] = await sql<{ password: string | null }>`
    select a.password from account a join "user" u on u.id = a."userId"
    where u.email = lower(${email}) and a."providerId" = 'credential'`;
  return row?.password ?? null;
}

/** After a change that is under way, if there is one. */
export async function isPasswordHashOf(sql: Sql, user_id: string, password_hash: string | null): Promise<boolean> {
  const [row] = await sql<{ password: string | null }>`
    select password from account where "userId" = ${user_id} and "providerId" = 'credential' for share`;
  return (row?.password ?? null) === password_hash;
}

export async function organisationName(sql: Sql, org_id: string): Promise<string> {
  const [row] = await sql<{ name: string }>`select name from organisations where id = ${org_id}`;
  return row?.name ?? '';
}

/** Ends all sessions of the person, this one too: its token is replaced. `former` is the hash that was checked. */
export async function replacePassword(
  db: Pick<Database, 'tx'>,
  person: Person,
  { former, password_hash }: { former: string | null; password_hash: string },
): Promise<void> {
  await db.tx(async (sql) => {
    await sql`select from "user" where id = ${person.user_id} for update`;
    // Of two changes at once the second has checked a password that is not the current one any more.
    if ((await passwordHashOf(sql, person.user_id)) !== former)
      throw new Problem('wrong_password', 'The password was changed in the meantime. Enter the new one as the current one.');
    await setPassword(sql, person.user_id, password_hash);
    await noteAccountChange(sql, { ...person, kind: 'password_changed' });
    await audit(sql, person, { account: 'password_changed' });
  });
}

export async function renameSelf(db: Pick<Database, 'tx'>, person: Person, name: string): Promise<void> {
  await db.tx(async (sql) => {
    await sql`update "user" set name = ${name}, "updatedAt" = now() where id = ${person.user_id}`;
    await audit(sql, person, { account: 'name_changed' });
  });
}

/** False when the person has no such session. */
export async function endOwnSession(db: Pick<Database, 'tx'>, person: Person, id: string): Promise<boolean> {
  return db.tx(async (sql) => {
    const ended = await endSessionOf(sql, person.user_id, id);
    if (ended) await audit(sql, person, { session: 'ended', sessions: 1 });
    return ended;
  });
}

export async function endOtherSessions(db: Pick<Database, 'tx'>, person: Person, kept: string): Promise<void> {
  await db.tx(async (sql) => {
    const sessions = await endSessionsOf(sql, person.user_id, kept);
    if (sessions > 0) await audit(sql, person, { session: 'ended', sessions });
  });
}

async function audit(sql: Sql, { org_id, user_id }: Person, metadata: Record<string, string | number>): Promise<void> {
  await appendAudit(sql, { org_id, proposal_id: null, from: null, to: null, actor: { type: 'user', id: user_id }, metadata });
}

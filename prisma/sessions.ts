/** Who is signed in where. A session's row ends it: nobody is let in by a cookie whose row is gone. */
import { z } from 'zod';

import { roles, type Person } from '../domain/app.ts';
import type { Database, Sql } from './database.ts';

/** A phone that lay in a drawer this long has to sign in again. */
export const session_idle_days = 14;

const person_row = z.object({
  user_id: z.string(),
  org_id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  session_id: z.string(),
});

/**
 * The member behind a session's token; null when it has ended, was not used for too long, or the person is no member any more.
 * Every request asks this: one statement, which notes at most once a minute that the session was used.
 */
export async function personOfSession(db: Pick<Database, 'sql'>, token: string): Promise<Person | null> {
  const [row] = await db.sql`
    with found as (
      select s.id as session_id, s.last_seen_at, u.id as user_id, m.org_id, u.name, u.email, m.role
      from session s join "user" u on u.id = s."userId" join members m on m.user_id = u.id
      where s.token = ${token} and s."expiresAt" > now() and s.last_seen_at > now() - ${session_idle_days} * interval '1 day'
      order by m.org_id is not distinct from s.org_id desc, m.created_at limit 1
    ), seen as (
      update session set last_seen_at = now() from found
      where session.id = found.session_id and found.last_seen_at < now() - interval '1 minute'
    )
    select user_id, org_id, name, email, role, session_id from found`;
  return row === undefined ? null : person_row.parse(row);
}

export async function endSession(db: Pick<Database, 'sql'>, token: string): Promise<void> {
  await db.sql`delete from session where token = ${token}`;
}

/** After somebody signed in: the session that their browser had before, and what of theirs has run out. */
export async function endReplaced(db: Pick<Database, 'sql'>, user_id: string, token: string | null): Promise<void> {
  await db.sql`
    delete from session where token = ${token}
      or ("userId" = ${user_id} and ("expiresAt" < now() or last_seen_at < now() - ${session_idle_days} * interval '1 day'))`;
}

export interface SessionRow {
  id: string;
  ip_address: string | null;
  user_agent: string | null;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
}

/** The person's sessions, the one used last first. */
export async function sessionsOf(db: Pick<Database, 'sql'>, user_id: string): Promise<SessionRow[]> {
  return db.sql<SessionRow>`
    select id, "ipAddress" as ip_address, "userAgent" as user_agent, "createdAt" as created_at, last_seen_at,
      least("expiresAt", last_seen_at + ${session_idle_days} * interval '1 day') as expires_at
    from session
    where "userId" = ${user_id} and "expiresAt" > now() and last_seen_at > now() - ${session_idle_days} * interval '1 day'
    order by last_seen_at desc, "createdAt" desc, id limit ${sessions_listed_max}`;
}

const sessions_listed_max = 200;

/** False when the person has no such session. */
export async function endSessionOf(sql: Sql, user_id: string, id: string): Promise<boolean> {
  return (await sql`delete from session where "userId" = ${user_id} and id = ${id} returning id`).length === 1;
}

/** Ends the person's sessions but the one that is kept; resolves to how many. */
export async function endSessionsOf(sql: Sql, user_id: string, kept: string | null): Promise<number> {
  return (await sql`delete from session where "userId" = ${user_id} and id is distinct from ${kept} returning id`).length;
}

/** Whether the person is or was signed in from there: it is then no stranger's address. */
export async function knowsAddress(db: Pick<Database, 'sql'>, email: string, address: string): Promise<boolean> {
  const rows = await db.sql`
    select from session s join "user" u on u.id = s."userId" where lower(u.email) = lower(${email}) and s."ipAddress" = ${address} limit 1`;
  return rows.length === 1;
}

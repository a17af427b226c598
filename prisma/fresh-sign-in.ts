/** Changing how somebody signs in takes a sign-in of a moment ago: a device that was left open is not enough. */
import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import type { Sql } from './database.ts';

const fresh_minutes = 10;

/** A session begins when its person proves who they are. */
export async function refuseStaleSignIn(sql: Sql, { session_id }: Person): Promise<void> {
  const [session] = await sql`
    select 1 from session where id = ${session_id ?? ''} and "createdAt" > now() - ${fresh_minutes} * interval '1 minute'`;
  if (session === undefined) {
    throw new Problem('sign_in_again', `Sign in again to change this: your last sign-in is more than ${fresh_minutes} minutes ago.`);
  }
}

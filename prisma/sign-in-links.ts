/** One-time sign-in links: only the hash of a link's token is stored. */
import { sha256 } from '../domain/seal.ts';
import type { Database, Sql } from './database.ts';

const link_valid_minutes = 15;

export async function storeSignInLink(sql: Sql, user_id: string, token: string): Promise<void> {
  await sql`delete from sign_in_links where expires_at < now() - interval '1 day'`;
  await sql`
    insert into sign_in_links (token_hash, user_id, expires_at)
    values (${sha256(token)}, ${user_id}, now() + ${link_valid_minutes} * interval '1 minute')`;
}

/** Uses the link up and tells whose it was; null when it never was, is over, or was used. Of two that come at once, one wins. */
export async function consumeSignInLink(db: Pick<Database, 'sql'>, token: string): Promise<string | null> {
  const [row] = await db.sql<{ user_id: string }>`
    update sign_in_links set used_at = now()
    where token_hash = ${sha256(token)} and used_at is null and expires_at > now()
    returning user_id`;
  return row?.user_id ?? null;
}

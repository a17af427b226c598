import type { Sql } from './database.ts';

/** The linked Slack user of the member with this address; null when there is none. */
export async function linkedSlackUser(sql: Sql, org_id: string, email: string): Promise<{ slack_user_id: string; name: string } | null> {
  const [row] = await sql<{ slack_user_id: string; name: string }>`
    select l.slack_user_id, u.name from slack_links l
    join members m on m.org_id = l.org_id and m.user_id = l.user_id join "user" u on u.id = l.user_id
    where l.org_id = ${org_id} and lower(u.email) = lower(${email})`;
  return row ?? null;
}

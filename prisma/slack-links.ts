/** Which Slack user is which member. A one-time code from a signed-in page proves it; only the code's digest is kept. */
import { z } from 'zod';

import { roles, type Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { sha256 } from '../domain/seal.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { lookAgain } from './slack-messages.ts';

/** A Slack user, as every signed request from Slack names one. */
export interface SlackIdentity {
  team_id: string;
  slack_user_id: string;
}

export interface SlackLink extends SlackIdentity {
  linked_at: Date;
}

export const link_code_minutes = 10;

/** The linked Slack user of the member with this address; null when there is none. */
export async function linkedSlackUser(sql: Sql, org_id: string, email: string): Promise<{ slack_user_id: string; name: string } | null> {
  const [row] = await sql<{ slack_user_id: string; name: string }>`
    select l.slack_user_id, u.name from slack_links l
    join members m on m.org_id = l.org_id and m.user_id = l.user_id join "user" u on u.id = l.user_id
    where l.org_id = ${org_id} and lower(u.email) = lower(${email})`;
  return row ?? null;
}

const person_row = z.object({ user_id: z.string(), org_id: z.string(), name: z.string(), email: z.string(), role: z.enum(roles) });

/** The member behind a Slack user, with their role as it is now; null when nobody is linked. */
export async function memberBehind(
  db: Pick<Database, 'sql'>,
  org_id: string,
  { team_id, slack_user_id }: SlackIdentity,
): Promise<Person | null> {
  const [row] = await db.sql`
    select u.id as user_id, m.org_id, u.name, u.email, m.role
    from slack_links l join members m on m.org_id = l.org_id and m.user_id = l.user_id join "user" u on u.id = l.user_id
    where l.org_id = ${org_id} and l.team_id = ${team_id} and l.slack_user_id = ${slack_user_id}`;
  return row === undefined ? null : person_row.parse(row);
}

export async function linkOf(db: Pick<Database, 'sql'>, person: Person): Promise<SlackLink | null> {
  const [row] = await db.sql<SlackLink>`
    select team_id, slack_user_id, linked_at from slack_links where org_id = ${person.org_id} and user_id = ${person.user_id}`;
  return row ?? null;
}

/** The workspace of those who are linked already; null while nobody is. */
export async function linkedWorkspace(db: Pick<Database, 'sql'>, org_id: string): Promise<string | null> {
  const [row] = await db.sql<{ team_id: string }>`select team_id from slack_links where org_id = ${org_id} order by linked_at limit 1`;
  return row?.team_id ?? null;
}

/** Replaces the member's former code. */
export async function storeLinkCode(db: Pick<Database, 'sql'>, person: Person, code: string): Promise<Date> {
  const [row] = await db.sql<{ expires_at: Date }>`
    insert into slack_link_codes (org_id, user_id, code_hash, expires_at)
    values (${person.org_id}, ${person.user_id}, ${sha256(code)}, now() + ${link_code_minutes} * interval '1 minute')
    on conflict (org_id, user_id) do update set code_hash = excluded.code_hash, expires_at = excluded.expires_at
    returning expires_at`;
  if (row === undefined) throw new Error('the insert of a code returned no row');
  return row.expires_at;
}

/** Uses the code up and links. Throws a Problem for an unknown or old code, and for anyone who is linked to somebody else. */
export async function linkByCode(db: Pick<Database, 'tx'>, org_id: string, slack: SlackIdentity, code: string): Promise<void> {
  await db.tx(async (sql) => {
    const [used] = await sql<{ user_id: string }>`
      delete from slack_link_codes where org_id = ${org_id} and code_hash = ${sha256(code)} and expires_at > now() returning user_id`;
    if (used === undefined)
      throw new Problem('not_found', `This code is wrong, used up or older than ${link_code_minutes} minutes. Make a new one on the web.`);
    const inserted = await sql`
      insert into slack_links (team_id, slack_user_id, org_id, user_id)
      select ${slack.team_id}, ${slack.slack_user_id}, m.org_id, m.user_id from members m
      where m.org_id = ${org_id} and m.user_id = ${used.user_id}
      on conflict do nothing returning user_id`;
    if (inserted.length === 0) return refuseOther(sql, org_id, slack, used.user_id);
    await lookAgain(sql, slack, { org_id, user_id: used.user_id });
    await auditLink(sql, org_id, used.user_id, 'linked', slack);
  });
}

/** Throws unless exactly these two are linked with each other already. */
async function refuseOther(sql: Sql, org_id: string, slack: SlackIdentity, user_id: string): Promise<void> {
  const links = await sql<SlackIdentity & { org_id: string; user_id: string }>`
    select team_id, slack_user_id, org_id, user_id from slack_links
    where (team_id = ${slack.team_id} and slack_user_id = ${slack.slack_user_id}) or (org_id = ${org_id} and user_id = ${user_id})`;
  const [own] = links;
  if (links.length === 1 && own?.user_id === user_id && own.slack_user_id === slack.slack_user_id && own.team_id === slack.team_id) return;
  throw new Problem(
    'already_linked',
    links.some((link) => link.user_id === user_id && link.org_id === org_id)
      ? 'Your account is linked to another Slack user. Unlink that one on the web first.'
      : 'This Slack user is linked to another member. Enter /execops unlink first.',
  );
}

/** False when nobody was linked. */
export async function unlinkMember(db: Pick<Database, 'tx'>, person: Person): Promise<boolean> {
  return db.tx((sql) => unlink(sql, person, person.user_id));
}

/** `by` is who did it: the member, or the owner who removed them. False when nobody was linked. */
export async function unlink(sql: Sql, member: { org_id: string; user_id: string }, by: string): Promise<boolean> {
  const [link] = await sql<SlackIdentity>`
    delete from slack_links where org_id = ${member.org_id} and user_id = ${member.user_id} returning team_id, slack_user_id`;
  if (link === undefined) return false;
  await lookAgain(sql, link, member);
  await auditLink(sql, member.org_id, by, 'unlinked', link);
  return true;
}

async function auditLink(
  sql: Sql,
  org_id: string,
  user_id: string,
  slack: 'linked' | 'unlinked',
  { team_id, slack_user_id }: SlackIdentity,
) {
  await appendAudit(sql, {
    org_id,
    proposal_id: null,
    from: null,
    to: null,
    actor: { type: 'user', id: user_id },
    metadata: { slack, team_id, slack_user_id },
  });
}

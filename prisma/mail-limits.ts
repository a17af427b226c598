/** How many mails go out within an hour: to everybody, and to one address. What is over the limit waits, and says so on its card. */
import type { SettingKey } from '../domain/setting-registry.ts';
import { textOf } from '../domain/payload.ts';
import { system_actor } from './audit.ts';
import type { Sql } from './database.ts';
import { remark, type LockedProposal } from './moves.ts';
import { readSettings } from './settings.ts';

/** It is looked at again this often at least: a limit may be raised. */
const look_again_ms_max = 60_000;
const look_again_ms_min = 1_000;

/** It may not go out yet. Its execution has not begun, so it can still be undone while it waits. */
export class HeldBack extends Error {
  override name = 'HeldBack';
  readonly ms: number;

  constructor(ms: number) {
    super('it is held back by a limit');
    this.ms = ms;
  }
}

/**
 * How long an approved mail has to wait; null when it may go now, or is none. Of two workers one looks first: what holds the
 * limits is taken after the proposal and before its execution, and kept until that is committed.
 */
export async function heldBackMs(sql: Sql, row: LockedProposal): Promise<number | null> {
  if (!isMail(row)) return null;
  const { org_id } = row;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${org_id} mails`}, 0))`;
  const to = textOf(row.payload, 'to').toLowerCase();
  const settings = await readSettings(sql, org_id);
  const sent = await sentLately(sql, org_id, to);
  for (const [key, count] of [
    ['organisation.mail_per_hour', sent.all],
    ['organisation.mail_per_recipient', sent.to_one],
  ] as const) {
    const limit = settings[key];
    if (count < limit) continue;
    await noteOnce(sql, row, key, limit);
    const free_ms = await freeIn(sql, org_id, key === 'organisation.mail_per_recipient' ? to : null, count - limit);
    return Math.min(Math.max(free_ms, look_again_ms_min), look_again_ms_max);
  }
  return null;
}

function isMail({ action_type, operation }: Pick<LockedProposal, 'action_type' | 'operation'>): boolean {
  return action_type === 'email' || operation === 'calendar.invite' || operation === 'calendar.cancel';
}

/** Mails that went out within the hour, or may at any moment. What was refused reached nobody. */
async function sentLately(sql: Sql, org_id: string, to: string): Promise<{ all: number; to_one: number }> {
  const [counted] = await sql<{ all: number; to_one: number }>`
    select count(*)::int as all, count(*) filter (where lower(v.payload ->> 'to') = ${to})::int as to_one
    from (
      select execution_id as id from attempts where org_id = ${org_id} and dispatched_at > now() - interval '1 hour'
      union select id from executions where org_id = ${org_id} and status = 'running'
    ) lately
      join executions e on e.id = lately.id and e.status <> 'failed'
      join proposal_versions v on v.proposal_id = e.proposal_id and v.version = e.version
    where v.action_type = 'email' or v.operation in ('calendar.invite', 'calendar.cancel')`;
  return counted ?? { all: 0, to_one: 0 };
}

/** When enough of them are an hour old that one more may go; at once where they have not gone out yet. */
async function freeIn(sql: Sql, org_id: string, to: string | null, over: number): Promise<number> {
  const [row] = await sql<{ ms: number | null }>`
    select extract(epoch from max(a.dispatched_at) + interval '1 hour' - now())::float8 * 1000 as ms
    from attempts a join executions e on e.id = a.execution_id and e.status <> 'failed'
      join proposal_versions v on v.proposal_id = e.proposal_id and v.version = e.version
    where a.org_id = ${org_id} and a.dispatched_at > now() - interval '1 hour'
      and (v.action_type = 'email' or v.operation in ('calendar.invite', 'calendar.cancel'))
      and (${to}::text is null or lower(v.payload ->> 'to') = ${to})
    group by e.id order by max(a.dispatched_at) offset ${over} limit 1`;
  return row?.ms ?? 0;
}

async function noteOnce(sql: Sql, row: LockedProposal, key: SettingKey, limit: number): Promise<void> {
  const note =
    key === 'organisation.mail_per_hour'
      ? `It was held back: ${limit} mails had gone out within an hour, which is the limit. It goes out when one of them is an hour old.`
      : `It was held back: ${limit} mails had gone to this address within an hour, which is the limit. It goes out when one of them is an hour old.`;
  const noted = await sql`
    update proposals set notes = notes || array[${note}::text], updated_at = now()
    where id = ${row.id} and not ${note}::text = any(notes) returning id`;
  if (noted.length > 0) await remark(sql, row, system_actor, { held_back_by: key });
}

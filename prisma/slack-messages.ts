/** What has to be shown to whom in Slack, and what is: the notifier's list of work, shared by all replicas through row locks. */
import type { Database, Sql } from './database.ts';
import type { SlackIdentity } from './slack-links.ts';

/** One card in one person's direct messages. */
export interface SlackMessage extends SlackIdentity {
  proposal_id: string;
  org_id: string;
  marker: string;
  /** When sending it began: without `ts` it may have arrived all the same. */
  intended_at: Date | null;
  channel: string | null;
  ts: string | null;
  shown: string | null;
  told_critical: boolean;
  alert_intended_at: Date | null;
  told_reminder: boolean;
  reminder_intended_at: Date | null;
  /** Counts the leases since the last success, and so tells this one from a later one. */
  attempts: number;
  /** The newest audit row of the proposal when it was leased. */
  current_seq: string;
  /** Whether this person is still linked and may still decide it. */
  decides: boolean;
}

/** Whoever leases a message has this long; after that another replica may. */
const lease_seconds = 60;
const back_off_seconds_max = 300;

/** A row for every person who may decide a waiting card that is urgent enough and who has none yet; in quiet hours critical ones only. */
export async function planMessages(sql: Sql, org_id: string, team_id: string, { quiet }: { quiet: boolean }): Promise<void> {
  await sql`
    insert into slack_messages (proposal_id, team_id, slack_user_id, org_id, user_id)
    select p.id, l.team_id, l.slack_user_id, p.org_id, l.user_id
    from proposals p
    join slack_links l on l.org_id = p.org_id and l.team_id = ${team_id}
    where p.org_id = ${org_id} and p.status = 'pending' and (p.urgency = 'critical' or p.urgency = 'high' and not ${quiet}::boolean)
      and may_decide(p, l.user_id)
      and not exists (
        select from slack_messages m where m.proposal_id = p.id and m.team_id = l.team_id and m.slack_user_id = l.slack_user_id)
    on conflict do nothing`;
}

/** Whether the end of quiet hours has something to send: a card that nobody got yet, or a reminder. */
export async function holdsBack(sql: Sql, org_id: string, team_id: string): Promise<boolean> {
  const rows = await sql`
    select 1 where exists (select from slack_messages where org_id = ${org_id} and team_id = ${team_id} and reminder_held and not settled)
      or exists (
        select from proposals p join slack_links l on l.org_id = p.org_id and l.team_id = ${team_id}
        where p.org_id = ${org_id} and p.status = 'pending' and p.urgency = 'high' and may_decide(p, l.user_id) and not exists (
          select from slack_messages m where m.proposal_id = p.id and m.team_id = l.team_id and m.slack_user_id = l.slack_user_id))`;
  return rows.length > 0;
}

export async function holdReminder(sql: Sql, { proposal_id, team_id, slack_user_id, attempts }: SlackMessage): Promise<void> {
  await sql`
    update slack_messages set reminder_held = true
    where proposal_id = ${proposal_id} and team_id = ${team_id} and slack_user_id = ${slack_user_id} and attempts = ${attempts}`;
}

/** It is not quiet any more: messages whose reminder was kept are looked at again. */
export async function releaseReminders(sql: Sql, org_id: string): Promise<void> {
  await sql`update slack_messages set reminder_held = false, shown_seq = 0 where org_id = ${org_id} and reminder_held and not settled`;
}

/** Whether anything may have to be shown: somebody is linked, or a message still stands there. */
export async function mayHaveMessages(sql: Sql, org_id: string): Promise<boolean> {
  const rows = await sql`
    select 1 where exists (select from slack_links where org_id = ${org_id})
      or exists (select from slack_messages where org_id = ${org_id} and not settled)`;
  return rows.length > 0;
}

/** Takes the next message that is behind its proposal: what stands there already comes first, then by priority. Null when none is due. */
export async function leaseMessage(sql: Sql, org_id: string, team_id: string): Promise<SlackMessage | null> {
  const [row] = await sql<SlackMessage>`
    with due as (
      select m.proposal_id, m.team_id, m.slack_user_id, (select max(seq) from audit a where a.proposal_id = m.proposal_id) as current_seq,
        may_decide(p, m.user_id) and exists (
          select from slack_links l
          where l.team_id = m.team_id and l.slack_user_id = m.slack_user_id and l.org_id = m.org_id and l.user_id = m.user_id) as decides
      from slack_messages m join proposals p on p.id = m.proposal_id
      where m.org_id = ${org_id} and m.team_id = ${team_id} and not m.settled and m.next_attempt_at <= now()
        and m.shown_seq < (select max(seq) from audit a where a.proposal_id = m.proposal_id)
      order by m.ts is null, p.priority desc, p.created_at limit 1 for update of m skip locked)
    update slack_messages m set attempts = m.attempts + 1, next_attempt_at = now() + ${lease_seconds} * interval '1 second'
    from due where m.proposal_id = due.proposal_id and m.team_id = due.team_id and m.slack_user_id = due.slack_user_id
    returning m.proposal_id, m.org_id, m.team_id, m.slack_user_id, m.marker, m.intended_at, m.channel, m.ts, m.shown, m.told_critical,
      m.alert_intended_at, m.told_reminder, m.reminder_intended_at, m.attempts, due.current_seq, due.decides`;
  return row ?? null;
}

/** In how many milliseconds the first message is due that is not due yet; null when nothing waits. */
export async function nextDueIn(sql: Sql, org_id: string, team_id: string): Promise<number | null> {
  const [row] = await sql<{ ms: number | null }>`
    select extract(epoch from min(m.next_attempt_at) - now())::float8 * 1000 as ms from slack_messages m
    where m.org_id = ${org_id} and m.team_id = ${team_id} and not m.settled
      and m.shown_seq < (select max(seq) from audit a where a.proposal_id = m.proposal_id)`;
  return row?.ms ?? null;
}

/** What has become known of a leased message. It changes nothing once another replica has taken the message over. */
export type Learned = Partial<Pick<SlackMessage, 'channel' | 'ts' | 'shown' | 'told_critical' | 'told_reminder'>> & {
  /** Sending begins now. */
  intended?: true;
  alert_intended?: true;
  reminder_intended?: true;
  /** It was sent and is gone: it has to be sent anew. */
  lost?: true;
};

export async function noteMessage(sql: Sql, message: SlackMessage, learned: Learned): Promise<void> {
  const { intended = false, alert_intended = false, reminder_intended = false, lost = false } = learned;
  // Whoever begins to send has a whole lease for it, so that nobody looks for the message before it can be there.
  const sending = intended || alert_intended || reminder_intended;
  const rows = await sql`
    update slack_messages set
      channel = case when ${lost} then null else coalesce(${learned.channel ?? null}, channel) end,
      ts = case when ${lost} then null else coalesce(${learned.ts ?? null}, ts) end,
      shown = case when ${lost} then null else coalesce(${learned.shown ?? null}, shown) end,
      told_critical = coalesce(${learned.told_critical ?? null}, told_critical),
      told_reminder = coalesce(${learned.told_reminder ?? null}, told_reminder),
      intended_at = case when ${lost} then null when ${intended} then now() else intended_at end,
      alert_intended_at = case when ${alert_intended} then now() else alert_intended_at end,
      reminder_intended_at = case when ${reminder_intended} then now() else reminder_intended_at end,
      next_attempt_at = case when ${sending} then now() + ${lease_seconds} * interval '1 second' else next_attempt_at end
    where proposal_id = ${message.proposal_id} and team_id = ${message.team_id} and slack_user_id = ${message.slack_user_id}
      and attempts = ${message.attempts} returning 1`;
  if (rows.length === 0) throw new LeaseLost('another replica has taken this message over');
}

/** It shows what the proposal was at its lease. Settled when that is how it will stay. */
export async function messageShown(sql: Sql, message: SlackMessage, settled: boolean): Promise<void> {
  await sql`
    update slack_messages set shown_seq = ${message.current_seq}, settled = ${settled}, attempts = 0, next_attempt_at = now()
    where proposal_id = ${message.proposal_id} and team_id = ${message.team_id} and slack_user_id = ${message.slack_user_id}
      and attempts = ${message.attempts}`;
}

/** Slack did not take it: it is due again later, and later each time, or when Slack says. */
export async function messageFailed(sql: Sql, message: SlackMessage, retry_after_seconds: number | null): Promise<void> {
  const seconds = retry_after_seconds ?? Math.min(back_off_seconds_max, 2 ** Math.min(message.attempts, 10));
  await sql`
    update slack_messages set next_attempt_at = now() + ${seconds} * interval '1 second'
    where proposal_id = ${message.proposal_id} and team_id = ${message.team_id} and slack_user_id = ${message.slack_user_id}
      and attempts = ${message.attempts}`;
}

/** What was shown to this Slack user may be for them no longer, or again: it is looked at anew, and whoever has leased it loses it. */
export async function lookAgain(
  sql: Sql,
  { team_id, slack_user_id }: SlackIdentity,
  member: { org_id: string; user_id: string },
): Promise<void> {
  await sql`
    update slack_messages set shown_seq = 0, attempts = attempts + 1, user_id = ${member.user_id}
    where org_id = ${member.org_id} and team_id = ${team_id} and slack_user_id = ${slack_user_id} and not settled`;
}

/** What was over is not: the messages about it follow it again. */
export async function followAgain(sql: Sql, proposal_id: string): Promise<void> {
  await sql`update slack_messages set settled = false where proposal_id = ${proposal_id}`;
}

export class LeaseLost extends Error {
  override name = 'LeaseLost';
}

/**
 * The cards that wait for this person's decision, highest priority first, and how many there are in all. An owner decides
 * whatever they are listed for, so that thousands need not be asked about one by one.
 */
export async function waitingFor(
  db: Pick<Database, 'sql'>,
  person: { org_id: string; user_id: string },
  limit: number,
): Promise<{ ids: string[]; total: number }> {
  const rows = await db.sql<{ id: string; total: number }>`
    select p.id, (count(*) over ())::int as total
    from proposals p
    where p.org_id = ${person.org_id} and p.status = 'pending' and not ('snoozed' = any(p.flags))
      and p.action_type = any(array(select action_type from approvers where org_id = ${person.org_id} and user_id = ${person.user_id}))
      and case (select role from members where org_id = ${person.org_id} and user_id = ${person.user_id})
        when 'owner' then true else may_decide(p, ${person.user_id}) end
    order by p.priority desc, p.created_at, p.id limit ${limit}`;
  return { ids: rows.map(({ id }) => id), total: rows[0]?.total ?? 0 };
}

/** What is to be told to whom, shared by all replicas through row locks. A row tells one person of one thing in one place. */
import { covers, type NoticeKind, type NoticeLevel } from '../domain/notices.ts';
import { isOpen, type ProposalStatus, type Urgency } from '../domain/proposal.ts';
import type { Fact } from '../domain/wire/fact.ts';
import type { Sql } from './database.ts';

export type Channel = 'mail' | 'push';

/** Rows of one organisation's audit: those after `after`, up to `last`. */
export interface AuditRange {
  org_id: string;
  after: string;
  last: string;
}

export interface Notice {
  id: string;
  org_id: string;
  proposal_id: string;
  user_id: string;
  channel: Channel;
  /** A push subscription; empty for mail. */
  target: string;
  kind: NoticeKind;
  occasion: string;
  /** Counts the leases, and so tells this one from a later one. */
  attempts: number;
}

/** Whoever leases a notice has this long; after that another replica may. */
const lease_seconds = 60;

/**
 * One row per person, place and kind, only for who may decide the card and wants to be told of what is so urgent,
 * and never for who did it. However many events join a card, they change no status and so tell nobody.
 */
export async function planNotices(sql: Sql, { org_id, after, last }: AuditRange): Promise<void> {
  await sql`
    insert into notices (org_id, proposal_id, user_id, channel, target, kind, occasion, seq)
    select p.org_id, p.id, n.user_id, place.channel, place.target, what.kind, what.occasion, max(a.seq)
    from audit a
    join proposals p on p.id = a.proposal_id
    cross join lateral (select a.from_status is not distinct from 'pending' and a.to_status = 'pending' as waits) still
    cross join lateral (select case
        when a.from_status is null and a.to_status = 'pending' then 'pending'
        when still.waits and a.metadata ->> 'urgency' = 'critical' then 'critical'
        when still.waits and a.metadata ->> 'urgency' = 'high' then 'pending'
        when still.waits and a.metadata ->> 'stage' = 'reminded' then 'reminder'
        when still.waits and a.metadata ? 'delegation' then 'delegated'
        when still.waits and a.metadata ->> 'woken_by' in ('time', 'event') then 'woken'
        when a.from_status in ('approved', 'failed') and a.to_status = 'pending' then 'returned'
        when a.from_status <> a.to_status and a.to_status in ('failed', 'unknown') then a.to_status end as kind) told
    cross join lateral (
      select told.kind, case when told.kind in ('pending', 'critical', 'reminder') then 0 else a.seq end as occasion) what
    join notice_preferences n on n.org_id = p.org_id
    cross join lateral (
      select 'mail' as channel, '' as target, n.mail as level
      union all
      select 'push', s.id::text, n.push from push_subscriptions s where s.org_id = n.org_id and s.user_id = n.user_id) place
    where a.org_id = ${org_id} and a.seq > ${after} and a.seq <= ${last} and what.kind is not null
      and (place.level = 'all' or p.urgency = 'critical' and place.level <> 'none' or p.urgency = 'high' and place.level = 'high')
      and not (a.actor_type = 'user' and a.actor_id = n.user_id)
      and (what.kind <> 'delegated' or a.metadata ->> 'to' = n.user_id)
      and may_decide(p, n.user_id)
    group by p.org_id, p.id, n.user_id, place.channel, place.target, what.kind, what.occasion
    on conflict do nothing`;
  await planClosing(sql, { org_id, after, last });
}

/** A device that was told, or is just being told, hears that it is over; not by whoever ended it. */
async function planClosing(sql: Sql, { org_id, after, last }: AuditRange): Promise<void> {
  await sql`
    insert into notices (org_id, proposal_id, user_id, channel, target, kind, occasion, seq)
    select distinct n.org_id, n.proposal_id, n.user_id, n.channel, n.target, 'closed', a.seq, a.seq
    from audit a
    join notices n on n.proposal_id = a.proposal_id and n.channel = 'push' and n.kind <> 'closed'
      and (n.sent_at is not null or not n.settled)
    where a.org_id = ${org_id} and a.seq > ${after} and a.seq <= ${last}
      and a.from_status in ('pending', 'failed', 'unknown') and a.to_status not in ('pending', 'failed', 'unknown')
      and not (a.actor_type = 'user' and a.actor_id = n.user_id)
    on conflict do nothing`;
}

/** Takes the next notice of this channel that is due; null when none is. */
export async function leaseNotice(sql: Sql, channel: Channel): Promise<Notice | null> {
  const [row] = await sql<Notice>`
    with due as (
      select id from notices where channel = ${channel} and not settled and next_attempt_at <= now()
      order by next_attempt_at, seq limit 1 for update skip locked)
    update notices n set attempts = n.attempts + 1, held = false, next_attempt_at = now() + ${lease_seconds} * interval '1 second'
    from due where n.id = due.id
    returning n.id, n.org_id, n.proposal_id, n.user_id, n.channel, n.target, n.kind, n.occasion, n.attempts`;
  return row ?? null;
}

/** What a notice is about, as it is now. */
export interface NoticeMatter {
  title: string;
  facts: Fact[];
  status: ProposalStatus;
  urgency: Urgency;
  vertical: string;
  email: string;
  content_free: boolean;
  expires_at: Date | null;
  endpoint: string | null;
  p256dh: string | null;
  auth: string | null;
}

interface MatterRow extends NoticeMatter {
  level: NoticeLevel;
  decides: boolean;
  snoozed: boolean;
  /** Another notice about the same card tells more than this one. */
  outdated: boolean;
  /** Something of the card stands on this device, */
  shown: boolean;
  /** or is on its way there. */
  on_its_way: boolean;
}

/** Null when there is nothing to say any more: it is decided, put off or somebody else's, or not wished for. */
export async function matterOf(sql: Sql, { id, kind }: Notice): Promise<NoticeMatter | 'not_yet' | null> {
  const [row] = await sql<MatterRow>`
    select p.title, p.facts, p.status, p.urgency, p.vertical, u.email, w.content_free, p.expires_at, s.endpoint, s.p256dh, s.auth,
      case n.channel when 'mail' then w.mail else w.push end as level, may_decide(p, n.user_id) as decides,
      'snoozed' = any(p.flags) as snoozed,
      exists (select from notices newer where newer.proposal_id = n.proposal_id and newer.user_id = n.user_id
        and newer.channel = n.channel and newer.target = n.target and newer.kind <> 'closed' and newer.seq > n.seq) as outdated,
      exists (select from notices told where told.proposal_id = n.proposal_id and told.user_id = n.user_id
        and told.target = n.target and told.kind <> 'closed' and told.sent_at is not null and told.seq < n.seq) as shown,
      exists (select from notices told where told.proposal_id = n.proposal_id and told.user_id = n.user_id
        and told.target = n.target and told.kind <> 'closed' and not told.settled and told.next_attempt_at > now() and not told.held) as on_its_way
    from notices n
    join proposals p on p.id = n.proposal_id
    join "user" u on u.id = n.user_id
    join notice_preferences w on w.org_id = n.org_id and w.user_id = n.user_id
    left join push_subscriptions s on s.id::text = n.target and s.org_id = n.org_id and s.user_id = n.user_id
    where n.id = ${id}`;
  if (row === undefined || (row.endpoint === null && row.email === null)) return null;
  if (kind === 'closed' && row.on_its_way) return 'not_yet';
  if (kind === 'closed') return row.shown && !waits(row.status) ? row : null;
  const wanted = row.decides && covers(row.level, row.urgency) && waits(row.status) && isStill(kind, row.status);
  return wanted && !row.snoozed && !row.outdated ? row : null;
}

/** A person is asked for something. */
const waits = (status: ProposalStatus): boolean => isOpen(status) && status !== 'approved';

function isStill(kind: NoticeKind, status: ProposalStatus): boolean {
  return kind === 'failed' || kind === 'unknown' ? status === kind : status === 'pending';
}

/** It was said, or there is nothing to say any more. */
export async function settleNotice(sql: Sql, { id, attempts }: Notice, sent: boolean): Promise<void> {
  await sql`
    update notices set settled = true, sent_at = case when ${sent} then now() end where id = ${id} and attempts = ${attempts}`;
}

export async function noticeAgainIn(sql: Sql, { id, attempts }: Notice, seconds: number): Promise<void> {
  await sql`
    update notices set next_attempt_at = now() + ${seconds} * interval '1 second' where id = ${id} and attempts = ${attempts}`;
}

/** Quiet hours keep it; that is no failed attempt. */
export async function holdNotice(sql: Sql, { id, attempts }: Notice, until: Date): Promise<void> {
  await sql`
    update notices set held = true, attempts = attempts - 1, next_attempt_at = ${until} where id = ${id} and attempts = ${attempts}`;
}

/** Where quiet hours keep something. */
export async function holdingOrganisations(sql: Sql): Promise<string[]> {
  const rows = await sql<{ org_id: string }>`select distinct org_id from notices where held and not settled`;
  return rows.map(({ org_id }) => org_id);
}

/** The quiet time was cut short: what it held is due. */
export async function releaseNotices(sql: Sql, org_id: string): Promise<void> {
  await sql`
    update notices set held = false, next_attempt_at = now()
    where org_id = ${org_id} and held and not settled and next_attempt_at > now()`;
}

/** In how many milliseconds the first notice is due that is not due yet; null when nothing waits. */
export async function nextNoticeIn(sql: Sql, channel: Channel): Promise<number | null> {
  const [row] = await sql<{ ms: number | null }>`
    select extract(epoch from min(next_attempt_at) - now())::float8 * 1000 as ms from notices where channel = ${channel} and not settled`;
  return row?.ms ?? null;
}

/** The device is there no longer: its browser gave the subscription up. */
export async function forgetDevice(sql: Sql, target: string): Promise<void> {
  await sql`delete from push_subscriptions where id::text = ${target}`;
}

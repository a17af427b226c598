/** What the product measures of itself. */
import type { Person } from '../domain/app.ts';
import { product_figures, type ProductFigures } from '../domain/figures.ts';
import { wilsonInterval } from '../domain/precision.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import type { Database, Sql } from './database.ts';
import { precisions } from './learning.ts';

const days_shown = 30;
/** A rate with fewer cases is not shown. */
const cases_min = 10;

/** What a person would have needed to notice, gather, write and send it by hand: our estimate, not a measurement. */
const minutes_saved = { email: 12, slack_dm: 6, api_call: 8 } as const;

export async function productFigures({ sql }: Pick<Database, 'sql'>, org_id: string): Promise<ProductFigures> {
  const none = { value: null, n: 0, lower: null, upper: null };
  return product_figures.parse({
    precision: await precisions(sql, org_id),
    decision_seconds: await decisionSeconds(sql, org_id),
    per_day: await perDay(sql, org_id),
    hours_saved: await hoursSaved(sql, org_id),
    escalation_accuracy: await escalationAccuracy(sql, org_id),
    reply_rate: none,
    meeting_rate: none,
    ritual_share_of_sessions: none,
    latency_ms: { stream: null, widgets: null },
  });
}

/** Notes that a person has the card in front of them; only the first time counts, and only while it waits. */
export async function noteOpening(sql: Sql, { org_id, user_id }: Person, proposal_id: string): Promise<void> {
  const [found] = isUuid(proposal_id)
    ? await sql`
        with card as (select org_id, id, status from proposals where org_id = ${org_id} and id = ${proposal_id}), opening as (
          insert into openings (org_id, proposal_id, user_id) select org_id, id, ${user_id} from card where status = 'pending'
          on conflict do nothing)
        select id from card`
    : [];
  if (found === undefined) throw new Problem('not_found', `There is no proposal ${proposal_id}.`);
}

async function decisionSeconds(sql: Sql, org_id: string): Promise<ProductFigures['decision_seconds']> {
  const [row] = await sql<ProductFigures['decision_seconds']>`
    select count(*)::int as n, percentile_cont(0.5) within group (order by seconds) as median, percentile_cont(0.95) within group (order by seconds) as p95
    from (
      select extract(epoch from d.decided_at - o.opened_at)::float8 as seconds
      from decisions d join openings o on o.proposal_id = d.proposal_id and o.user_id = d.decided_by
      where d.org_id = ${org_id} and d.decided_at >= o.opened_at
    ) taken`;
  return row ?? { n: 0, median: null, p95: null };
}

async function perDay(sql: Sql, org_id: string): Promise<ProductFigures['per_day']> {
  return sql<ProductFigures['per_day'][number]>`
    select to_char(day, 'YYYY-MM-DD') as day, coalesce(opened, 0)::int as opened, coalesce(approved, 0)::int as approved, coalesce(rejected, 0)::int as rejected
    from generate_series(date_trunc('day', now() at time zone 'UTC') - ${days_shown - 1} * interval '1 day', now() at time zone 'UTC', interval '1 day') day
    left join (
      select date_trunc('day', created_at at time zone 'UTC') as day, count(*) as opened from proposals where org_id = ${org_id} group by 1
    ) made using (day)
    left join (
      select date_trunc('day', decided_at at time zone 'UTC') as day, count(*) filter (where decision = 'approve') as approved,
        count(*) filter (where decision = 'reject') as rejected
      from decisions where org_id = ${org_id} and undone_at is null group by 1
    ) decided using (day)
    order by day`;
}

async function hoursSaved(sql: Sql, org_id: string): Promise<ProductFigures['hours_saved']> {
  const rows = await sql<{ action_type: keyof typeof minutes_saved; n: number }>`
    select action_type, count(*)::int as n from proposals where org_id = ${org_id} and status = 'executed' group by 1`;
  const minutes = rows.reduce((sum, { action_type, n }) => sum + minutes_saved[action_type] * n, 0);
  return {
    value: Math.round((minutes / 60) * 10) / 10,
    n: rows.reduce((sum, { n }) => sum + n, 0),
    method: `An estimate: each executed action counts as the time it takes by hand (email ${minutes_saved.email}, Slack message ${minutes_saved.slack_dm}, provider call ${minutes_saved.api_call} minutes).`,
  };
}

async function escalationAccuracy(sql: Sql, org_id: string): Promise<ProductFigures['escalation_accuracy']> {
  const [row] = await sql<{ n: number; approved: number }>`
    select count(*)::int as n, count(*) filter (where d.decision = 'approve')::int as approved
    from decisions d join proposals p on p.id = d.proposal_id
    where d.org_id = ${org_id} and d.undone_at is null and p.urgency = 'critical' and p.basis is not null`;
  const { n, approved } = row ?? { n: 0, approved: 0 };
  const [lower, upper] = wilsonInterval(approved, n);
  return n < cases_min ? { value: null, n, lower: null, upper: null } : { value: approved / n, n, lower, upper };
}

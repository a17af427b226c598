/** What asked for attention and got none of its own: joined to a card that was there, held back, or ignored with the reason. */
import { action_types } from '../domain/action.ts';
import { attention_ledger, type AttentionLedger } from '../domain/inbox.ts';
import { vertical_names } from '../domain/words.ts';
import type { Database, Sql } from './database.ts';

/** So many of the newest events are looked at: however busy an organisation is, the answer takes a second at most. */
const events_max = 50_000;
/** Of each kind the largest groups are listed; the totals count all. */
const groups_max = 50;

/** Where a period holds more events than are looked at, `since` says how far back they reach. */
export async function attentionLedger(db: Pick<Database, 'tx'>, org_id: string, { days }: { days: number }): Promise<AttentionLedger> {
  return db.tx(async (sql) => {
    // Whoever reads several figures together wants them of one moment.
    await sql`set transaction isolation level repeatable read read only`;
    const since = await beginning(sql, org_id, days);
    const [totals] = await sql<Totals>`
      select count(*)::int as events,
        (select count(*)::int from proposals where org_id = ${org_id} and created_at >= ${since}::timestamptz) as cards
      from events where org_id = ${org_id} and received_at >= ${since}::timestamptz`;
    const joined = await joinedBy(sql, org_id, since);
    const quiet = await quietOf(sql, org_id, since);
    const held_back = quiet.filter(({ held }) => held);
    const ignored = quiet.filter(({ held }) => !held);
    return attention_ledger.parse({
      since: since.toISOString(),
      ...totals,
      joined: joined.map(listed),
      joined_events: joined[0]?.total ?? 0,
      held_back: held_back.map(listed),
      held_back_events: held_back[0]?.total ?? 0,
      ignored: ignored.map(listed),
      ignored_events: ignored[0]?.total ?? 0,
    });
  });
}

/** What its schema does not name is left out there. */
function listed<Group extends { newest_at: Date }>(group: Group) {
  return { ...group, newest_at: group.newest_at.toISOString() };
}

interface Totals {
  events: number;
  cards: number;
}

async function beginning(sql: Sql, org_id: string, days: number): Promise<Date> {
  const [row] = await sql<{ since: Date }>`
    select greatest(now() - ${days} * interval '1 day', (
      select received_at from events where org_id = ${org_id} order by received_at desc, id offset ${events_max} limit 1)) as since`;
  if (row === undefined) throw new Error('the clock returned no row');
  return row.since;
}

interface Joined {
  proposal_id: string;
  title: string;
  events: number;
  newest_at: Date;
  total: number;
}

/** Cards with how many events joined them after the one that made each, the most first. */
async function joinedBy(sql: Sql, org_id: string, since: Date): Promise<Joined[]> {
  return sql<Joined>`
    with joined as (
      select j.proposal_id, count(*)::int as events, max(j.joined_at) as newest_at
      from proposal_events j join events e on e.id = j.event_id
      where e.org_id = ${org_id} and e.received_at >= ${since}::timestamptz and j.role = 'evidence' group by 1)
    select j.proposal_id, p.title, made.joined as events, j.newest_at, (sum(made.joined) over ())::int as total
    from joined j join proposals p on p.id = j.proposal_id and p.org_id = ${org_id},
      lateral (select j.events - exists (
        select from events first where first.id = p.event_id and first.received_at >= ${since}::timestamptz)::int as joined) made
    where made.joined > 0 order by made.joined desc, j.newest_at desc, j.proposal_id limit ${groups_max}`;
}

interface Quiet {
  held: boolean;
  source: string;
  type: string;
  reason: string;
  events: number;
  newest_at: Date;
  event_id: string;
  total: number;
}

/** Events that made nothing, alike ones together: numbers in their reasons do not tell them apart. What was held back is alike by its reason alone. */
async function quietOf(sql: Sql, org_id: string, since: Date): Promise<Quiet[]> {
  return sql<Quiet>`
    with quiet as (
      select id, source, type, received_at, coalesce(nullif(reason, ''), 'No reason was noted.') as reason,
        coalesce(reason, '') ~ ${held_back_reason} as held
      from events where org_id = ${org_id} and received_at >= ${since}::timestamptz and status = 'ignored'
    ), alike as (
      select held, case when held then '' else source end as source, case when held then '' else type end as type,
        max(reason) as reason, count(*)::int as events, max(received_at) as newest_at, (array_agg(id order by received_at desc))[1] as event_id
      from quiet group by 1, 2, 3, translate(reason, '0123456789', '')
    )
    select * from (
      select *, (sum(events) over (partition by held))::int as total,
        row_number() over (partition by held order by events desc, newest_at desc) as place
      from alike) ranked
    where place <= ${groups_max} order by held, place`;
}

/** A procedure, or one of its types, that people have switched off; unlike a source that is not listened to, it would have made a card. */
const held_back_reason = `(^|; )(${[...action_types, ...Object.values(vertical_names)].join('|')}) is switched off`;

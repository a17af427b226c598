/** What events said is removed when it is older than an organisation keeps it. That they were there, and what came of them, stays. */
import { open_statuses } from '../domain/proposal.ts';
import type { Sql } from './database.ts';

/** Enough for every arriving event to make room for more than itself, and little enough to take no time. */
const batch_rows_max = 100;

/** Removes some of it, the oldest first, and returns of how many. What an open card rests on stays. */
export async function forgetOldEvents(sql: Sql, org_id: string, days: number): Promise<number> {
  const forgotten = await sql`
    with old as (
      select e.id from events e
      where e.org_id = ${org_id} and e.redacted_at is null and e.received_at < now() - ${days} * interval '1 day' and e.status <> 'received'
        and not exists (
          select from proposal_events j join proposals p on p.id = j.proposal_id where j.event_id = e.id and p.status = any(${[...open_statuses]}))
      order by e.received_at limit ${batch_rows_max} for no key update skip locked
    )
    update events set payload_json = '{}', redacted_at = now() from old where events.id = old.id returning events.id`;
  return forgotten.length;
}

import type { InboxCounts } from '../domain/inbox.ts';
import type { Database } from './database.ts';

/** How many wait for somebody now, and what else a person may have to look at. What was put off is counted apart. */
export async function inboxCounts(db: Pick<Database, 'sql'>, org_id: string): Promise<InboxCounts> {
  const [counts] = await db.sql<InboxCounts>`
    select
      count(*) filter (where status = 'pending' and not 'snoozed' = any(flags))::int as pending,
      count(*) filter (where status = 'pending' and urgency = 'critical' and not 'snoozed' = any(flags))::int as critical,
      count(*) filter (where status = 'pending' and 'snoozed' = any(flags))::int as snoozed,
      count(*) filter (where status = 'failed')::int as failed,
      count(*) filter (where status = 'unknown')::int as unknown,
      count(*) filter (where status = 'pending' and 'blocked_by_policy' = any(flags))::int as blocked
    from proposals where org_id = ${org_id} and status in ('pending', 'failed', 'unknown')`;
  if (counts === undefined) throw new Error('counting returned no row');
  return counts;
}

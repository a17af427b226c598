/**
 * Whom each change concerns, found out once. The audit is the list of changes, in commit order and without gaps,
 * so "up to which row" is all there is to remember, and any replica goes on where the last one stopped.
 */
import type { Database, Sql } from './database.ts';
import { planNotices } from './notices.ts';
import { planDeliveries } from './webhook-deliveries.ts';

const batch_rows = 1_000;

/** The organisations in which anybody or anything wants to be told. */
export async function tellingOrganisations(sql: Sql): Promise<string[]> {
  const rows = await sql<{ org_id: string }>`
    select org_id from notice_preferences where mail <> 'none' or push <> 'none'
    union select org_id from webhook_endpoints where disabled_at is null`;
  return rows.map(({ org_id }) => org_id);
}

/** Whoever is the first to be told hears of what comes, not of what was: comes before their wish is stored. */
export async function startTelling(sql: Sql, org_id: string): Promise<void> {
  await sql`
    insert into notice_progress (org_id, planned_seq) select ${org_id}, coalesce((select seq from audit_heads where org_id = ${org_id}), 0)
    on conflict (org_id) do update set planned_seq = excluded.planned_seq
    where not exists (select from notice_preferences where org_id = ${org_id} and (mail <> 'none' or push <> 'none'))
      and not exists (select from webhook_endpoints where org_id = ${org_id} and disabled_at is null)`;
}

/** Plans for the next rows of the audit. True when there may be more of them. */
export async function planNext(db: Pick<Database, 'tx'>, org_id: string, public_url: string): Promise<boolean> {
  return db.tx(async (sql) => {
    const [progress] = await sql<{ planned_seq: string }>`
      select planned_seq from notice_progress where org_id = ${org_id} for update`;
    if (progress === undefined) return false;
    const [range] = await sql<{ last: string | null; rows: number }>`
      select max(seq) as last, count(*)::int as rows from (
        select seq from audit where org_id = ${org_id} and seq > ${progress.planned_seq} order by seq limit ${batch_rows}) next`;
    if (range === undefined || range.last === null) return false;
    const rows = { org_id, after: progress.planned_seq, last: range.last };
    await planNotices(sql, rows);
    await planDeliveries(sql, rows, public_url);
    await sql`update notice_progress set planned_seq = ${range.last} where org_id = ${org_id}`;
    return range.rows === batch_rows;
  });
}

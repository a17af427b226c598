/** What a replay found, on its way from the worker to the web process. It may name people: it is kept until it is read, a day at most. */
import type { HandleEventInput } from '../domain/contract.ts';
import { replay_result, type ReplayResult } from '../domain/wire/replay.ts';
import type { Database } from './database.ts';

const kept_days_max = 1;

/** Resolves to its id. What nobody came for is removed at the next occasion. */
export async function storeReplay(
  db: Pick<Database, 'sql'>,
  { org_id, event_id }: HandleEventInput,
  result: ReplayResult,
): Promise<string> {
  const [row] = await db.sql<{ id: string }>`
    with forgotten as (delete from replays where org_id = ${org_id} and created_at < now() - ${kept_days_max} * interval '1 day')
    insert into replays (org_id, event_id, result) values (${org_id}, ${event_id}, ${JSON.stringify(result)}) returning id`;
  if (row === undefined) throw new Error('the insert of a replay returned no row');
  return row.id;
}

/** Takes it out. */
export async function takeReplay(db: Pick<Database, 'sql'>, org_id: string, id: string): Promise<ReplayResult> {
  const [row] = await db.sql`delete from replays where org_id = ${org_id} and id = ${id} returning result`;
  if (row === undefined) throw new Error(`the replay ${id} is gone before it was read`);
  return replay_result.parse(row.result);
}

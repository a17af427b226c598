/** What has been taken back, and what still can be. */
import { readAction } from '../domain/action.ts';
import { compensationOf } from '../domain/compensation.ts';
import type { Json } from '../domain/text.ts';
import type { Sql } from './database.ts';
import { followAgain } from './slack-messages.ts';

export interface TakenBack {
  proposal_id: string;
  execution_id: string;
}

/** Once what takes a proposal back is done, what it takes back counts as rolled back. It changes nothing for any other. */
export async function noteRolledBack(sql: Sql, id: string): Promise<TakenBack | null> {
  const [original] = await sql<TakenBack>`
    update executions e set status = 'rolled_back' from proposals p
    where p.id = ${id} and e.proposal_id = p.compensates and e.org_id = p.org_id and e.status = 'succeeded'
    returning e.proposal_id, e.id as execution_id`;
  if (original === undefined) return null;
  await followAgain(sql, original.proposal_id);
  return original;
}

/** How a proposal stands to its rollback, for showing it. */
export interface RollbackState {
  /** Whether it can be asked for now. */
  possible: boolean;
  /** The proposal that takes it back, when there is one that still stands. */
  proposal_id: string | null;
  done: boolean;
}

interface StateRow {
  id: string;
  action_type: string;
  operation: string | null;
  payload: Json;
  result: Json;
  status: string;
  replaced_sha: string | null;
  by: string | null;
}

export async function rollbackStates(sql: Sql, ids: string[]): Promise<Map<string, RollbackState>> {
  if (ids.length === 0) return new Map();
  const rows = await sql<StateRow>`
    select p.id, p.action_type, p.operation, p.payload, e.result, e.status, d.data ->> 'sha' as replaced_sha, c.id as by
    from proposals p join executions e on e.proposal_id = p.id and e.version = p.version and e.status in ('succeeded', 'rolled_back')
      left join provider_objects d on d.org_id = p.org_id and d.source = 'github' and d.kind = 'deployment'
        and d.object_id = p.basis ->> 'newest_deployment'
      left join proposals c on c.compensates = p.id and c.status not in ('rejected', 'expired', 'superseded')
    where p.id = any(${ids}::uuid[]) and p.status = 'executed'`;
  return new Map(
    rows.map((row) => {
      const action = readAction(row);
      const possible = row.by === null && row.status === 'succeeded' && action !== null && compensationOf(action, row) !== null;
      return [row.id, { possible, proposal_id: row.by, done: row.status === 'rolled_back' }];
    }),
  );
}

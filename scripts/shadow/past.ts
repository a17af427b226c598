/** A database whose clock is set by hand, so that everything in it happens when it once did, under the ids it once had. */
import pg from 'pg';

import type { PastEvent, PastFact, PastProposal, Rows } from './history.ts';

export interface Past {
  /** Copies rows as they are. */
  fill(tables: { [table: string]: Rows }): Promise<void>;
  /** It is now the moment this event came in, and the next event that is stored is this one. */
  becomes(event: Pick<PastEvent, 'id' | 'received_at'>): Promise<void>;
  /** An owner tells this. */
  tell(fact: PastFact): Promise<void>;
  /** Cards that wait longer than they may are gone. */
  expire(): Promise<void>;
  /** What really was decided ends the card of the same incident here. */
  close(proposal: PastProposal): Promise<void>;
  end(): Promise<void>;
}

export async function openPast(database_url: string): Promise<Past> {
  const owner = new pg.Client({ connectionString: database_url });
  await owner.connect();
  await owner.query(set_up);
  return {
    async fill(tables) {
      for (const [table, rows] of Object.entries(tables)) {
        const columns = Object.keys(rows[0] ?? {}).map((name) => owner.escapeIdentifier(name));
        if (columns.length === 0) continue;
        await owner.query(
          `insert into ${table} (${columns.join()}) select ${columns.join()} from jsonb_populate_recordset(null::${table}, $1)`,
          [JSON.stringify(rows)],
        );
      }
    },
    async becomes({ id, received_at }) {
      await owner.query('update shadow_clock set moment = $1, event_id = $2', [received_at, id]);
    },
    async tell({ org_id, kind, key, data, as_of, actor_id }) {
      await owner.query('insert into context_facts (org_id, kind, key, data, as_of, actor_id) values ($1, $2, $3, $4, $5, $6)', [
        ...[org_id, kind, key, JSON.stringify(data), as_of, actor_id],
      ]);
    },
    async expire() {
      await owner.query(`update proposals set status = 'expired', closed_at = expires_at where status = 'pending' and expires_at <= now()`);
    },
    async close({ id, org_id, subject, action_type, operation, status, closed_at }) {
      await owner.query(
        `update proposals set status = $1, closed_at = $2
         where status in ('pending', 'approved', 'failed', 'unknown') and created_at <= $2
           and (id = $3 or (org_id = $4 and subject = $5 and action_type = $6 and operation is not distinct from $7))`,
        [status, closed_at, id, org_id, subject, action_type, operation],
      );
    },
    end: () => owner.end(),
  };
}

/** What is named without a schema is looked for in `public` first, so that our now() is everybody's. */
const set_up = `
  create table shadow_clock (moment timestamptz not null, event_id uuid not null);
  insert into shadow_clock values ('epoch', gen_random_uuid());
  grant select on shadow_clock to public;
  create function public.now() returns timestamptz language sql stable as 'select moment from public.shadow_clock';
  create function public.shadow_event() returns uuid language sql stable as 'select event_id from public.shadow_clock';
  alter table events alter column received_at set default public.now(), alter column id set default public.shadow_event();
  delete from organisations;
  do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$;
  set search_path = public, pg_catalog;
`;

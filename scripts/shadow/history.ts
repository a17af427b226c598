/** What the instance has stored: read in one read-only snapshot, so that nothing can be written and nothing moves meanwhile. */
import pg from 'pg';

import type { EventSource } from '../../domain/event.ts';
import type { StoredSettings } from '../../domain/setting-registry.ts';
import type { Json } from '../../domain/text.ts';

export interface PastEvent {
  id: string;
  org_id: string;
  source: EventSource;
  type: string;
  occurred_at: Date;
  received_at: Date;
  subject: string | null;
  payload: Json;
  actor_id: string | null;
  /** Why no procedure was asked when it came in; null when one was. */
  ignored: string | null;
}

/** A fact as an owner told it last; what it replaced is not kept anywhere. */
export interface PastFact {
  org_id: string;
  kind: string;
  key: string;
  data: { [key: string]: Json };
  as_of: Date;
  actor_id: string;
}

/** A proposal that really was made, and what became of it. */
export interface PastProposal {
  id: string;
  org_id: string;
  subject: string;
  action_type: string;
  operation: string | null;
  status: string;
  created_at: Date;
  closed_at: Date | null;
  edited: boolean;
  decision: 'approve' | 'reject' | null;
  decided_by: string | null;
  decided_at: Date | null;
  feedback: string | null;
}

export type Rows = { [column: string]: Json }[];

export interface History {
  now(): Promise<Date>;
  /** Organisations, people and who is who, as rows of the tables of these names. */
  people(): Promise<{ [table: string]: Rows }>;
  facts(): Promise<PastFact[]>;
  /** What the first organisation has otherwise than by default. */
  settings(): Promise<StoredSettings>;
  proposals(vertical: string): Promise<PastProposal[]>;
  /** In the order of their arrival. */
  events(): AsyncGenerator<PastEvent>;
  close(): Promise<void>;
}

const page_rows = 200;

export async function openHistory(database_url: string): Promise<History> {
  const client = new pg.Client({ connectionString: database_url, options: '-c default_transaction_read_only=on' });
  await client.connect();
  await client.query('begin transaction isolation level repeatable read read only');
  const rowsOf = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await client.query<Row>(text, values)).rows;
  const copyOf = async (table: string, columns: string) =>
    (await rowsOf<{ row: Rows[number] }>(`select to_jsonb(t) as row from (select ${columns} from ${table}) t`)).map(({ row }) => row);

  return {
    now: async () => (await rowsOf<{ now: Date }>('select now()'))[0]?.now ?? new Date(),
    people: async () => ({
      organisations: await copyOf('organisations', 'id, name, created_at'),
      '"user"': await copyOf('"user"', 'id, name, email'),
      members: await copyOf('members', 'org_id, user_id, role, created_at'),
      slack_links: await copyOf('slack_links', 'team_id, slack_user_id, org_id, user_id, linked_at'),
    }),
    facts: () => rowsOf<PastFact>('select org_id, kind, key, data, as_of, actor_id from context_facts order by as_of'),
    async settings() {
      // An instance that has not been started since the table came has changed nothing.
      const [there] = await rowsOf<{ there: boolean }>(`select to_regclass('settings') is not null as there`);
      if (there?.there !== true) return {};
      const [row] = await rowsOf<{ stored: StoredSettings }>(
        `select coalesce(jsonb_object_agg(key, value), '{}') as stored from settings
         where org_id = (select id from organisations order by created_at, id limit 1)`,
      );
      return row?.stored ?? {};
    },
    proposals: (vertical) =>
      rowsOf<PastProposal>(
        `select p.id, p.org_id, p.subject, p.action_type, p.operation, p.status, p.created_at, p.closed_at, 'edited' = any(p.flags) as edited,
           d.decision, coalesce(u.email, d.decided_by) as decided_by, d.decided_at, d.feedback
         from proposals p
         left join lateral (select * from decisions where proposal_id = p.id and undone_at is null order by decided_at desc limit 1) d on true
         left join "user" u on u.id = d.decided_by
         where p.vertical = $1 and p.basis is not null order by p.created_at, p.id`,
        [vertical],
      ),
    async *events() {
      let after: [Date, string] = [new Date(0), '00000000-0000-0000-0000-000000000000'];
      for (;;) {
        // An event is settled later than it is stored, unless it was ignored at the door.
        const page = await rowsOf<PastEvent>(
          `select id, org_id, source, type, occurred_at, received_at, subject, payload_json as payload, actor_id,
             case when status = 'ignored' and processed_at = received_at then reason end as ignored
           from events where source <> 'agent' and (received_at, id) > ($1, $2) order by received_at, id limit ${page_rows}`,
          after,
        );
        yield* page;
        const last = page.at(-1);
        if (last === undefined) return;
        after = [last.received_at, last.id];
      }
    },
    close: () => client.end(),
  };
}

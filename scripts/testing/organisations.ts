/** A second organisation in the same database, with an owner of its own. */
import { randomUUID } from 'node:crypto';

import { hashPassword } from 'better-auth/crypto';

import { addOwner, setPassword } from '../../prisma/people.ts';
import type { Database } from '../../prisma/database.ts';
import { asOwner } from './database.ts';

export interface Newcomer {
  org_id: string;
  user_id: string;
  email: string;
  password: string;
}

export async function addOrganisation({ db, database_url }: { db: Database; database_url: string }, name = 'Elsewhere'): Promise<Newcomer> {
  const { rows } = await asOwner(database_url, 'insert into organisations (name) values ($1) returning id', [name]);
  const org_id = String(rows[0].id);
  const person = { org_id, user_id: randomUUID(), email: `${name.toLowerCase()}@example.org`, password: 'a test needs no secret' };
  const hash = await hashPassword(person.password);
  await db.tx(async (sql) => {
    await addOwner(sql, org_id, { ...person, name });
    await setPassword(sql, person.user_id, hash);
  });
  return person;
}

/** What changes without anybody's doing: when somebody was last here, and how an endpoint's deliveries go. */
const by_itself = ['last_used_at', 'last_seen_at', 'failing_since', 'failures', 'rests_until'];

/** A digest of everything else that an organisation has, by table: two that are equal mean that nothing was changed. */
export async function stateOf(database_url: string, org_id: string): Promise<Record<string, string>> {
  const { rows } = await asOwner(
    database_url,
    `select c.table_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and c.column_name = 'org_id' and t.table_type = 'BASE TABLE' order by 1`,
  );
  const state: Record<string, string> = {};
  for (const { table_name } of rows) {
    const { rows: found } = await asOwner(
      database_url,
      `select count(*) || ' ' || md5(coalesce(string_agg(said, '|' order by said), '')) as digest
       from (select (to_jsonb(t) - $2::text[])::text as said from "${table_name}" t where org_id = $1) rows`,
      [org_id, by_itself],
    );
    state[table_name] = found[0].digest;
  }
  return state;
}

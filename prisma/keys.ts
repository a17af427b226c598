/** API keys: only their hash is stored. */
import { z } from 'zod';

import { roles, type Person } from '../domain/app.ts';
import { sha256 } from '../domain/seal.ts';
import { normaliseText } from '../domain/text.ts';
import { key_view, type KeyRequest, type KeyView } from '../domain/wire/key.ts';
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import { refuseFormer } from './members.ts';

export interface KeyHolder {
  key_id: string;
  kind: 'personal' | 'agent';
  /** The member who made the key; it is good for as long as they are one. */
  person: Person;
}

const holder_row = z.object({
  key_id: z.string(),
  kind: z.enum(['personal', 'agent']),
  user_id: z.string(),
  org_id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
});

/** When the key was last used is noted at most once a minute, so that a busy key does not write with every call. */
export async function holderOfKey(db: Pick<Database, 'sql'>, key: string): Promise<KeyHolder | null> {
  const [row] = await db.sql`
    with found as (
      select k.id as key_id, k.kind, k.last_used_at, u.id as user_id, m.org_id, u.name, u.email, m.role
      from api_keys k join members m on m.org_id = k.org_id and m.user_id = k.user_id join "user" u on u.id = k.user_id
      where k.key_hash = ${sha256(key)} and k.revoked_at is null
    ), used as (
      update api_keys set last_used_at = now() from found
      where api_keys.id = found.key_id and (found.last_used_at is null or found.last_used_at < now() - interval '1 minute')
    )
    select * from found`;
  if (row === undefined) return null;
  const { key_id, kind, ...person } = holder_row.parse(row);
  return { key_id, kind, person };
}

export async function createKey(db: Database, person: Person, { name, kind }: KeyRequest, key: string): Promise<KeyView> {
  return db.tx(async (sql) => {
    await refuseFormer(sql, person, kind === 'agent' ? ['owner'] : ['owner', 'ops_lead']);
    const [row] = await sql<KeyRow>`
      insert into api_keys (org_id, user_id, name, kind, key_hash) values (${person.org_id}, ${person.user_id}, ${normaliseText(name)}, ${kind}, ${sha256(key)})
      returning id, name, kind, created_at, last_used_at`;
    if (row === undefined) throw new Error('the insert of a key returned no row');
    await appendAudit(sql, entry(person, { key: 'created', key_id: row.id, kind }));
    return toView(row);
  });
}

/** A person's own keys; an owner sees the organisation's. */
export async function listKeys(db: Pick<Database, 'sql'>, person: Person): Promise<KeyView[]> {
  const rows = await db.sql<KeyRow>`
    select id, name, kind, created_at, last_used_at from api_keys
    where org_id = ${person.org_id} and revoked_at is null and (user_id = ${person.user_id} or ${person.role} = 'owner')
    order by created_at, id`;
  return rows.map(toView);
}

/** False when there is no such key that this person may revoke. */
export async function revokeKey(db: Database, person: Person, key_id: string): Promise<boolean> {
  return db.tx(async (sql) => {
    const revoked = await sql`
      update api_keys set revoked_at = now()
      where id = ${key_id} and org_id = ${person.org_id} and revoked_at is null and (user_id = ${person.user_id} or ${person.role} = 'owner')
      returning id`;
    if (revoked.length === 1) await appendAudit(sql, entry(person, { key: 'revoked', key_id }));
    return revoked.length === 1;
  });
}

interface KeyRow {
  id: string;
  name: string;
  kind: string;
  created_at: Date;
  last_used_at: Date | null;
}

function toView({ created_at, last_used_at, ...row }: KeyRow): KeyView {
  return key_view.parse({ ...row, created_at: created_at.toISOString(), last_used_at: last_used_at?.toISOString() ?? null });
}

function entry({ org_id, user_id }: Person, metadata: Record<string, string>) {
  return { org_id, proposal_id: null, from: null, to: null, actor: { type: 'user' as const, id: user_id }, metadata };
}

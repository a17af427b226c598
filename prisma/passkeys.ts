/** The public halves of people's passkeys. */
import type { Person } from '../domain/app.ts';
import type { PasskeyView } from '../domain/people.ts';
import { normaliseText } from '../domain/text.ts';
import { noteAccountChange } from './account-notices.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';

export interface StoredPasskey {
  id: string;
  user_id: string;
  public_key: Uint8Array<ArrayBuffer>;
  counter: number;
  transports: string[];
}

export interface NewPasskey extends Omit<StoredPasskey, 'user_id'> {
  name: string;
  device_type: string;
  backed_up: boolean;
  aaguid: string;
}

export async function listPasskeys(db: Pick<Database, 'sql'>, { user_id }: Pick<Person, 'user_id'>): Promise<PasskeyView[]> {
  const rows = await db.sql<ViewRow>`
    select id, name, created_at, last_used_at from passkeys where user_id = ${user_id} order by created_at, id`;
  return rows.map(toView);
}

/** For the browser, which picks among them or refuses to make another on the same device. */
export async function credentialsOf(sql: Sql, user_id: string): Promise<Pick<StoredPasskey, 'id' | 'transports'>[]> {
  return sql<
    Pick<StoredPasskey, 'id' | 'transports'>
  >`select id, transports from passkeys where user_id = ${user_id} order by created_at, id`;
}

/** Null when the credential is registered already, by whomever. */
export async function addPasskey(db: Pick<Database, 'tx'>, person: Person, passkey: NewPasskey): Promise<PasskeyView | null> {
  const { id, name, public_key, counter, transports, device_type, backed_up, aaguid } = passkey;
  return db.tx(async (sql) => {
    const [row] = await sql<ViewRow>`
      insert into passkeys (id, user_id, name, public_key, counter, transports, device_type, backed_up, aaguid)
      values (${id}, ${person.user_id}, ${normaliseText(name)}, ${Buffer.from(public_key)}, ${counter}, ${transports}, ${device_type}, ${backed_up}, ${aaguid})
      on conflict (id) do nothing
      returning id, name, created_at, last_used_at`;
    if (row === undefined) return null;
    await noteAccountChange(sql, { ...person, kind: 'passkey_added', detail: row.name });
    await appendAudit(sql, entry(person, 'created', id));
    return toView(row);
  });
}

/** False when this person has no such passkey. */
export async function removePasskey(db: Pick<Database, 'tx'>, person: Person, id: string): Promise<boolean> {
  return db.tx(async (sql) => {
    const [removed] = await sql<{ name: string }>`delete from passkeys where id = ${id} and user_id = ${person.user_id} returning name`;
    if (removed === undefined) return false;
    await noteAccountChange(sql, { ...person, kind: 'passkey_removed', detail: removed.name });
    await appendAudit(sql, entry(person, 'removed', id));
    return true;
  });
}

/** Null too when its person is a member nowhere any more. */
export async function findPasskey(sql: Sql, id: string): Promise<StoredPasskey | null> {
  const [row] = await sql<Omit<StoredPasskey, 'public_key' | 'counter'> & { public_key: Buffer; counter: string }>`
    select id, user_id, public_key, counter, transports from passkeys p
    where id = ${id} and exists (select 1 from members m where m.user_id = p.user_id)`;
  return row === undefined ? null : { ...row, public_key: new Uint8Array(row.public_key), counter: Number(row.counter) };
}

/** Notes a use. False when the counter does not go up: then there is a copy of the passkey somewhere. Zero means that it does not count. */
export async function notePasskeyUse(
  sql: Sql,
  id: string,
  { counter, backed_up }: { counter: number; backed_up: boolean },
): Promise<boolean> {
  const noted = await sql`
    update passkeys set counter = ${counter}, backed_up = ${backed_up}, last_used_at = now()
    where id = ${id} and (counter < ${counter} or (counter = 0 and ${counter}::bigint = 0)) returning id`;
  return noted.length === 1;
}

/** Somebody may hold a copy: the owners of every organisation that its person belongs to find it in their record. */
export async function auditCopy(db: Pick<Database, 'tx'>, { id, user_id }: Pick<StoredPasskey, 'id' | 'user_id'>): Promise<void> {
  await db.tx(async (sql) => {
    const members = await sql<{ org_id: string }>`select org_id from members where user_id = ${user_id} order by org_id`;
    for (const { org_id } of members) await appendAudit(sql, entry({ org_id, user_id }, 'copy_refused', id));
  });
}

type ViewRow = { id: string; name: string; created_at: Date; last_used_at: Date | null };

function toView({ created_at, last_used_at, ...row }: ViewRow): PasskeyView {
  return { ...row, created_at: created_at.toISOString(), last_used_at: last_used_at?.toISOString() ?? null };
}

function entry(
  { org_id, user_id }: Pick<Person, 'org_id' | 'user_id'>,
  passkey: 'created' | 'removed' | 'copy_refused',
  passkey_id: string,
) {
  const actor = { type: 'user' as const, id: user_id };
  return { org_id, proposal_id: null, from: null, to: null, actor, metadata: { passkey, passkey_id } };
}

/** An organisation's settings: what was changed of them is stored, the rest is the registry's and the environment's. */
import {
  isSettingKey,
  objectionTo,
  settingsFrom,
  type SettingDefaults,
  type SettingKey,
  type Settings,
  type SettingValue,
  type StoredSettings,
} from '../domain/setting-registry.ts';
import type { Sql } from './database.ts';

export async function readSettings(sql: Sql, org_id: string, defaults: SettingDefaults = {}): Promise<Settings> {
  const [row] = await sql<{ stored: StoredSettings }>`
    select coalesce(jsonb_object_agg(key, value), '{}') as stored from settings where org_id = ${org_id}`;
  return settingsFrom(row?.stored ?? {}, defaults);
}

export interface ChangedSetting {
  value: SettingValue;
  changed_at: Date;
  changed_by: string;
  changed_by_name: string | null;
}

/** What was changed, with when and by whom. */
export async function changedSettings(sql: Sql, org_id: string): Promise<Map<SettingKey, ChangedSetting>> {
  const rows = await sql<ChangedSetting & { key: string }>`
    select s.key, s.value, s.changed_at, s.changed_by, u.name as changed_by_name
    from settings s left join "user" u on u.id = s.changed_by where s.org_id = ${org_id}`;
  // A key that a later version no longer knows is nobody's business.
  return new Map(
    rows.flatMap(({ key, ...changed }) => (isSettingKey(key) && objectionTo(key, changed.value) === null ? [[key, changed]] : [])),
  );
}

/**
 * What depends on settings while it is stored holds them `together` with all others; a change holds them `alone`. Whoever
 * holds them comes after the subjects and before every proposal, in the one order of locks.
 */
export async function holdSettings(sql: Sql, org_id: string, how: 'together' | 'alone'): Promise<void> {
  const name = `${org_id} settings`;
  if (how === 'alone') await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
  else await sql`select pg_advisory_xact_lock_shared(hashtextextended(${name}, 0))`;
}

/** The changes that wait in the inbox, by their setting. */
export async function pendingChanges(sql: Sql, org_id: string): Promise<Map<string, { proposal_id: string; to: SettingValue }>> {
  const rows = await sql<{ key: string; proposal_id: string; to: SettingValue }>`
    select payload ->> 'setting' as key, id as proposal_id, payload -> 'to' as to from proposals
    where org_id = ${org_id} and operation = 'settings.change' and status = 'pending' order by created_at`;
  return new Map(rows.map(({ key, ...pending }) => [key, pending]));
}

/** Carries out an approved change of a setting: in our own Postgres, once, and only from the value that was approved to be left. */
import { PermanentError } from '../domain/executor.ts';
import type { PayloadOf } from '../domain/operations.ts';
import {
  defaultOf,
  isSettingKey,
  objectionTo,
  type SettingDefaults,
  type SettingKey,
  type SettingValue,
} from '../domain/setting-registry.ts';
import { settingName, settingText } from '../domain/setting-words.ts';
import { appendAudit, system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { lockSubjects } from './incident.ts';
import { lockProposal, moveTo, wakeLater, type LockedProposal } from './moves.ts';
import { approvalsFor, askForApprovals, lockWaiting, tooFewFor } from './required-approvals.ts';
import { holdSettings } from './settings.ts';

export type Change = PayloadOf<'settings.change'>;

export interface ChangeOrder {
  proposal_id: string;
  idempotency_key: string;
  change: Change;
  /** What the environment has otherwise than the registry. */
  defaults: SettingDefaults;
}

/** Throws a PermanentError when the setting is another one by now, or may not be this any more. */
export async function changeSetting(db: Pick<Database, 'tx'>, order: ChangeOrder): Promise<void> {
  const { proposal_id, idempotency_key, change } = order;
  const key = keyOf(change);
  await db.tx(async (sql) => {
    const org_id = await organisationOf(sql, proposal_id);
    await lockSubjects(sql, org_id, [subjectOf(key)]);
    // Cards that are being stored ask for approvals by the old value or the new one, and none is missed below.
    await holdSettings(sql, org_id, 'alone');
    if (await isDone(sql, order)) return;
    const rivals = await lockChangesOf(sql, org_id, key);
    const row = await lockProposal(sql, org_id, proposal_id);
    refuseOtherSubject(row, key);
    await refuseOtherValue(sql, org_id, key, order);
    await refuseTooFew(sql, org_id, key, change.to);
    const type = approvalsFor(key);
    if (type !== null) await lockWaiting(sql, org_id, type);
    await sql`
      insert into settings (org_id, key, value, changed_by, proposal_id)
      select ${org_id}, ${key}, ${JSON.stringify(change.to)}, decided_by, ${proposal_id} from decisions
      where proposal_id = ${proposal_id} and version = ${row.version} and decision = 'approve' and undone_at is null
      order by decided_at desc, id limit 1
      on conflict (org_id, key) do update
        set value = excluded.value, changed_at = now(), changed_by = excluded.changed_by, proposal_id = excluded.proposal_id`;
    const asked = type === null ? [] : await askForApprovals(sql, org_id, type);
    const metadata = { version: row.version, setting: key, changed: idempotency_key };
    await appendAudit(sql, { org_id, proposal_id, from: row.status, to: row.status, actor: system_actor, metadata });
    for (const entry of asked) await appendAudit(sql, entry);
    const waiting = rivals.filter(({ id, status }) => id !== proposal_id && status === 'pending');
    for (const { id } of waiting) await withdrawRival(sql, await lockProposal(sql, org_id, id), key, change.to);
  });
}

/** Whether this order has been carried out: its audit row, which nobody can take away, says so. */
export async function isDone(
  sql: Sql,
  { proposal_id, idempotency_key }: Pick<ChangeOrder, 'proposal_id' | 'idempotency_key'>,
): Promise<boolean> {
  const rows = await sql`select 1 from audit where proposal_id = ${proposal_id} and metadata ->> 'changed' = ${idempotency_key} limit 1`;
  return rows.length > 0;
}

/** What a card that asks for a change is about. */
export function subjectOf(key: SettingKey): string {
  return `settings:${key}`;
}

function keyOf({ setting }: Change): SettingKey {
  if (!isSettingKey(setting)) throw new PermanentError(`There is no setting ${setting} any more.`);
  return setting;
}

async function organisationOf(sql: Sql, proposal_id: string): Promise<string> {
  const [row] = await sql<{ org_id: string }>`select org_id from proposals where id = ${proposal_id}`;
  if (row === undefined) throw new PermanentError('The proposal of this change is gone.');
  return row.org_id;
}

/** The setting stands in the payload, which a person may have edited: the card was read as one about its subject. */
function refuseOtherSubject(row: LockedProposal, key: SettingKey): void {
  if (row.vertical === 'settings' && (row.subject === subjectOf(key) || row.subject.startsWith('rollback:'))) return;
  throw new PermanentError(`The card is about another setting than ${key}. Ask for the change of that one.`);
}

async function refuseOtherValue(sql: Sql, org_id: string, key: SettingKey, { change, defaults }: ChangeOrder): Promise<void> {
  const now = await currentValue(sql, org_id, key, defaults);
  if (now !== change.from)
    throw new PermanentError(
      `${settingName(key)} is ${settingText(key, now)} by now, not ${settingText(key, change.from)}, so nothing was changed. Ask for the change again.`,
    );
  const objection = objectionTo(key, change.to);
  if (objection !== null) throw new PermanentError(`${settingName(key)} ${objection}, so nothing was changed.`);
}

/** Whoever was asked for approvals may have left since, and the value may have been edited. */
async function refuseTooFew(sql: Sql, org_id: string, key: SettingKey, to: SettingValue): Promise<void> {
  const too_few = await tooFewFor(sql, org_id, key, to);
  if (too_few !== null) throw new PermanentError(`Nothing was changed: ${too_few}`);
}

/** As stored, else as the environment has it. */
export async function currentValue(sql: Sql, org_id: string, key: SettingKey, defaults: SettingDefaults): Promise<SettingValue> {
  const [row] = await sql<{ value: SettingValue }>`select value from settings where org_id = ${org_id} and key = ${key}`;
  return row !== undefined && objectionTo(key, row.value) === null ? row.value : defaultOf(key, defaults);
}

/** Every card that would change this setting and still waits, and the one that is running. */
async function lockChangesOf(sql: Sql, org_id: string, key: SettingKey): Promise<{ id: string; status: string }[]> {
  return sql<{ id: string; status: string }>`
    select id, status from proposals
    where org_id = ${org_id} and operation = 'settings.change' and payload ->> 'setting' = ${key} and status in ('pending', 'approved')
    order by id for update`;
}

/** It was asked for while the setting was something else. One that is approved finds that out by itself. */
async function withdrawRival(sql: Sql, row: LockedProposal, key: SettingKey, to: SettingValue): Promise<void> {
  await moveTo(sql, row, 'superseded', {
    actor: system_actor,
    metadata: { reason: 'the setting was changed otherwise' },
    notes: [`${settingName(key)} was changed to ${settingText(key, to)} meanwhile. Ask again if it should be another.`],
  });
  await wakeLater(sql, row, 'dispatcher');
}

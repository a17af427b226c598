/** Who wants to be told from which urgency on, and on which devices. Until somebody says so, nobody is told anything. */
import { z } from 'zod';

import type { Person } from '../domain/app.ts';
import { notice_preferences, type NoticePreferences, type PushDevice, type PushSubscription } from '../domain/notices.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { startTelling } from './telling.ts';

const defaults: NoticePreferences = { mail: 'none', push: 'none', content_free: false };
/** A person has a phone, a tablet and some browsers. */
const devices_max = 20;

export async function readPreferences(sql: Sql, { org_id, user_id }: Person): Promise<NoticePreferences> {
  const [row] = await sql`
    select mail, push, content_free from notice_preferences where org_id = ${org_id} and user_id = ${user_id}`;
  return row === undefined ? defaults : notice_preferences.parse(row);
}

export async function setPreferences(db: Database, person: Person, wanted: Partial<NoticePreferences>): Promise<NoticePreferences> {
  return db.tx(async (sql) => {
    const next = { ...(await readPreferences(sql, person)), ...definedOf(wanted) };
    if (next.mail !== 'none' || next.push !== 'none') await startTelling(sql, person.org_id);
    await sql`
      insert into notice_preferences (org_id, user_id, mail, push, content_free)
      values (${person.org_id}, ${person.user_id}, ${next.mail}, ${next.push}, ${next.content_free})
      on conflict (org_id, user_id) do update set mail = excluded.mail, push = excluded.push, content_free = excluded.content_free`;
    await appendAudit(sql, entry(person, { notice_preferences: next }));
    return next;
  });
}

/** The same browser again changes its keys, and whoever uses it now is told there. */
export async function addDevice(db: Database, person: Person, { endpoint, keys }: PushSubscription, device: string): Promise<PushDevice> {
  return db.tx(async (sql) => {
    const [{ count } = { count: 0 }] = await sql<{ count: number }>`
      select count(*)::int as count from push_subscriptions
      where org_id = ${person.org_id} and user_id = ${person.user_id} and endpoint <> ${endpoint}`;
    if (count >= devices_max) throw new Problem('bad_request', `At most ${devices_max} devices. Remove one that you do not use.`);
    const [row] = await sql<DeviceRow>`
      insert into push_subscriptions (org_id, user_id, session_id, endpoint, p256dh, auth, device)
      values (${person.org_id}, ${person.user_id}, ${person.session_id ?? null}, ${endpoint}, ${keys.p256dh}, ${keys.auth}, ${device})
      on conflict (endpoint) do update set org_id = excluded.org_id, user_id = excluded.user_id, session_id = excluded.session_id,
        p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device
      returning id, device, created_at, encode(sha256(convert_to(endpoint, 'UTF8')), 'hex') as endpoint_hash`;
    if (row === undefined) throw new Error('the insert of a push subscription returned no row');
    await appendAudit(sql, entry(person, { push_device: 'added', push_device_id: row.id }));
    return toView(row);
  });
}

export async function listDevices(sql: Sql, { org_id, user_id }: Person): Promise<PushDevice[]> {
  const rows = await sql<DeviceRow>`
    select id, device, created_at, encode(sha256(convert_to(endpoint, 'UTF8')), 'hex') as endpoint_hash
    from push_subscriptions where org_id = ${org_id} and user_id = ${user_id} order by created_at, id`;
  return rows.map(toView);
}

export async function removeDevice(db: Database, person: Person, id: string): Promise<void> {
  await db.tx(async (sql) => {
    const removed = isUuid(id)
      ? await sql`
          delete from push_subscriptions where id = ${id} and org_id = ${person.org_id} and user_id = ${person.user_id} returning id`
      : [];
    if (removed.length === 0) throw new Problem('not_found', `None of your devices has the id ${id}.`);
    await appendAudit(sql, entry(person, { push_device: 'removed', push_device_id: id }));
  });
}

interface DeviceRow {
  id: string;
  device: string;
  created_at: Date;
  endpoint_hash: string;
}

const toView = ({ created_at, ...row }: DeviceRow): PushDevice => ({ ...row, created_at: created_at.toISOString() });

/** What is left out stays as it was. */
function definedOf(wanted: Partial<NoticePreferences>): Partial<NoticePreferences> {
  return z
    .object(notice_preferences.shape)
    .partial()
    .parse(JSON.parse(JSON.stringify(wanted)));
}

function entry({ org_id, user_id }: Person, metadata: Parameters<typeof appendAudit>[1]['metadata']) {
  return { org_id, proposal_id: null, from: null, to: null, actor: { type: 'user' as const, id: user_id }, metadata };
}

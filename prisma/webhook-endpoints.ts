/** Where an organisation's own programs want to hear of changes. An owner's direct act, on the record. */
import { randomBytes } from 'node:crypto';

import type { Person } from '../domain/app.ts';
import { webhook_view, type WebhookRequest, type WebhookView } from '../domain/notices.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import { appendAudit, system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { startTelling } from './telling.ts';

export const endpoints_max = 20;
/** A receiver has this long to change its secret after a rotation. */
const previous_secret_hours = 24;

export interface Endpoint {
  id: string;
  url: string;
  /** The newest first; each of them signs. */
  secrets: string[];
}

export async function listEndpoints(sql: Sql, org_id: string): Promise<WebhookView[]> {
  const rows = await sql<EndpointRow>`
    select e.id, e.url, e.events, e.created_at, e.disabled_at, e.disabled_reason, e.failing_since,
      last.last_attempt_at, last.status as last_state, last.last_status, last.last_error,
      (select count(*)::int from webhook_deliveries d where d.endpoint_id = e.id and d.status = 'waiting') as waiting
    from webhook_endpoints e
    left join lateral (
      select last_attempt_at, status, last_status, last_error from webhook_deliveries d
      where d.endpoint_id = e.id and d.last_attempt_at is not null order by d.last_attempt_at desc limit 1) last on true
    where e.org_id = ${org_id} order by e.created_at, e.id`;
  return rows.map(toView);
}

export async function addEndpoint(
  db: Database,
  person: Person,
  { url, events = [] }: WebhookRequest,
): Promise<WebhookView & { secret: string }> {
  const secret = freshSecret();
  const id = await db.tx(async (sql) => {
    const [{ count } = { count: 0 }] = await sql<{ count: number }>`
      select count(*)::int as count from webhook_endpoints where org_id = ${person.org_id}`;
    if (count >= endpoints_max) throw new Problem('bad_request', `At most ${endpoints_max} webhooks. Remove one that you do not use.`);
    await startTelling(sql, person.org_id);
    const [row] = await sql<{ id: string }>`
      insert into webhook_endpoints (org_id, url, secret, events, created_by)
      values (${person.org_id}, ${url}, ${secret}, ${typesOf(events)}, ${person.user_id}) returning id`;
    if (row === undefined) throw new Error('the insert of a webhook returned no row');
    await appendAudit(sql, entry(person, { webhook: 'added', webhook_id: row.id }));
    return row.id;
  });
  return { ...(await readView(db.sql, person, id)), secret };
}

export async function removeEndpoint(db: Database, person: Person, id: string): Promise<void> {
  await db.tx(async (sql) => {
    await lockEndpoint(sql, person, id);
    await sql`delete from webhook_endpoints where id = ${id}`;
    await appendAudit(sql, entry(person, { webhook: 'removed', webhook_id: id }));
  });
}

export async function rotateSecret(db: Database, person: Person, id: string): Promise<{ secret: string }> {
  const secret = freshSecret();
  await db.tx(async (sql) => {
    await lockEndpoint(sql, person, id);
    await sql`
      update webhook_endpoints set previous_secret = secret, previous_until = now() + ${previous_secret_hours} * interval '1 hour', secret = ${secret}
      where id = ${id}`;
    await appendAudit(sql, entry(person, { webhook: 'secret_rotated', webhook_id: id }));
  });
  return { secret };
}

/** It hears of what comes from now on. */
export async function enableEndpoint(db: Database, person: Person, id: string): Promise<WebhookView> {
  await db.tx(async (sql) => {
    await lockEndpoint(sql, person, id);
    await startTelling(sql, person.org_id);
    const enabled = await sql`
      update webhook_endpoints set disabled_at = null, disabled_reason = null, failing_since = null, failures = 0, rests_until = now()
      where id = ${id} and disabled_at is not null returning id`;
    if (enabled.length > 0) await appendAudit(sql, entry(person, { webhook: 'enabled', webhook_id: id }));
  });
  return readView(db.sql, person, id);
}

/** Nobody is asked for it: the receiver said that it is gone, or it has not answered for days. What waited for it is given up. */
export async function disableEndpoint(db: Database, id: string, reason: string): Promise<void> {
  await db.tx(async (sql) => {
    const [row] = await sql<{ org_id: string }>`
      update webhook_endpoints set disabled_at = now(), disabled_reason = ${reason} where id = ${id} and disabled_at is null returning org_id`;
    if (row === undefined) return;
    await sql`update webhook_deliveries set status = 'given_up' where endpoint_id = ${id} and status = 'waiting'`;
    const metadata = { webhook: 'disabled', webhook_id: id, reason };
    await appendAudit(sql, { org_id: row.org_id, proposal_id: null, from: null, to: null, actor: system_actor, metadata });
  });
}

/** With what signs, for a message of now. Another organisation's is not found. */
export async function readEndpoint(sql: Sql, { org_id }: Person, id: string): Promise<Endpoint> {
  const [row] = isUuid(id)
    ? await sql<Endpoint>`
        select id, url, case when previous_until > now() then array[secret, previous_secret] else array[secret] end as secrets
        from webhook_endpoints where id = ${id} and org_id = ${org_id}`
    : [];
  return row ?? notFound(id);
}

async function readView(sql: Sql, person: Person, id: string): Promise<WebhookView> {
  return (await listEndpoints(sql, person.org_id)).find((view) => view.id === id) ?? notFound(id);
}

async function lockEndpoint(sql: Sql, { org_id }: Person, id: string): Promise<void> {
  const found = isUuid(id) ? await sql`select id from webhook_endpoints where id = ${id} and org_id = ${org_id} for update` : [];
  if (found.length === 0) notFound(id);
}

function notFound(id: string): never {
  throw new Problem('not_found', `There is no webhook ${id}.`);
}

/** 32 random bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#symmetric */
const freshSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

const typesOf = (events: readonly string[]): string[] => [
  ...new Set(events.map((event) => (event.startsWith('proposal.') ? event : `proposal.${event}`))),
];

interface EndpointRow {
  id: string;
  url: string;
  events: string[];
  created_at: Date;
  disabled_at: Date | null;
  disabled_reason: string | null;
  failing_since: Date | null;
  last_attempt_at: Date | null;
  last_state: string | null;
  last_status: number | null;
  last_error: string | null;
  waiting: number;
}

function toView({ created_at, disabled_at, failing_since, last_attempt_at: at, last_state, last_status, last_error, ...row }: EndpointRow) {
  return webhook_view.parse({
    ...row,
    created_at: created_at.toISOString(),
    disabled_at: disabled_at?.toISOString() ?? null,
    failing_since: failing_since?.toISOString() ?? null,
    last_delivery: at === null ? null : { at: at.toISOString(), ok: last_state === 'delivered', status: last_status, error: last_error },
  });
}

function entry({ org_id, user_id }: Person, metadata: Record<string, string>) {
  return { org_id, proposal_id: null, from: null, to: null, actor: { type: 'user' as const, id: user_id }, metadata };
}

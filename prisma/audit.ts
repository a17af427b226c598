/** The append-only, hash-chained record. The chain itself is kept by the database (migration 0002_laws). */
import type { AuditVerification } from '../domain/app.ts';
import { sha256 } from '../domain/seal.ts';
import type { Json } from '../domain/text.ts';
import { audit_row, type AuditRow } from '../domain/wire/audit.ts';
import type { Database, Sql } from './database.ts';
import { delegationsBy } from './delegations.ts';

export interface Actor {
  type: 'system' | 'user' | 'agent';
  id: string;
}

export const system_actor: Actor = { type: 'system', id: 'execops' };

export interface AuditEntry {
  org_id: string;
  proposal_id: string | null;
  from: string | null;
  to: string | null;
  actor: Actor;
  /** Digests and ids, no personal text. */
  metadata?: { [key: string]: Json };
}

/** Appends one row. It locks the organisation's chain until the commit, so what else a transaction locks comes before it; only wake-ups come after. */
export async function appendAudit(sql: Sql, { org_id, proposal_id, from, to, actor, metadata }: AuditEntry): Promise<void> {
  await sql`
    insert into audit (org_id, seq, proposal_id, from_status, to_status, actor_type, actor_id, metadata, prev_hash, hash)
    values (${org_id}, 0, ${proposal_id}, ${from}, ${to}, ${actor.type}, ${actor.id}, ${JSON.stringify(metadata ?? {})}, '', '')`;
}

/** A proposal's rows, oldest first. */
export async function auditOf(db: Database, org_id: string, proposal_id: string): Promise<AuditRow[]> {
  const rows = await db.prisma.audit.findMany({ where: { org_id, proposal_id }, orderBy: { seq: 'asc' } });
  const ids = [...new Set(rows.flatMap(({ actor_type, actor_id }) => (actor_type === 'user' ? [actor_id] : [])))];
  const people = ids.length === 0 ? [] : await db.prisma.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const names = new Map(people.map(({ id, name }) => [id, name]));
  const views = rows.map(toView);
  const named = await delegationsBy(db.sql, views.flatMap(delegationOf));
  return views.map((view) => {
    const [id] = delegationOf(view);
    const delegation = named.get(id ?? '');
    return {
      ...view,
      actor_name: names.get(view.actor_id) ?? null,
      delegation: delegation === undefined ? null : { ...delegation, until: delegation.until.toISOString() },
    };
  });
}

function delegationOf({ metadata }: AuditRow): string[] {
  return typeof metadata.delegation === 'string' ? [metadata.delegation] : [];
}

/** Rows after `seq`, in commit order: what a browser missed while it was away. */
export async function auditSince(db: Database, org_id: string, seq: number, limit: number): Promise<AuditRow[]> {
  const rows = await db.sql<StoredRow>`
    select org_id, seq, proposal_id, from_status, to_status, actor_type, actor_id, ts, metadata, prev_hash, hash
    from audit where org_id = ${org_id} and seq > ${seq} order by seq limit ${limit}`;
  return rows.map(toView);
}

export async function auditHead(db: Database, org_id: string): Promise<{ seq: number; hash: string }> {
  const head = await db.prisma.audit_heads.findUnique({ where: { org_id } });
  return head === null ? { seq: 0, hash: genesis_hash } : { seq: Number(head.seq), hash: head.hash };
}

const genesis_hash = '0'.repeat(64);
const verify_batch_rows = 5_000;

/** Walks an organisation's chain from its first row and names the first break. */
export async function verifyAudit(db: Pick<Database, 'sql'>, org_id: string): Promise<AuditVerification> {
  const [stored] = await db.sql<{ seq: string; hash: string }>`select seq, hash from audit_heads where org_id = ${org_id}`;
  const head = { seq: Number(stored?.seq ?? 0), hash: stored?.hash ?? genesis_hash };
  let previous = { seq: 0, hash: genesis_hash };
  for (;;) {
    const rows = await db.sql<ChainedRow>`
      select seq, prev_hash, hash, concat_ws(E'\n', prev_hash, org_id, seq, coalesce(proposal_id::text, ''), coalesce(from_status, ''),
        coalesce(to_status, ''), actor_type, actor_id, to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), metadata::text) as content
      from audit where org_id = ${org_id} and seq > ${previous.seq} order by seq limit ${verify_batch_rows}`;
    for (const row of rows) {
      const reason = breakBetween(previous, row);
      if (reason !== null) return { ok: false, rows: previous.seq, head, first_break: { seq: Number(row.seq), reason } };
      previous = { seq: Number(row.seq), hash: row.hash };
      if (previous.seq === head.seq && previous.hash !== head.hash) {
        return { ok: false, rows: previous.seq, head, first_break: { seq: previous.seq, reason: "the chain's head names another hash" } };
      }
    }
    if (rows.length < verify_batch_rows) break;
  }
  // Rows appended while this walked are fine; a head that names a row which is not there is not.
  const cut = previous.seq < head.seq;
  const first_break = cut
    ? { seq: previous.seq + 1, reason: `the chain's head is row ${head.seq}, but rows end at ${previous.seq}` }
    : null;
  return { ok: !cut, rows: previous.seq, head, first_break };
}

interface ChainedRow {
  seq: string;
  prev_hash: string;
  hash: string;
  content: string;
}

function breakBetween(previous: { seq: number; hash: string }, row: ChainedRow): string | null {
  if (Number(row.seq) !== previous.seq + 1) return `row ${previous.seq + 1} is missing`;
  if (row.prev_hash !== previous.hash) return 'it does not continue the row before it';
  return sha256(row.content) === row.hash ? null : 'its content does not fit its hash';
}

type StoredRow = Awaited<ReturnType<Database['prisma']['audit']['findMany']>>[number];

function toView({ seq, ts, prev_hash: _, org_id: __, ...row }: StoredRow): AuditRow {
  return audit_row.parse({ ...row, seq: Number(seq), ts: ts.toISOString() });
}

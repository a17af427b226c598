/** What an organisation takes along: its proposals, decisions and audit, read page by page so that no size fills the memory. */
import type { Json } from '../domain/text.ts';
import type { Database } from './database.ts';

export const exported = ['proposals', 'decisions', 'audit'] as const;
export type Exported = (typeof exported)[number];

/** From `since` on and before `until`, by the time named in `export_columns`' comments. */
export interface ExportSpan {
  since: Date;
  until: Date;
}

export type ExportRow = Record<string, Json | Date>;
type Sql = Database['sql'];

/** The columns in their order: the head of a CSV file, and the names in each line of JSON. */
export const export_columns = {
  /** By created_at. */
  proposals: [
    'id',
    'created_at',
    'updated_at',
    'closed_at',
    'status',
    'urgency',
    'vertical',
    'sop_version',
    'action_type',
    'operation',
    'subject',
    'title',
    'reasoning',
    'payload',
    'payload_hash',
    'version',
    'flags',
    'priority',
    'reversibility',
    'required_approvals',
    'proposed_by',
    'event_id',
    'workflow_id',
  ],
  /** By decided_at. */
  decisions: [
    'id',
    'proposal_id',
    'title',
    'action_type',
    'version',
    'payload_hash',
    'decision',
    'decided_by',
    'decided_by_email',
    'decided_at',
    'via',
    'feedback',
    'undone_at',
  ],
  /** By ts. */
  audit: ['seq', 'ts', 'proposal_id', 'from_status', 'to_status', 'actor_type', 'actor_id', 'metadata', 'prev_hash', 'hash'],
} as const satisfies Record<Exported, readonly string[]>;

const page_rows = 250;

/** Oldest first. Rows that come in meanwhile are left out when they are later than `until`. */
export async function* exportRows(db: Pick<Database, 'sql'>, org_id: string, what: Exported, span: ExportSpan): AsyncGenerator<ExportRow> {
  let after: ExportRow | null = null;
  for (;;) {
    const rows: ExportRow[] = await pages[what](db.sql, org_id, span, after);
    yield* rows;
    after = rows.at(-1) ?? null;
    if (after === null || rows.length < page_rows) return;
  }
}

type ReadPage = (sql: Sql, org_id: string, span: ExportSpan, after: ExportRow | null) => Promise<ExportRow[]>;

const before_any_id = '00000000-0000-0000-0000-000000000000';

const pages: Record<Exported, ReadPage> = {
  proposals: (sql, org_id, { since, until }, after) => sql<ExportRow>`
    select id, created_at, updated_at, closed_at, status, urgency, vertical, sop_version, action_type, operation, subject, title, reasoning, payload,
      payload_hash, version, flags, priority, reversibility, required_approvals, proposed_by, event_id, workflow_id
    from proposals
    where org_id = ${org_id} and created_at < ${until} and (created_at, id) > (${after?.created_at ?? since}, ${after?.id ?? before_any_id})
    order by created_at, id limit ${page_rows}`,
  decisions: (sql, org_id, { since, until }, after) => sql<ExportRow>`
    select d.id, d.proposal_id, p.title, p.action_type, d.version, d.payload_hash, d.decision, d.decided_by, u.email as decided_by_email, d.decided_at,
      d.via, d.feedback, d.undone_at
    from decisions d join proposals p on p.id = d.proposal_id left join "user" u on u.id = d.decided_by
    where d.org_id = ${org_id} and d.decided_at < ${until} and (d.decided_at, d.id) > (${after?.decided_at ?? since}, ${after?.id ?? before_any_id})
    order by d.decided_at, d.id limit ${page_rows}`,
  async audit(sql, org_id, { since, until }, after) {
    const rows = await sql<ExportRow & { seq: string }>`
      select seq, ts, proposal_id, from_status, to_status, actor_type, actor_id, metadata, prev_hash, hash
      from audit
      where org_id = ${org_id} and seq > ${after?.seq ?? 0} and ts >= ${since} and ts < ${until}
      order by seq limit ${page_rows}`;
    // A bigint comes as text; the chain's numbers stay far below what a number holds exactly.
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  },
};

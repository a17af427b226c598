/** What people's decisions say about a procedure, and the switch that follows from it. */
import { action_types } from '../domain/action.ts';
import type { Person, SwitchedOff } from '../domain/app.ts';
import { isTooImprecise, precisionOf, type Precision } from '../domain/precision.ts';
import { Problem } from '../domain/problem.ts';
import { verticals } from '../domain/proposal.ts';
import { appendAudit, system_actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import type { LockedProposal } from './moves.ts';

/** One procedure's action type in one version. For agents and people it is their own drafts. */
export interface Judged {
  vertical: string;
  action_type: string;
  sop_version: string;
}

export interface JudgedPrecision extends Judged, Precision {
  /** Since when it drafts nothing any more; null while it does. */
  disabled_at: string | null;
  disabled_reason: string | null;
}

/** Each procedure's type with what people made of it since it was last switched on. */
export async function precisions(sql: Sql, org_id: string, of: Partial<Judged> = {}): Promise<JudgedPrecision[]> {
  const rows = await sql<Judged & Counts & { disabled_at: Date | null; reason: string | null }>`
    with decided as (
      -- One verdict for each proposal, though two people may have given it; the first of two approvals is none yet.
      select p.vertical, p.action_type, p.sop_version, 'edited' = any(p.flags) as edited, max(d.decided_at) as decided_at,
        case when bool_or(d.decision = 'reject') then 'reject' when count(*) >= p.required_approvals then 'approve' end as decision,
        exists (select from executions e where e.proposal_id = p.id and e.version = p.version and e.status = 'rolled_back') as taken_back
      from decisions d join proposals p on p.id = d.proposal_id
      where d.org_id = ${org_id} and d.undone_at is null and d.version = p.version
        and (${of.vertical ?? null}::text is null or p.vertical = ${of.vertical ?? null})
        and (${of.action_type ?? null}::text is null or p.action_type = ${of.action_type ?? null})
        and (${of.sop_version ?? null}::text is null or p.sop_version = ${of.sop_version ?? null})
      group by p.id
    ), counted as (
      select d.vertical, d.action_type, d.sop_version,
        count(*) filter (where d.decision = 'approve' and not d.taken_back and not d.edited)::int as approved_unchanged,
        count(*) filter (where d.decision = 'approve' and not d.taken_back and d.edited)::int as edited,
        count(*) filter (where d.decision = 'reject')::int as rejected,
        count(*) filter (where d.decision = 'approve' and d.taken_back)::int as bad_outcome
      from decided d left join sop_switches s
        on s.org_id = ${org_id} and s.vertical = d.vertical and s.action_type = d.action_type and s.sop_version = d.sop_version
      where d.decision is not null and (s.enabled_at is null or d.decided_at > s.enabled_at)
      group by 1, 2, 3
    )
    select vertical, action_type, sop_version, coalesce(approved_unchanged, 0) as approved_unchanged, coalesce(edited, 0) as edited,
      coalesce(rejected, 0) as rejected, coalesce(bad_outcome, 0) as bad_outcome, s.disabled_at, s.reason
    from counted full join (
      select * from sop_switches where org_id = ${org_id} and vertical = coalesce(${of.vertical ?? null}, vertical)
        and action_type = coalesce(${of.action_type ?? null}, action_type) and sop_version = coalesce(${of.sop_version ?? null}, sop_version)
    ) s using (vertical, action_type, sop_version)
    order by 1, 2, 3`;
  return rows.map(({ vertical, action_type, sop_version, disabled_at, reason, ...counts }) => ({
    vertical,
    action_type,
    sop_version,
    ...precisionOf(counts),
    disabled_at: disabled_at?.toISOString() ?? null,
    disabled_reason: disabled_at === null ? null : reason,
  }));
}

interface Counts {
  approved_unchanged: number;
  edited: number;
  rejected: number;
  bad_outcome: number;
}

/** What is switched off now, each once: a version that a later one has followed stands in nobody's way. */
export async function switchedOff(sql: Sql, org_id: string): Promise<SwitchedOff[]> {
  return sql<SwitchedOff>`
    select distinct on (vertical, action_type) vertical, action_type, reason from sop_switches s
    where org_id = ${org_id} and disabled_at is not null and not exists (
      select from proposals p where p.org_id = s.org_id and p.vertical = s.vertical and p.action_type = s.action_type
        and p.sop_version <> s.sop_version and p.basis is not null and p.created_at > s.disabled_at)
    order by vertical, action_type, disabled_at desc`;
}

/** The action types that this version of a procedure may not draft, each with why. */
export async function disabledTypes(sql: Sql, org_id: string, vertical: string, sop_version: string): Promise<Map<string, string>> {
  const rows = await sql<{ action_type: string; reason: string }>`
    select action_type, reason from sop_switches
    where org_id = ${org_id} and vertical = ${vertical} and sop_version = ${sop_version} and disabled_at is not null`;
  return new Map(rows.map(({ action_type, reason }) => [action_type, reason]));
}

/**
 * After a decision, an approval too, for it may be the tenth, and after a rollback: switches the procedure's type off when
 * people do not want what it drafts. It comes after the proposal's own locks and before its audit row. True when it did.
 */
export async function judgeProcedure(sql: Sql, row: Pick<LockedProposal, 'id' | 'org_id'>): Promise<boolean> {
  const [judged] = await sql<Judged>`select vertical, action_type, sop_version from proposals where id = ${row.id} and basis is not null`;
  // Drafts from agents and people have their own record and no switch.
  if (judged === undefined) return false;
  const { vertical, action_type, sop_version } = judged;
  // The row's lock makes two decisions at once count each other.
  const [current] = await sql<{ disabled_at: Date | null }>`
    insert into sop_switches (org_id, vertical, action_type, sop_version) values (${row.org_id}, ${vertical}, ${action_type}, ${sop_version})
    on conflict (org_id, vertical, action_type, sop_version) do update set org_id = excluded.org_id returning disabled_at`;
  const [found] = await precisions(sql, row.org_id, judged);
  if (current?.disabled_at !== null || found === undefined || !isTooImprecise(found)) return false;
  const reason = `people wanted ${found.approved_unchanged + found.edited} of ${found.n}`;
  await sql`
    update sop_switches set disabled_at = now(), reason = ${reason}
    where org_id = ${row.org_id} and vertical = ${vertical} and action_type = ${action_type} and sop_version = ${sop_version}`;
  await appendAudit(sql, {
    org_id: row.org_id,
    proposal_id: null,
    from: null,
    to: null,
    actor: system_actor,
    metadata: {
      switched_off: { vertical, action_type, sop_version },
      n: found.n,
      rejected: found.rejected,
      bad_outcome: found.bad_outcome,
    },
  });
  return true;
}

/**
 * After an approval was taken back, before its proposal's audit row: when it was the decision that had switched the type off,
 * and the others do not suffice for that, the type drafts again. `decided_at` is when it was given. Nothing else switches on by itself.
 */
export async function judgeTakenBack(sql: Sql, row: Pick<LockedProposal, 'id' | 'org_id'>, decided_at: Date[]): Promise<void> {
  // The switch bears the time of the transaction that turned it, as the decision does.
  const [judged] = await sql<Judged>`
    select s.vertical, s.action_type, s.sop_version
    from sop_switches s join proposals p
      on p.org_id = s.org_id and p.vertical = s.vertical and p.action_type = s.action_type and p.sop_version = s.sop_version
    where p.id = ${row.id} and s.disabled_at = any(${decided_at}::timestamptz[]) for update of s`;
  if (judged === undefined) return;
  const [found] = await precisions(sql, row.org_id, judged);
  if (found !== undefined && isTooImprecise(found)) return;
  const { vertical, action_type, sop_version } = judged;
  await sql`
    update sop_switches set disabled_at = null, reason = null
    where org_id = ${row.org_id} and vertical = ${vertical} and action_type = ${action_type} and sop_version = ${sop_version}`;
  await appendAudit(sql, {
    org_id: row.org_id,
    proposal_id: null,
    from: null,
    to: null,
    actor: system_actor,
    metadata: {
      switched_on: { vertical, action_type, sop_versions: [sop_version] },
      reason: 'the decision that switched it off was taken back',
    },
  });
}

/** An owner switches a procedure's type on again; what was decided before no longer counts. */
export async function enableProcedure(
  db: Pick<Database, 'tx'>,
  person: Person,
  judged: Pick<Judged, 'vertical' | 'action_type'>,
): Promise<JudgedPrecision[]> {
  if (person.role !== 'owner') throw new Problem('forbidden', 'Only an owner switches a procedure on again.');
  const { vertical, action_type } = judged;
  if (!isNameOf(verticals, vertical) || !isNameOf(action_types, action_type)) throw new Problem('not_found', 'There is no such procedure.');
  return db.tx(async (sql) => {
    const enabled = await sql<{ sop_version: string }>`
      update sop_switches set disabled_at = null, reason = null, enabled_at = now(), enabled_by = ${person.user_id}
      where org_id = ${person.org_id} and vertical = ${vertical} and action_type = ${action_type} and disabled_at is not null
      returning sop_version`;
    if (enabled.length === 0) throw new Problem('wrong_status', `${action_type} of ${vertical} is not switched off.`);
    await appendAudit(sql, {
      org_id: person.org_id,
      proposal_id: null,
      from: null,
      to: null,
      actor: { type: 'user', id: person.user_id },
      metadata: { switched_on: { vertical, action_type, sop_versions: enabled.map(({ sop_version }) => sop_version) } },
    });
    return precisions(sql, person.org_id, judged);
  });
}

const isNameOf = (names: readonly string[], name: string): boolean => names.includes(name);

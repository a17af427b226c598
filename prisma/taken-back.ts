/** Approvals that wait for a second person end with the right of whoever gave them: a word that could not be given now completes nothing. */
import type { ActionType } from '../domain/action.ts';
import type { Actor, AuditEntry } from './audit.ts';
import type { Sql } from './database.ts';
import { lockProposal, writeVersion } from './moves.ts';

export interface FormerApprovers {
  org_id: string;
  user_ids: readonly string[];
  /** Only on cards of this type; all types where it is left out. */
  action_type?: ActionType;
}

/**
 * Each such card begins its next version, as after every undo. Returns what the audit has to say of it, which comes after
 * every other lock.
 */
export async function takeBackApprovals(sql: Sql, { org_id, user_ids, action_type }: FormerApprovers, actor: Actor): Promise<AuditEntry[]> {
  const cards = await sql<{ id: string }>`
    select id from proposals p
    where org_id = ${org_id} and status = 'pending' and action_type = coalesce(${action_type ?? null}::text, action_type)
      and exists (select from decisions d where d.proposal_id = p.id and d.undone_at is null and d.decided_by = any(${[...user_ids]}))
    order by id for update`;
  const entries: AuditEntry[] = [];
  for (const { id } of cards) {
    const row = await lockProposal(sql, org_id, id);
    const next = await writeVersion(sql, row, {}, actor);
    await sql`update proposals set notes = notes || array[${note}::text] where id = ${id}`;
    const metadata = { version: next.version, approvals: 0, required_approvals: row.required_approvals, approver_left: true };
    entries.push({ org_id, proposal_id: id, from: 'pending', to: 'pending', actor, metadata });
  }
  return entries;
}

const note = 'Whoever had approved it may not approve it any more, so it takes all its approvals anew.';

/** After who may approve has changed: what too few are left to complete, and what those had said who may not approve any more. */
import type { Actor, AuditEntry } from './audit.ts';
import type { Sql } from './database.ts';
import { askFewerOwners } from './required-approvals.ts';
import { holdSettings } from './settings.ts';
import { takeBackApprovals, type FormerApprovers } from './taken-back.ts';

/** `former` are those who were removed, demoted or taken off a list. Returns what the audit has to say, which comes after every other lock. */
export async function approversChanged(sql: Sql, former: FormerApprovers, actor: Actor): Promise<AuditEntry[]> {
  // A card that is being stored counts the owners before this or after it, and none is missed below.
  await holdSettings(sql, former.org_id, 'alone');
  const fewer = await askFewerOwners(sql, former.org_id, actor);
  return [...fewer, ...(await takeBackApprovals(sql, former, actor))];
}

/** How many people have to approve a card, on those that wait when that changes. Stored ones get theirs from a trigger. */
import { action_types, type ActionType } from '../domain/action.ts';
import type { SettingKey, SettingValue } from '../domain/setting-registry.ts';
import { actionTypeName } from '../domain/words.ts';
import { system_actor, type Actor, type AuditEntry } from './audit.ts';
import type { Sql } from './database.ts';

/**
 * Locks every card of this type that waits, so that its approvals can be changed. What may come back to the inbox is held too:
 * it comes back before this, and is among those that are asked, or after it, and asks by the new rule itself.
 */
export async function lockWaiting(sql: Sql, org_id: string, action_type: string): Promise<void> {
  await sql`select id from proposals where org_id = ${org_id} and action_type = ${action_type} and status in ('pending', 'approved', 'failed') order by id for update`;
}

/**
 * Asks for as many approvals as the organisation wants now on every card that waits, and returns what the audit has to say of it.
 * No card is approved by it: one that has enough of them waits until one of those people says so again.
 */
export async function askForApprovals(sql: Sql, org_id: string, action_type: string): Promise<AuditEntry[]> {
  const asked = await sql<{ id: string; version: number; required_approvals: number }>`
    update proposals p set required_approvals = wanted.n, updated_at = now(),
      notes = notes || array['It takes ' || wanted.n || case when wanted.n = 1 then ' approval' else ' approvals' end || ' now.']
    from (
      select id, approvals_wanted(org_id, action_type, vertical) as n from proposals
      where org_id = ${org_id} and action_type = ${action_type} and status = 'pending'
    ) wanted
    where p.id = wanted.id and p.required_approvals <> wanted.n returning p.id, p.version, p.required_approvals`;
  return asked.map((card) => asksNow(org_id, card, system_actor));
}

/**
 * A change of the rules that waits for more owners than are left asks for as many as a new one would; no other card asks for less.
 * Nothing is approved by it, and what may come back to the inbox is held as above: it comes back asking for what can be given.
 */
export async function askFewerOwners(sql: Sql, org_id: string, actor: Actor): Promise<AuditEntry[]> {
  await sql`select id from proposals where org_id = ${org_id} and vertical = 'settings' and status in ('pending', 'approved', 'failed') order by id for update`;
  const asked = await sql<{ id: string; version: number; required_approvals: number }>`
    update proposals p set required_approvals = possible.n, updated_at = now(),
      notes = notes || array['There are fewer owners who may approve it, so it takes ' || possible.n || case when possible.n = 1 then ' approval' else ' approvals' end || ' now.']
    from (
      select id, approvals_completable(org_id, action_type, vertical, proposed_by, required_approvals) as n from proposals
      where org_id = ${org_id} and vertical = 'settings' and status = 'pending'
    ) possible
    where p.id = possible.id and p.required_approvals <> possible.n returning p.id, p.version, p.required_approvals`;
  return asked.map((card) => asksNow(org_id, card, actor));
}

function asksNow(
  org_id: string,
  { id, version, required_approvals }: { id: string; version: number; required_approvals: number },
  actor: Actor,
): AuditEntry {
  return { org_id, proposal_id: id, from: 'pending', to: 'pending', actor, metadata: { version, required_approvals } };
}

/** The type of action for which a setting says how many approve; null for every other setting. */
export function approvalsFor(key: SettingKey): ActionType | null {
  return action_types.find((type) => key === `organisation.required_approvals.${type}`) ?? null;
}

/** Why this value would leave every card of its type waiting for ever: more approvals than people who may give them. Null when it would not. */
export async function tooFewFor(sql: Sql, org_id: string, key: SettingKey, value: SettingValue): Promise<string | null> {
  const type = approvalsFor(key);
  if (type === null || Number(value) <= 1) return null;
  const [counted] = await sql<{ n: number }>`
    select count(*)::int as n from approvers a join members m on m.org_id = a.org_id and m.user_id = a.user_id
    where a.org_id = ${org_id} and a.action_type = ${type} and m.role <> 'viewer'`;
  const people = counted?.n ?? 0;
  if (people >= Number(value)) return null;
  return `${people} people may approve ${actionTypeName(type)}, so asking for ${String(value)} approvals would leave each waiting for ever. Add people to the approver list first.`;
}

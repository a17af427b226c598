/** A proposal that is there at once, with the event that brought it: an agent's or a person's draft, or a rollback. */
import { reversibilityOf, type ActionType } from '../domain/action.ts';
import { priorityOf } from '../domain/priority.ts';
import type { Flag, Urgency } from '../domain/proposal.ts';
import { sealOf } from '../domain/seal.ts';
import { normaliseText, type Json } from '../domain/text.ts';
import type { Proposed } from '../domain/wire/draft.ts';
import type { Evidence, Fact } from '../domain/wire/fact.ts';
import { appendAudit, type Actor } from './audit.ts';
import type { Sql } from './database.ts';
import { recordVersion } from './moves.ts';
import { holdSettings } from './settings.ts';

export interface Drafted {
  org_id: string;
  id: string;
  event: { id: string; source: 'agent' | 'manual' | 'system'; type: string; payload: Json };
  /** Other events that it names. */
  cited: string[];
  vertical: string;
  sop_version: string;
  subject: string;
  action_type: ActionType;
  operation: string | null;
  /** Null when the action's provider is not connected. */
  connection: string | null;
  payload: Json;
  urgency: Urgency;
  title: string;
  facts: Fact[];
  reasoning: string;
  written_by: 'agent' | 'person' | 'rules';
  evidence: Evidence[];
  flags: Flag[];
  notes: string[];
  /** The executed proposal that it takes back. */
  compensates: string | null;
  actor: Actor;
}

const expire_after_days = 7;
export const blocked_connection = 'not connected';
const blocked_note = 'Its provider is not connected, so it cannot be approved. Connect the provider, or reject it.';

/** Stores both, with the version and the audit row. */
export async function storeDrafted(sql: Sql, drafted: Drafted): Promise<Proposed> {
  const { org_id, id, event, subject, actor, urgency } = drafted;
  await holdSettings(sql, org_id, 'together');
  const priority = priorityOf({ urgency, needs_edit: false, vip: false, renewal_near: false });
  const { action_type, operation, payload } = drafted;
  const sealed = { action_type, operation, connection: drafted.connection ?? blocked_connection, payload };
  const payload_hash = sealOf({ organisation: org_id, proposal_id: id, version: 1, ...sealed });
  const blocked = drafted.connection === null;
  const flags = [...(blocked ? ['blocked_by_policy'] : []), ...drafted.flags];
  const notes = [...(blocked ? [blocked_note] : []), ...drafted.notes];
  await sql`
    insert into events (id, org_id, source, type, occurred_at, payload_json, dedupe_key, subject, status, processed_at, actor_id)
    values (${event.id}, ${org_id}, ${event.source}, ${event.type}, now(), ${JSON.stringify(event.payload)}, ${event.id}, ${subject},
      'processed', now(), ${actor.id})`;
  const [stored] = await sql<{ expires_at: Date }>`
    insert into proposals (id, org_id, event_id, vertical, sop_version, subject, action_type, operation, connection, payload, payload_hash, urgency,
      title, facts, reasoning, words, evidence, flags, notes, priority, priority_parts, reversibility, workflow_id, compensates, proposed_by,
      expires_at)
    values (${id}, ${org_id}, ${event.id}, ${drafted.vertical}, ${drafted.sop_version}, ${subject}, ${action_type}, ${operation}, ${sealed.connection},
      ${JSON.stringify(payload)}, ${payload_hash}, ${urgency}, ${drafted.title}, ${JSON.stringify(drafted.facts)}, ${normaliseText(drafted.reasoning)},
      ${JSON.stringify({ by: drafted.written_by, model: null, explanation: null })}, ${JSON.stringify(drafted.evidence)}, ${flags}, ${notes},
      ${priority.score}, ${JSON.stringify(priority.parts)}, ${reversibilityOf(action_type, operation)}, ${`event:${event.id}`},
      ${drafted.compensates}, ${actor.type === 'user' ? actor.id : null}, now() + ${expire_after_days} * interval '1 day')
    returning expires_at`;
  await recordVersion(sql, { id, version: 1, org_id, payload_hash, ...sealed }, actor);
  const joined = [event.id, ...drafted.cited];
  await sql`insert into proposal_events (proposal_id, event_id, role)
    select ${id}, joined, case when joined = ${event.id} then 'evidence' else 'cited' end from unnest(${joined}::uuid[]) joined`;
  await appendAudit(sql, {
    org_id,
    proposal_id: id,
    from: null,
    to: 'pending',
    actor,
    metadata: { version: 1, event_id: event.id, payload_hash, urgency, expires_at: stored?.expires_at.toISOString() ?? null },
  });
  return { proposal_id: id, status: 'pending', payload_hash };
}

/** Complete drafts from agents and people: events like any other, with one proposal that is there at once. */
import { randomUUID } from 'node:crypto';

import { operation_name, payloadSchemaOf, reversibilityOf } from '../domain/action.ts';
import { priorityOf } from '../domain/priority.ts';
import { Problem } from '../domain/problem.ts';
import { sealOf } from '../domain/seal.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import { uuidOf } from '../domain/uuid.ts';
import type { Evidence, ProposeDraftRequest, Proposed } from '../domain/wire.ts';
import { appendAudit, type Actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { recordVersion } from './moves.ts';

export interface AgentDraft {
  org_id: string;
  /** An agent's key, or a person. */
  actor: Actor;
  request: ProposeDraftRequest;
  /** The account an action would run as; null when its provider is not connected. */
  connectionOf(action_type: string, operation: string | null): string | null;
}

const expire_after_days = 7;
export const blocked_connection = 'not connected';

/** Stores the event and its proposal together. Throws a Problem for a payload that does not fit its action. */
export async function proposeDraft(db: Pick<Database, 'tx'>, draft: AgentDraft): Promise<Proposed & { event_id: string }> {
  const { org_id, actor, request } = draft;
  const { operation, payload } = readAction(request);
  const connection = draft.connectionOf(request.action_type, operation);
  // Only a procedure's own rules can find something critical, so a draft from outside always has its undo window.
  const urgency = request.urgency === 'critical' ? 'high' : request.urgency;
  const priority = priorityOf({ urgency, needs_edit: false, vip: false, renewal_near: false });
  const event_id = randomUUID();
  const id = uuidOf(event_id, request.vertical, request.action_type, operation ?? '');
  const subject = `${actor.type === 'agent' ? 'agent' : 'person'}:${actor.id}:${id}`;
  const sealed = { action_type: request.action_type, operation, connection: connection ?? blocked_connection, payload };
  const payload_hash = sealOf({ organisation: org_id, proposal_id: id, version: 1, ...sealed });

  await db.tx(async (sql) => {
    const evidence = await evidenceOf(sql, org_id, request);
    const flags = [
      ...(connection === null ? ['blocked_by_policy'] : []),
      ...((await isKnownRecipient(sql, org_id, payload)) ? [] : ['unknown_recipient']),
    ];
    await sql`
      insert into events (id, org_id, source, type, occurred_at, payload_json, dedupe_key, subject, status, processed_at, actor_id)
      values (${event_id}, ${org_id}, ${actor.type === 'agent' ? 'agent' : 'manual'}, 'draft', now(), ${JSON.stringify(mapText(request as Json, normaliseText))},
        ${event_id}, ${subject}, 'processed', now(), ${actor.id})`;
    const [stored] = await sql<{ expires_at: Date }>`
      insert into proposals (id, org_id, event_id, vertical, sop_version, subject, action_type, operation, connection, payload, payload_hash, urgency,
        title, reasoning, words, evidence, flags, notes, priority, priority_parts, reversibility, workflow_id, expires_at)
      values (${id}, ${org_id}, ${event_id}, ${request.vertical}, ${actor.type}, ${subject}, ${request.action_type}, ${operation}, ${sealed.connection},
        ${JSON.stringify(payload)}, ${payload_hash}, ${urgency}, ${titleOf(actor, request.action_type, operation)}, ${normaliseText(request.reasoning)},
        ${JSON.stringify({ by: actor.type === 'agent' ? 'agent' : 'person', model: null, explanation: null })}, ${JSON.stringify(evidence)}, ${flags},
        ${notesOf(flags)}, ${priority.score}, ${JSON.stringify(priority.parts)}, ${reversibilityOf(request.action_type, operation)},
        ${`event:${event_id}`}, now() + ${expire_after_days} * interval '1 day')
      returning expires_at`;
    await recordVersion(sql, { id, version: 1, org_id, payload_hash, ...sealed }, actor);
    const joined = [event_id, ...(request.event_id === undefined ? [] : [request.event_id])];
    await sql`insert into proposal_events (proposal_id, event_id, role)
      select ${id}, joined, case when joined = ${event_id} then 'evidence' else 'cited' end from unnest(${joined}::uuid[]) joined`;
    await appendAudit(sql, {
      org_id,
      proposal_id: id,
      from: null,
      to: 'pending',
      actor,
      metadata: { version: 1, event_id, payload_hash, urgency, expires_at: stored?.expires_at.toISOString() ?? null },
    });
  });
  return { proposal_id: id, status: 'pending', payload_hash, event_id };
}

/** The operation may stand beside the payload or in it; it is sealed beside it. */
function readAction({ action_type, operation, payload }: ProposeDraftRequest): { operation: string | null; payload: Json } {
  if (action_type !== 'api_call') {
    if (operation !== undefined) throw new Problem('bad_request', `An action of type ${action_type} has no operation. Leave it out.`);
    return { operation: null, payload: parsePayload(action_type, null, payload) };
  }
  const { operation: inner, ...rest } = isObject(payload) ? payload : {};
  const named = operation ?? (typeof inner === 'string' ? inner : undefined);
  if (named === undefined || !operation_name.test(named)) {
    throw new Problem('bad_request', 'An api_call needs an operation, such as stripe.pause_collection.');
  }
  return { operation: named, payload: parsePayload(action_type, named, operation === undefined ? rest : payload) };
}

function parsePayload(action_type: ProposeDraftRequest['action_type'], operation: string | null, payload: Json): Json {
  const parsed = payloadSchemaOf(action_type, operation).safeParse(mapText(payload, normaliseText));
  if (parsed.success) return parsed.data as Json;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: ['payload', ...path].join('.'), message }));
  throw new Problem('bad_request', 'The payload does not fit the action.', { errors });
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function evidenceOf(sql: Sql, org_id: string, request: ProposeDraftRequest): Promise<Evidence[]> {
  const claims = request.evidence.map((item) => (typeof item === 'string' ? { claim: item, event_id: undefined } : item));
  const cited = [
    ...new Set([...claims.flatMap(({ event_id }) => event_id ?? []), ...(request.event_id === undefined ? [] : [request.event_id])]),
  ];
  const known = await sql<{ id: string }>`select id from events where org_id = ${org_id} and id = any(${cited}::uuid[])`;
  const missing = cited.find((id) => !known.some((event) => event.id === id.toLowerCase()));
  if (missing !== undefined) throw new Problem('not_found', `There is no event ${missing}.`);
  return claims.map(({ claim, event_id }) => ({
    claim: normaliseText(claim),
    event_id: event_id ?? request.event_id ?? null,
    metric: null,
  }));
}

/** Whether a stored customer, a context fact or a member has this address. Other kinds of payload name no recipient. */
async function isKnownRecipient(sql: Sql, org_id: string, payload: Json): Promise<boolean> {
  const to = isObject(payload) ? payload.to : undefined;
  if (typeof to !== 'string') return true;
  const address = to.toLowerCase();
  const rows = await sql`
    select 1 from context_facts where org_id = ${org_id} and kind = 'customer' and lower(data ->> 'email') = ${address}
    union all select 1 from provider_objects where org_id = ${org_id} and kind = 'customer' and lower(data ->> 'email') = ${address}
    union all select 1 from members m join "user" u on u.id = m.user_id where m.org_id = ${org_id} and lower(u.email) = ${address}
    limit 1`;
  return rows.length > 0;
}

function titleOf(actor: Actor, action_type: string, operation: string | null): string {
  const what = { email: 'An email', slack_dm: 'A Slack message', api_call: operation ?? 'A call' }[action_type] ?? 'An action';
  return `${what} drafted by ${actor.type === 'agent' ? 'an agent' : 'a person'}`;
}

function notesOf(flags: string[]): string[] {
  return [
    ...(flags.includes('blocked_by_policy')
      ? ['Its provider is not connected, so it cannot be approved. Connect the provider, or reject it.']
      : []),
    ...(flags.includes('unknown_recipient') ? ['Nothing stored here knows this recipient. Check the address before you approve.'] : []),
  ];
}

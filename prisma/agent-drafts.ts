/** Complete drafts from agents and people: events like any other, with one proposal that is there at once. */
import { randomUUID } from 'node:crypto';

import { operation_name, payloadSchemaOf } from '../domain/action.ts';
import { isOwnOperation } from '../domain/operations.ts';
import { Problem } from '../domain/problem.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import { uuidOf } from '../domain/uuid.ts';
import type { ProposeDraftRequest, Proposed } from '../domain/wire/draft.ts';
import type { Evidence } from '../domain/wire/fact.ts';
import type { Actor } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { storeDrafted } from './drafted.ts';
import { isKnownRecipient, unknown_recipient_note } from './known-recipients.ts';

export interface AgentDraft {
  org_id: string;
  /** An agent's key, or a person. */
  actor: Actor;
  request: ProposeDraftRequest;
  /** The account an action would run as; null when its provider is not connected. */
  connectionOf(action_type: string, operation: string | null): string | null;
}

/** Stores the event and its proposal together. Throws a Problem for a payload that does not fit its action. */
export async function proposeDraft(db: Pick<Database, 'tx'>, draft: AgentDraft): Promise<Proposed & { event_id: string }> {
  const { org_id, actor, request } = draft;
  const { operation, payload } = readAction(request);
  const by = actor.type === 'agent' ? 'agent' : 'person';
  const event_id = randomUUID();
  const id = uuidOf(event_id, request.vertical, request.action_type, operation ?? '');
  const proposed = await db.tx(async (sql) => {
    const evidence = await evidenceOf(sql, org_id, request);
    const known = await isKnownRecipient(sql, org_id, payload);
    return storeDrafted(sql, {
      org_id,
      id,
      event: { id: event_id, source: by === 'agent' ? 'agent' : 'manual', type: 'draft', payload: mapText(request as Json, normaliseText) },
      cited: request.event_id === undefined ? [] : [request.event_id],
      vertical: request.vertical,
      sop_version: actor.type,
      subject: `${by}:${actor.id}:${id}`,
      action_type: request.action_type,
      operation,
      connection: draft.connectionOf(request.action_type, operation),
      payload,
      // Only a procedure's own rules can find something critical, so a draft from outside always has its undo window.
      urgency: request.urgency === 'critical' ? 'high' : request.urgency,
      title: titleOf(actor, request.action_type, operation),
      facts: [],
      reasoning: request.reasoning,
      written_by: by,
      evidence,
      flags: known ? [] : ['unknown_recipient'],
      notes: known ? [] : [unknown_recipient_note],
      compensates: null,
      actor,
    });
  });
  return { ...proposed, event_id };
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
  if (isOwnOperation(named))
    throw new Problem('bad_request', 'Settings are not changed by a draft. A person asks for it with POST /api/settings {setting, value}.');
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

function titleOf(actor: Actor, action_type: string, operation: string | null): string {
  const what = { email: 'An email', slack_dm: 'A Slack message', api_call: operation ?? 'A call' }[action_type] ?? 'An action';
  return `${what} drafted by ${actor.type === 'agent' ? 'an agent' : 'a person'}`;
}

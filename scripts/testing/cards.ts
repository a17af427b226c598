/** People and cards for tests of what happens to a stored proposal. */
import { randomUUID } from 'node:crypto';

import type { Person, Role } from '../../domain/app.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { StoredEvent } from '../../domain/sop.ts';
import { system_actor } from '../../prisma/audit.ts';
import type { Database } from '../../prisma/database.ts';
import { insertEvent, readStoredEvent } from '../../prisma/events.ts';
import type { Incident } from '../../prisma/incident.ts';
import type { StorableDraft } from '../../prisma/storable.ts';
import { storeDrafts } from '../../prisma/store.ts';

/** A member of the organisation, on every approver list unless told otherwise. */
export async function member(db: Database, org_id: string, options: { role?: Role; approver?: boolean } = {}): Promise<Person> {
  const { role = 'owner', approver = true } = options;
  const user_id = randomUUID();
  const email = `${user_id.slice(0, 8)}@example.com`;
  await db.sql`insert into "user" (id, name, email) values (${user_id}, ${`Member ${user_id.slice(0, 4)}`}, ${email})`;
  await db.sql`insert into members (org_id, user_id, role) values (${org_id}, ${user_id}, ${role})`;
  if (approver)
    await db.sql`insert into approvers (org_id, action_type, user_id) select ${org_id}, unnest(array['email', 'api_call', 'slack_dm']), ${user_id}`;
  return { user_id, org_id, name: `Member ${user_id.slice(0, 4)}`, email, role };
}

/** A stored event that still waits for its triage. */
export async function storedEvent(
  db: Database,
  org_id: string,
  options: Partial<{ type: string; subject: string; occurred_at: Date }> = {},
): Promise<StoredEvent> {
  const { type = 'invoice.payment_failed', subject = `stripe:invoice:in_${randomUUID().slice(0, 8)}` } = options;
  const { occurred_at = new Date() } = options;
  const inbound = {
    source: 'stripe' as const,
    type,
    subject,
    occurred_at,
    identity: randomUUID(),
    payload: {},
    ignored: null,
    objects: [],
  };
  const { event_id } = await insertEvent(db, org_id, inbound);
  return readStoredEvent(db, org_id, event_id);
}

export function emailDraft(event: StoredEvent, changes: Partial<StorableDraft> = {}): StorableDraft {
  return {
    subject: event.subject ?? '',
    action: { action_type: 'email', operation: null, payload: { to: 'ana@example.com', subject: 'Your card', body: 'Please update it.' } },
    urgency: 'high',
    title: 'Ana · $49.00 failed',
    facts: [],
    reasoning: 'The payment failed.',
    evidence: [],
    priority: priorityOf({ urgency: 'high', needs_edit: false, vip: false, renewal_near: false }),
    basis: { to: 'ana@example.com', amount_minor: 4_900 },
    flags: [],
    notes: [],
    escalates_from: null,
    escalates_at: null,
    expires_at: null,
    vertical: 'money',
    sop_version: '1',
    connection: 'outbox:local',
    words: { by: 'rules', model: null, explanation: null, claims: [], unsupported: [] },
    trace: [],
    author: system_actor,
    ...changes,
  };
}

export function incidentOf(event: StoredEvent): Incident {
  return {
    event,
    vertical: 'money',
    verticals: ['money'],
    subjects: [event.subject ?? ''],
    settledBy: ({ type }) => type === 'invoice.paid',
    settles: 'for_good',
    subjectsNow: async () => [event.subject ?? ''],
  };
}

/** A pending card with its id and hash. */
export async function pendingCard(
  db: Database,
  org_id: string,
  changes: Partial<StorableDraft> = {},
): Promise<{ id: string; payload_hash: string; event: StoredEvent }> {
  const event = await storedEvent(db, org_id);
  await storeDrafts(db, incidentOf(event), [emailDraft(event, changes)]);
  const [card] = await db.sql<{ id: string; payload_hash: string }>`select id, payload_hash from proposals where event_id = ${event.id}`;
  if (card === undefined) throw new Error('the card was not stored');
  return { ...card, event };
}

/** For `pendingCard`: something that can be taken back after it was done, so that one press approves it. */
export const reversible_draft = {
  action: {
    action_type: 'api_call',
    operation: 'stripe.pause_collection',
    payload: { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-12-01T09:00:00Z' },
  },
  connection: 'stripe:acct_1',
  title: 'Ana: keep the plan',
} satisfies Partial<StorableDraft>;

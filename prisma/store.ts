/** Storing what a procedure proposes: a new card, evidence for one that is there, or nothing. */
import { reversibilityOf } from '../domain/action.ts';
import { isMoreUrgent, isOpen, open_statuses, type ProposalStatus, type Urgency } from '../domain/proposal.ts';
import type { Draft, StoredEvent } from '../domain/sop.ts';
import { uuidOf } from '../domain/uuid.ts';
import { sealOf } from '../domain/seal.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';
import { giveVerdict } from './events.ts';
import { joinEvent, lockSubjects, settlingEvent, type Incident } from './incident.ts';
import { joinProposal, type Change } from './join.ts';
import { recordVersion, wakeLater } from './moves.ts';
import { holdSettings } from './settings.ts';
import { sealedPayloadOf, type StorableDraft } from './storable.ts';

/** After a proposal was executed, rejected or expired, further events of its subject join it for this long. */
const evidence_hours = 72;

/** Stores one procedure's drafts for an event in one transaction, and with them its word on the event. Repeating it changes nothing. */
export async function storeDrafts(db: Pick<Database, 'tx'>, incident: Incident, drafts: StorableDraft[]): Promise<void> {
  const { event, subjects } = incident;
  const said = { vertical: incident.vertical, all: incident.verticals };
  await db.tx(async (sql) => {
    await lockSubjects(sql, event.org_id, [
      ...new Set([...subjects, ...drafts.flatMap((draft) => [draft.subject, ...(draft.subjects ?? [])])]),
    ]);
    await holdSettings(sql, event.org_id, 'together');
    const settled_by = await settlingEvent(sql, incident);
    if (settled_by !== null) {
      await giveVerdict(sql, event.id, { ...said, reason: `settled already by ${settled_by}` });
      return;
    }
    const changes: Change[] = [];
    const left_out: string[] = [];
    for (const [place, draft] of drafts.entries()) {
      const stored = await storeDraft(sql, event, subjects, draft, place);
      if ('left_out' in stored) left_out.push(stored.left_out);
      else changes.push(...stored);
    }
    const reason = left_out.length > 0 && left_out.length === drafts.length ? [...new Set(left_out)].join('; ') : null;
    await giveVerdict(sql, event.id, { ...said, reason });
    // The audit's lock is taken last but for the wake-ups, in every transaction alike: no two can wait for each other.
    for (const { entry } of changes) await appendAudit(sql, entry);
    for (const { wake } of changes) if (wake !== null) await wakeLater(sql, wake, 'dispatcher');
  });
}

/** What storing them would do now, with nothing stored: what settles them all, or for each whether it would join a card. */
export async function foreseeDrafts(
  sql: Sql,
  incident: Incident,
  drafts: readonly Draft[],
): Promise<{ settled_by: string } | { joins: boolean[] }> {
  const { event, subjects, vertical } = incident;
  const settled_by = await settlingEvent(sql, incident);
  if (settled_by !== null) return { settled_by };
  const joins: boolean[] = [];
  for (const draft of drafts) joins.push((await cardToJoin(sql, event.org_id, subjects, { ...draft, vertical })) !== null);
  return { joins };
}

/** `place` is 0 for its event's first draft, 1 for the second. */
async function storeDraft(
  sql: Sql,
  event: StoredEvent,
  incident_subjects: string[],
  draft: StorableDraft,
  place: number,
): Promise<Change[] | { left_out: string }> {
  const known = await cardToJoin(sql, event.org_id, incident_subjects, draft);
  if (known !== null) return joinProposal(sql, event, known.id, draft);
  if (draft.switched_off !== undefined) return { left_out: `${draft.action.action_type} is switched off: ${draft.switched_off}` };
  return insertProposal(sql, event, draft, place);
}

/** The card that a draft is evidence of; null when it makes a new one. */
async function cardToJoin(sql: Sql, org_id: string, incident_subjects: string[], draft: JoinableDraft): Promise<KnownCard | null> {
  const names = [draft.subject, ...(draft.subjects ?? incident_subjects)];
  const cards = [await cardNamed(sql, org_id, draft, names), await cardAlike(sql, org_id, draft)].filter((card) => card !== undefined);
  const known = cards.find(({ status }) => isOpen(status)) ?? cards[0];
  // Nothing but its escalation condition makes a procedure's draft more urgent than the one before.
  const escalates_newly = known !== undefined && isMoreUrgent(draft.urgency, known.urgency);
  return known === undefined || (!isOpen(known.status) && escalates_newly) ? null : known;
}

type JoinableDraft = Draft & Pick<StorableDraft, 'vertical'>;

interface KnownCard {
  id: string;
  status: ProposalStatus;
  urgency: Urgency;
}

/** The card that events of these subjects join: an open one, else one that was decided lately. */
async function cardNamed(sql: Sql, org_id: string, draft: JoinableDraft, names: string[]): Promise<KnownCard | undefined> {
  const [known] = await sql<KnownCard>`
    select id, status, urgency from proposals
    where org_id = ${org_id} and subject = any(${names}) and action_type = ${draft.action.action_type}
      and (status = any(${[...open_statuses]})
        or (status in ('executed', 'rejected', 'expired') and closed_at > now() - ${evidence_hours} * interval '1 hour'))
    order by status = any(${[...open_statuses]}) desc, subject = ${draft.subject} desc, closed_at desc limit 1`;
  return known;
}

/** A statement of its own: prepared together with the other, neither could use its index. */
async function cardAlike(sql: Sql, org_id: string, { vertical, action, alike }: JoinableDraft): Promise<KnownCard | undefined> {
  if (alike === undefined) return undefined;
  const [known] = await sql<KnownCard>`
    select id, status, urgency from proposals
    where org_id = ${org_id} and vertical = ${vertical} and action_type = ${action.action_type}
      and ((status = any(${[...open_statuses]}) and basis @> ${JSON.stringify(alike.open)}::jsonb)
        or (status in ('executed', 'rejected', 'expired') and closed_at > now() - ${evidence_hours} * interval '1 hour'
          and basis @> ${JSON.stringify(alike.closed)}::jsonb))
    order by status = any(${[...open_statuses]}) desc, closed_at desc limit 1`;
  return known;
}

async function insertProposal(sql: Sql, event: StoredEvent, draft: StorableDraft, place: number): Promise<Change[]> {
  const { action } = draft;
  const id = uuidOf(
    event.id,
    draft.vertical,
    action.action_type,
    action.operation ?? '',
    ...(draft.subjects === undefined ? [] : [draft.subject]),
  );
  const payload = sealedPayloadOf(draft);
  const content = {
    organisation: event.org_id,
    proposal_id: id,
    version: 1,
    action_type: action.action_type,
    operation: action.operation,
    connection: draft.connection,
    payload,
  };
  const payload_hash = sealOf(content);
  const inserted = await sql`
    insert into proposals (id, org_id, event_id, vertical, sop_version, subject, action_type, operation, connection, payload, payload_hash,
      urgency, title, facts, reasoning, words, evidence, basis, flags, notes, notes_drafted, priority, priority_parts, reversibility, trace,
      workflow_id, proposed_by, escalates_from, escalates_at, escalation, expires_at, created_at)
    values (${id}, ${event.org_id}, ${event.id}, ${draft.vertical}, ${draft.sop_version}, ${draft.subject}, ${action.action_type}, ${action.operation},
      ${draft.connection}, ${JSON.stringify(payload)}, ${payload_hash}, ${draft.urgency}, ${draft.title}, ${JSON.stringify(draft.facts)},
      ${draft.reasoning}, ${JSON.stringify(draft.words)}, ${JSON.stringify(draft.evidence)}, ${JSON.stringify(draft.basis)}, ${draft.flags},
      ${draft.notes}, ${draft.notes.length}, ${draft.priority.score}, ${JSON.stringify(draft.priority.parts)},
      ${reversibilityOf(action.action_type, action.operation)}, ${JSON.stringify(draft.trace)}, ${`event:${event.id}`},
      ${event.source === 'manual' ? event.actor_id : null}, ${draft.escalates_from}, ${draft.escalates_at},
      ${draft.urgency === 'critical' ? 'owner' : 'none'}, ${draft.expires_at},
      -- The drafts of one event keep their order wherever proposals are listed by age.
      now() + ${place} * interval '1 millisecond')
    on conflict (id) do nothing returning id`;
  if (inserted.length === 0) return [];
  const sealed = { action_type: action.action_type, operation: action.operation, connection: draft.connection, payload, payload_hash };
  await recordVersion(sql, { id, version: 1, org_id: event.org_id, ...sealed }, draft.author);
  await joinEvent(sql, id, event.id);
  const expires_at = draft.expires_at?.toISOString() ?? null;
  const metadata = { version: 1, event_id: event.id, payload_hash, urgency: draft.urgency, expires_at };
  return [{ entry: { org_id: event.org_id, proposal_id: id, from: null, to: 'pending', actor: draft.author, metadata }, wake: null }];
}

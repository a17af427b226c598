/** An event that joins a card which is there. */
import { isMoreUrgent, isOpen } from '../domain/proposal.ts';
import type { StoredEvent } from '../domain/sop.ts';
import type { Json } from '../domain/text.ts';
import type { AuditEntry } from './audit.ts';
import type { Sql } from './database.ts';
import { returnToOwner } from './escalation.ts';
import { joinEvent } from './incident.ts';
import { lockProposal, writeVersion, type LockedProposal } from './moves.ts';
import { endSnooze } from './snooze.ts';
import { redescribe, sealedPayloadOf, type StorableDraft } from './storable.ts';

/** What happened to one proposal: its audit row, and the workflow to tell when it is another event's. */
export interface Change {
  entry: AuditEntry;
  wake: LockedProposal | null;
}

/** The event as evidence of a card: it may make it more urgent, wake it, or supply what it lacked. */
export async function joinProposal(sql: Sql, event: StoredEvent, id: string, draft: StorableDraft): Promise<Change[]> {
  const joins = draft.joins ?? true;
  const row = await lockProposal(sql, event.org_id, id);
  if (joins && !(await joinEvent(sql, id, event.id))) return [];
  const metadata: { [key: string]: Json } = joins ? { joined: event.id } : {};
  // What a person reports stands beside what is signed and changes nothing of it.
  const signed = event.source !== 'manual';
  // A card that is alike keeps its own name: its subject is one of several that the incident goes by.
  if (signed && isOpen(row.status) && row.subject !== draft.subject && draft.alike === undefined) {
    await sql`update proposals set subject = ${draft.subject} where id = ${id}`;
    metadata.subject = draft.subject;
  }
  const may_change = signed && row.status === 'pending';
  if (may_change && isMoreUrgent(draft.urgency, row.urgency)) {
    await sql`
      update proposals set urgency = ${draft.urgency}, priority = ${draft.priority.score}, priority_parts = ${JSON.stringify(draft.priority.parts)},
        facts = ${JSON.stringify(draft.facts)}, reasoning = ${draft.reasoning}, updated_at = now()
      where id = ${id}`;
    metadata.urgency = draft.urgency;
    if (draft.urgency === 'critical') Object.assign(metadata, (await returnToOwner(sql, row)).metadata);
  }
  const critical = metadata.urgency === 'critical';
  // It was put off until something new came, or it has become too urgent to wait.
  if ((joins || critical) && (await endSnooze(sql, id, { only_until_event: !critical })))
    metadata.woken_by = critical ? 'critical' : 'event';
  const supplies = may_change && row.flags.includes('incomplete') && !row.flags.includes('edited') && !draft.flags.includes('incomplete');
  if (supplies) metadata.version = await complete(sql, row, draft);
  if (Object.keys(metadata).length === 0) return [];
  const entry = { org_id: event.org_id, proposal_id: id, from: row.status, to: row.status, actor: draft.author, metadata };
  return [{ entry, wake: isOpen(row.status) ? row : null }];
}

/** A pending draft gets what it lacked, as its next version. */
async function complete(sql: Sql, row: LockedProposal, draft: StorableDraft): Promise<number> {
  const { operation } = draft.action;
  const next = await writeVersion(sql, row, { operation, payload: sealedPayloadOf(draft), connection: draft.connection }, draft.author);
  const kept = next.flags.filter((flag) => flag !== 'incomplete' && flag !== 'rules_only');
  const flags = [...new Set([...kept, ...draft.flags])];
  await redescribe(sql, row, { ...draft, flags }, draft.words);
  await sql`update proposals set trace = ${JSON.stringify(draft.trace)} where id = ${row.id}`;
  return next.version;
}

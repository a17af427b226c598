/** Reads everything stored about one contact's conversations and tickets: two statements. */
import { z } from 'zod';

import type { StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import { open_statuses } from '../../../domain/proposal.ts';
import type { Database } from '../../../prisma/database.ts';
import { settling_types, trigger_types } from '../../../providers/intercom/inbound.ts';
import type { Contact } from '../../../providers/intercom/people.ts';
import { readItem, type Item } from '../../../providers/intercom/shapes.ts';
import { count, flag, instant, isObject, maybe } from '../../../providers/tolerant.ts';
import { isSame, type Happened, type Thread } from './threads.ts';

/** What one event says of its conversation or ticket, before anything stored is read. */
export interface Shown {
  kind: Thread['kind'];
  id: string;
  contact: Contact | null;
  data: Json;
}

/** Null for what names no conversation and no ticket. A person may report Intercom's whole notification or only its item. */
function shownBy({ source, type, payload }: Pick<StoredEvent, 'source' | 'type' | 'payload'>): Shown | null {
  const told = isObject(payload) ? payload : {};
  const whole = isObject(told.data) && isObject(told.data.item);
  const notified = source !== 'manual' ? payload : whole ? { ...told, topic: type } : { topic: type, data: { item: told } };
  return shownIn(readItem(notified));
}

function shownIn(item: Item | null): Shown | null {
  switch (item?.kind) {
    case 'conversation': {
      const { id, contact, ...data } = item.conversation;
      return { kind: 'conversation', id, contact, data };
    }
    case 'ticket': {
      const { id, contact, ...data } = item.ticket;
      return { kind: 'ticket', id, contact, data };
    }
    default:
      return null;
  }
}

export interface ContactReading {
  shown: Shown | null;
  /** The contact's own id; null when nothing stored names one. */
  contact_id: string | null;
  /** As a signed event last showed it. */
  contact: SignedContact | null;
  threads: Thread[];
}

export interface SignedContact {
  name: string | null;
  email: string | null;
  external_id: string | null;
  event_id: string;
}

export async function readContact(db: Pick<Database, 'sql'>, event: StoredEvent): Promise<ContactReading> {
  const shown = shownBy(event);
  if (shown === null) return { shown, contact_id: null, contact: null, threads: [] };
  const first = await readFirst(db, event, shown);
  const named = shown.contact?.id ?? first?.contact?.id ?? null;
  const rows = await readObjects(db, event, shown, named);
  const contact_id = named ?? rows.find((row) => isOf(row, shown))?.customer ?? null;
  const signed = rows.find(({ kind, object_id }) => kind === 'contact' && object_id === contact_id);
  const stored = rows.flatMap(threadOf);
  const own = withOwn(event, shown, first, stored.find((thread) => isSame(thread, shown)) ?? null);
  const threads = [own, ...stored.filter((thread) => !isSame(thread, shown))];
  await addHistory(db, event, threads);
  return {
    shown,
    contact_id,
    contact: signed === undefined ? null : { ...stored_contact.parse(signed.data), event_id: signed.event_id },
    threads,
  };
}

/** What a person reports is used where nothing signed is stored; a signed event completes what a newer one left out. */
function withOwn(event: StoredEvent, shown: Shown, first: Shown | null, stored: Thread | null): Thread {
  const reported = event.source === 'manual';
  const here = readThread(shown.data);
  const { kind, id } = shown;
  const as_of = event.occurred_at.toISOString();
  const thread = stored ?? { kind, id, as_of, event_id: reported ? null : event.id, ...here, over_now: null, triggers: [], settles: [] };
  const opened_by = readThread(first?.data ?? null).started_by;
  return {
    ...thread,
    started_by: (reported ? (thread.started_by ?? here.started_by) : (here.started_by ?? thread.started_by)) ?? opened_by,
    created_at: thread.created_at ?? here.created_at,
    waiting_since: thread.waiting_since ?? here.waiting_since,
    conversation_id: thread.conversation_id ?? here.conversation_id,
  };
}

const thread_data = z
  .object({
    state: maybe(z.string()),
    resolved: flag,
    started_by: maybe(z.enum(['contact', 'admin', 'bot'])),
    created_at: instant,
    waiting_since: instant,
    last_close_at: instant,
    rating: count,
    admin_assignee_id: maybe(z.string()),
    conversation_id: maybe(z.string()),
  })
  .transform(({ state, resolved, ...rest }) => ({
    ...rest,
    over: resolved ? 'resolved' : state === 'closed' || state === 'deleted' ? state : null,
  }));
const stored_contact = z.object({
  name: maybe(z.string()),
  email: maybe(z.string()),
  external_id: maybe(z.string()),
});

function readThread(data: Json): z.output<typeof thread_data> {
  return thread_data.parse(isObject(data) ? data : {});
}

interface ObjectRow {
  kind: string;
  object_id: string;
  customer: string | null;
  data: Json;
  as_of: Date;
  event_id: string;
}

function isOf({ kind, object_id }: ObjectRow, shown: Shown): boolean {
  return kind === shown.kind && object_id === shown.id;
}

function threadOf({ kind, object_id, data, as_of, event_id }: ObjectRow): Thread[] {
  if (kind !== 'conversation' && kind !== 'ticket') return [];
  return [{ kind, id: object_id, as_of: as_of.toISOString(), event_id, ...readThread(data), over_now: null, triggers: [], settles: [] }];
}

/** The earliest signed word on this conversation says who opened it, and with whom, where a later one leaves that out. */
async function readFirst(db: Pick<Database, 'sql'>, event: StoredEvent, shown: Shown): Promise<Shown | null> {
  if (shown.contact !== null && readThread(shown.data).started_by !== null) return null;
  const [row] = await db.sql<{ type: string; payload: Json }>`
    select type, payload_json as payload from events
    where org_id = ${event.org_id} and source = 'intercom' and subject = ${subjectOf(shown)} order by occurred_at limit 1`;
  return row === undefined ? null : shownBy({ source: 'intercom', ...row });
}

const objects_max = 200;

async function readObjects(
  db: Pick<Database, 'sql'>,
  { org_id }: StoredEvent,
  shown: Shown,
  contact_id: string | null,
): Promise<ObjectRow[]> {
  return db.sql<ObjectRow>`
    with own as (
      select kind, object_id, customer, data, as_of, event_id from provider_objects
      where org_id = ${org_id} and source = 'intercom' and kind = ${shown.kind} and object_id = ${shown.id}
    )
    select * from own
    union
    (select kind, object_id, customer, data, as_of, event_id from provider_objects
      where org_id = ${org_id} and source = 'intercom' and customer = coalesce(${contact_id}, (select customer from own))
        and kind in ('conversation', 'ticket', 'contact')
      order by as_of desc limit ${objects_max})
    order by as_of desc`;
}

async function addHistory(db: Pick<Database, 'sql'>, event: StoredEvent, threads: readonly Thread[]): Promise<void> {
  const rows = await db.sql<{ id: string; type: string; subject: string; occurred_at: Date; counts: boolean }>`
    select e.id, e.type, e.subject, e.occurred_at, e.status = 'received' or e.id = ${event.id} or exists (
      select from proposal_events j join proposals p on p.id = j.proposal_id
      where j.event_id = e.id and p.vertical = 'customer_fire' and p.status = any(${[...open_statuses]})) as counts
    from events e
    where e.org_id = ${event.org_id} and e.source = 'intercom' and e.subject = any(${threads.map(subjectOf)})
      and (e.type = any(${[...trigger_types]}) or (e.type = any(${[...settling_types]}) and e.status <> 'ignored'))
    order by e.occurred_at, e.received_at, e.id`;
  for (const [place, { id, type, subject, occurred_at, counts }] of rows.entries()) {
    const thread = threads.find((candidate) => subjectOf(candidate) === subject);
    const happened: Happened = { event_id: id, type, at: occurred_at.toISOString(), place, counts };
    (trigger_types.includes(type) ? thread?.triggers : thread?.settles)?.push(happened);
  }
}

export function subjectOf({ kind, id }: { kind: string; id: string }): string {
  return `intercom:${kind}:${id}`;
}

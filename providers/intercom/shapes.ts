/**
 * Intercom's notifications in our words, whichever API version shaped them. Until 2.0 a conversation names its `user` and its
 * `conversation_message`, from then on its `contacts` and its `source`; a ticket's state was a word until 2.12 and is an object since:
 * https://developers.intercom.com/docs/references/webhooks/webhook-models. A member that is absent or of another type reads as null.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { count, flag, id, instant, isObject, maybe, required_id, text } from '../tolerant.ts';
import { author, contact, contact_list, customer_words, startedBy, withAuthor, word, type Contact } from './people.ts';

/** Where nobody is assigned, Intercom says 0, null, or `nobody_admin`. */
const assignee_id = id.transform((found) => (found === '0' ? null : found));

const source = maybe(z.object({ delivered_as: word, type: word, author, subject: text, body: maybe(z.string()) }));
const assignee = maybe(z.object({ type: word, id: assignee_id }));
const statistics = maybe(
  z.object({
    first_admin_reply_at: instant,
    last_admin_reply_at: instant,
    last_contact_reply_at: instant,
    last_close_at: instant,
    count_reopens: count,
  }),
);

const conversation = z
  .object({
    id: required_id,
    created_at: instant,
    updated_at: instant,
    waiting_since: instant,
    snoozed_until: instant,
    state: word,
    open: flag,
    priority: z.union([z.boolean(), word.transform((name) => name === 'priority')]).catch(false),
    admin_assignee_id: assignee_id,
    team_assignee_id: assignee_id,
    assignee,
    source,
    conversation_message: source,
    user: maybe(contact),
    contact: maybe(contact),
    contacts: contact_list,
    customers: contact_list,
    statistics,
    conversation_rating: maybe(z.object({ rating: count })),
  })
  .transform((found) => {
    const first = found.source ?? found.conversation_message;
    const named = [found.user, found.contact].filter((one) => one !== null);
    const people = withAuthor([...named, ...found.contacts, ...found.customers], first?.author ?? null);
    return {
      id: found.id,
      /** `open`, `closed` or `snoozed`. */
      state: found.state ?? stateOf(found.open),
      /** Who wrote first; null when the payload does not tell. */
      started_by: startedBy(first),
      delivered_as: first?.delivered_as ?? null,
      /** The one it is with, and everyone who takes part. */
      contact: people[0] ?? null,
      contacts: people,
      admin_assignee_id: found.admin_assignee_id ?? (found.assignee?.type === 'admin' ? found.assignee.id : null),
      team_assignee_id: found.team_assignee_id ?? (found.assignee?.type === 'team' ? found.assignee.id : null),
      priority: found.priority,
      created_at: found.created_at,
      updated_at: found.updated_at,
      /** Since when the customer waits for an answer; null when the last word is ours. */
      waiting_since: found.waiting_since,
      snoozed_until: found.snoozed_until,
      first_admin_reply_at: found.statistics?.first_admin_reply_at ?? null,
      last_contact_reply_at: found.statistics?.last_contact_reply_at ?? null,
      last_close_at: found.statistics?.last_close_at ?? null,
      rating: found.conversation_rating?.rating ?? null,
      /** Text from outside, HTML included. */
      subject: first?.subject ?? null,
      body: first?.body ?? null,
    };
  });
export type Conversation = z.output<typeof conversation>;

const ticket = z
  .object({
    id: required_id,
    category: word,
    ticket_type: maybe(z.object({ category: word })),
    ticket_state: z
      .union([z.string().max(100), z.object({ category: z.string().max(100) }).transform((state) => state.category)])
      .catch(''),
    ticket_state_category: word,
    open: flag,
    user: maybe(contact),
    contact: maybe(contact),
    contacts: contact_list,
    admin_assignee_id: assignee_id,
    team_assignee_id: assignee_id,
    created_at: instant,
    updated_at: instant,
    snoozed_until: instant,
    ticket_attributes: maybe(z.object({ _default_title_: text, _default_description_: maybe(z.string()) })),
    ticket_parts: maybe(z.object({ ticket_parts: z.array(maybe(z.object({ author }))) })),
    linked_objects: maybe(z.object({ data: z.array(maybe(z.object({ type: word, id }))) })),
    conversation_id: id,
  })
  .transform((found) => {
    const category = found.category ?? found.ticket_type?.category ?? null;
    const first = found.ticket_parts?.ticket_parts[0]?.author ?? null;
    const named = [found.user, found.contact].filter((one) => one !== null);
    const people = withAuthor([...named, ...found.contacts], first);
    const state = found.ticket_state.toLowerCase() || found.ticket_state_category;
    return {
      id: found.id,
      /** `customer`, `back-office` or `tracker`. */
      category,
      /** `submitted`, `in_progress`, `waiting_on_customer` or `resolved`. */
      state: state ?? (found.open === false ? 'resolved' : null),
      resolved: state === 'resolved' || found.open === false,
      started_by:
        startedBy({ author: first, delivered_as: null }) ?? (category === 'back-office' || category === 'tracker' ? 'admin' : null),
      contact: people[0] ?? null,
      contacts: people,
      /** The conversation it came from, when it names one. */
      conversation_id: found.conversation_id ?? found.linked_objects?.data.find((one) => one?.type === 'conversation')?.id ?? null,
      admin_assignee_id: found.admin_assignee_id,
      team_assignee_id: found.team_assignee_id,
      created_at: found.created_at,
      updated_at: found.updated_at,
      snoozed_until: found.snoozed_until,
      subject: found.ticket_attributes?._default_title_ ?? null,
      body: found.ticket_attributes?._default_description_ ?? null,
    };
  });
export type Ticket = z.output<typeof ticket>;

const notification = z.object({
  id,
  topic: z.string().regex(/^[a-z][\w.]{0,99}$/i),
  created_at: instant,
  first_sent_at: instant,
  data: maybe(z.object({ item: z.unknown() })),
});

export type Item =
  { kind: 'conversation'; conversation: Conversation } | { kind: 'ticket'; ticket: Ticket } | { kind: 'contact'; contact: Contact };

export const readNotification = (payload: Json) => notification.safeParse(payload);

/** What a notification is about; null when that is none of ours. */
export function readItem(payload: Json): Item | null {
  const told = notification.safeParse(payload).data;
  const item = told?.data?.item;
  if (told === undefined || !isObject(item)) return null;
  const kind = kindOf(item.type) ?? kindOf(told.topic.split('.', 1)[0]);
  // Some topics wrap what they are about.
  const inner = kind !== null && isObject(item[kind]) ? item[kind] : item;
  switch (kind) {
    case 'conversation': {
      const found = conversation.safeParse(inner).data;
      return found === undefined ? null : { kind, conversation: found };
    }
    case 'ticket': {
      const found = ticket.safeParse(inner).data;
      return found === undefined ? null : { kind, ticket: found };
    }
    case 'contact': {
      const found = contact.safeParse(inner).data;
      return found === undefined ? null : { kind, contact: found };
    }
    case null:
      return null;
  }
}

export function readConversation(payload: Json): Conversation | null {
  const item = readItem(payload);
  return item?.kind === 'conversation' ? item.conversation : null;
}

export function readTicket(payload: Json): Ticket | null {
  const item = readItem(payload);
  return item?.kind === 'ticket' ? item.ticket : null;
}

function kindOf(name: Json | undefined): Item['kind'] | null {
  if (name === 'conversation' || name === 'ticket') return name;
  return typeof name === 'string' && customer_words.includes(name) ? 'contact' : null;
}

function stateOf(open: boolean | null): string | null {
  return open === null ? null : open ? 'open' : 'closed';
}

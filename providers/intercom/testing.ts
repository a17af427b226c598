/** Intercom's notifications in both shapes, as it documents them, cut down to what matters; tests sign them. */
import { createHmac } from 'node:crypto';

import type { Json } from '../../domain/text.ts';

type JsonObject = { [key: string]: Json };
/** `old` is any API version before 2.0, `new` that one and later. */
export type Shape = 'old' | 'new';
export const shapes: readonly Shape[] = ['old', 'new'];

export const intercom_secret = 'a secret for tests of Intercom';

/** The headers Intercom sends with this body. */
export function signIntercom(body: string, secret: string): Record<string, string> {
  return { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` };
}

let count = 0;

export function intercomNotification(
  topic: string,
  item: JsonObject,
  more: { id?: string | null; at?: Date; overrides?: JsonObject } = {},
): JsonObject {
  count += 1;
  const at = seconds(more.at ?? new Date());
  return {
    type: 'notification_event',
    app_id: 'a86dr8yl',
    data: { type: 'notification_event_data', item },
    links: {},
    id: more.id === undefined ? `notif_${process.pid}_${count}` : more.id,
    topic,
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: at,
    created_at: at,
    self: null,
    ...more.overrides,
  };
}

export interface IntercomPerson {
  id?: string;
  name?: string | null;
  email?: string | null;
  external_id?: string | null;
  /** `user` and `lead` are customers. */
  type?: string;
}

const bo = { id: '5ba682d23d7cf92bef87bfd4', name: 'Bo Marin', email: 'bo@example.com', external_id: 'customer-25', type: 'user' };

export interface ConversationOptions {
  shape?: Shape;
  id?: string;
  contact?: IntercomPerson;
  /** Who wrote first; the contact unless told otherwise. */
  author?: IntercomPerson;
  delivered_as?: string;
  state?: 'open' | 'closed' | 'snoozed';
  admin_assignee_id?: string | null;
  team_assignee_id?: string | null;
  created_at?: Date;
  updated_at?: Date;
  waiting_since?: Date | null;
  subject?: string;
  body?: string;
  rating?: number;
  overrides?: JsonObject;
}

/** A notification about a conversation. `at` is when it was told; the conversation is as old as `created_at` says. */
export function intercomConversation(
  topic = 'conversation.user.created',
  more: ConversationOptions & { at?: Date; notification_id?: string | null } = {},
): JsonObject {
  return intercomNotification(topic, conversationItem(topic, more), {
    at: more.at,
    ...(more.notification_id === undefined ? {} : { id: more.notification_id }),
  });
}

export function conversationItem(topic: string, more: ConversationOptions & { at?: Date } = {}): JsonObject {
  const { shape = 'new', id = '147', at = new Date(), created_at = at, updated_at = at } = more;
  const { state = topic === 'conversation.admin.closed' ? 'closed' : 'open', admin_assignee_id = null, team_assignee_id = null } = more;
  const contact = { ...bo, ...more.contact };
  const author = { ...contact, ...more.author };
  const { subject = '', body = '<p>Nothing works since this morning.</p>', delivered_as = deliveredAs(author.type) } = more;
  const writer: JsonObject = { type: author.type, id: author.id, name: author.name, email: author.email };
  if (shape === 'old') {
    return {
      type: 'conversation',
      id,
      created_at: seconds(created_at),
      updated_at: seconds(updated_at),
      user: { type: contact.type, id: contact.id, user_id: contact.external_id, name: contact.name, email: contact.email },
      assignee: admin_assignee_id === null ? { type: 'nobody_admin', id: null } : { type: 'admin', id: admin_assignee_id },
      conversation_message: { type: 'conversation_message', id: '321546', subject, body, author: writer, attachments: [] },
      conversation_parts: { type: 'conversation_part.list', conversation_parts: [], total_count: 0 },
      open: state !== 'closed',
      read: true,
      links: { conversation_web: `https://app.intercom.io/a/apps/a86dr8yl/conversations/${id}` },
      ...more.overrides,
    };
  }
  return {
    type: 'conversation',
    id,
    title: null,
    created_at: seconds(created_at),
    updated_at: seconds(updated_at),
    waiting_since: more.waiting_since === null ? null : seconds(more.waiting_since ?? created_at),
    snoozed_until: null,
    open: state === 'open',
    state,
    read: false,
    priority: 'not_priority',
    admin_assignee_id: admin_assignee_id === null ? null : Number(admin_assignee_id),
    team_assignee_id,
    source: {
      type: 'conversation',
      id: '403918320',
      delivered_as,
      subject,
      body,
      author: writer,
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: contact.id, external_id: contact.external_id }] },
    teammates: { type: 'admin.list', teammates: [] },
    conversation_parts: { type: 'conversation_part.list', conversation_parts: [], total_count: 0 },
    statistics: { type: 'conversation_statistics', first_contact_reply_at: seconds(created_at), count_reopens: 0 },
    conversation_rating: more.rating === undefined ? null : { rating: more.rating, remark: null, created_at: seconds(at) },
    ...more.overrides,
  };
}

/** A notification about a ticket. `state: 'resolved'` for one that is done. */
export function intercomTicket(
  topic = 'ticket.created',
  more: {
    shape?: Shape;
    id?: string;
    contact?: IntercomPerson;
    author?: IntercomPerson;
    category?: string;
    state?: string;
    conversation_id?: string | null;
    admin_assignee_id?: string | null;
    created_at?: Date;
    at?: Date;
    title?: string;
    description?: string;
    notification_id?: string | null;
    overrides?: JsonObject;
  } = {},
): JsonObject {
  const { shape = 'new', id = '1295', at = new Date(), created_at = at, category = 'Customer', admin_assignee_id = null } = more;
  const { state = topic === 'ticket.created' ? 'submitted' : 'resolved', conversation_id = null } = more;
  const contact = { ...bo, ...more.contact };
  const author = { ...contact, ...more.author };
  const item: JsonObject = {
    type: 'ticket',
    id,
    ticket_id: '1390',
    category,
    ticket_attributes: {
      _default_title_: more.title ?? 'Export is empty',
      _default_description_: more.description ?? 'The export has no rows since this morning.',
    },
    ticket_state:
      shape === 'old' ? state : { type: 'ticket_state', id: '12', category: state, internal_label: state, external_label: state },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: contact.id, external_id: contact.external_id }] },
    admin_assignee_id,
    team_assignee_id: null,
    created_at: seconds(created_at),
    updated_at: seconds(at),
    open: state !== 'resolved',
    snoozed_until: null,
    linked_objects: {
      type: 'list',
      total_count: conversation_id === null ? 0 : 1,
      has_more: false,
      data: conversation_id === null ? [] : [{ type: 'conversation', id: conversation_id, category: null }],
    },
    ticket_parts: {
      type: 'ticket_part.list',
      ticket_parts: [
        {
          type: 'ticket_part',
          id: '3',
          part_type: 'ticket_state_updated_by_user',
          created_at: seconds(created_at),
          author: { type: author.type, id: author.id, name: author.name, email: author.email },
        },
      ],
      total_count: 1,
    },
    ...more.overrides,
  };
  return intercomNotification(topic, item, { at, ...(more.notification_id === undefined ? {} : { id: more.notification_id }) });
}

export function intercomPing(at = new Date()): JsonObject {
  return intercomNotification('ping', { type: 'ping', message: 'something something interzen' }, { id: null, at });
}

function deliveredAs(author_type: string): string {
  if (author_type === 'admin') return 'admin_initiated';
  return author_type === 'bot' ? 'operator_initiated' : 'customer_initiated';
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

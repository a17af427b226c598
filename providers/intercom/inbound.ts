/** Intercom's notifications: verified, then parsed into our event. Pure: secrets and clock are arguments. */
import { ShapeError, SignatureError, type Delivery, type InboundEvent, type ProviderObject, type Receiver } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { signedByAny } from '../hmac.ts';
import { happenedAt } from '../tolerant.ts';
import type { Contact } from './people.ts';
import { readItem, readNotification, type Conversation, type Item } from './shapes.ts';

/** Topics that say a customer asks for something. */
export const trigger_types: readonly string[] = ['conversation.user.created', 'conversation.user.replied', 'ticket.created'];
/** Topics after which nobody needs to be asked any more; of `ticket.state.updated`, the resolved ones. */
export const settling_types: readonly string[] = [
  'conversation.admin.closed',
  'conversation.deleted',
  'ticket.state.updated',
  'ticket.closed',
];

export const intercom_receiver: Receiver = {
  media_types: ['application/json'],
  verify: verifyIntercom,
  parse: (delivery, json) => ({ events: [parseIntercom(delivery, json())] }),
};

/** Throws a SignatureError unless one of the secrets signed exactly these bytes, with SHA-1 as Intercom does. */
export function verifyIntercom({ body, headers, secrets }: Pick<Delivery, 'body' | 'headers' | 'secrets'>): void {
  const header = headers['x-hub-signature'];
  if (typeof header !== 'string' || header === '') throw new SignatureError('The X-Hub-Signature header is missing.');
  const signature = /^sha1=([0-9a-f]{40})$/i.exec(header)?.[1] ?? '';
  if (!signedByAny(secrets, body, signature, 'sha1'))
    throw new SignatureError('X-Hub-Signature is not the signature of this body with a configured secret.');
}

/** Throws a ShapeError for what is no notification. */
export function parseIntercom({ body, now }: Pick<Delivery, 'body' | 'now'>, payload: Json): InboundEvent {
  const { data: told, error } = readNotification(payload);
  if (told === undefined)
    throw new ShapeError(
      `Not an Intercom notification: ${error?.issues.map((issue) => `${issue.path.join('.') || 'body'} ${issue.message}`).join('; ')}`,
    );
  const { topic } = told;
  const item = readItem(payload);
  return {
    source: 'intercom',
    type: topic,
    occurred_at: happenedAt(now, told.created_at, told.first_sent_at),
    // A ping has no id.
    identity: told.id ?? sha256(body),
    payload,
    subject: item === null ? null : `intercom:${item.kind}:${idOf(item)}`,
    ignored: reasonToIgnore(topic, item),
    objects: item === null ? [] : objectsOf(topic, item),
  };
}

function reasonToIgnore(topic: string, item: Item | null): string | null {
  if (topic === 'ping') return 'a ping';
  if (!trigger_types.includes(topic) && !settling_types.includes(topic)) return `no procedure lists ${topic}`;
  if (item === null) return 'it names no conversation or ticket';
  return topic === 'ticket.state.updated' && item.kind === 'ticket' && !item.ticket.resolved ? 'the ticket is not resolved' : null;
}

function idOf(item: Item): string {
  switch (item.kind) {
    case 'conversation':
      return item.conversation.id;
    case 'ticket':
      return item.ticket.id;
    case 'contact':
      return item.contact.id;
  }
}

function objectsOf(topic: string, item: Item): ProviderObject[] {
  switch (item.kind) {
    case 'conversation': {
      const { contact, contacts, subject: _, body: __, ...facts } = item.conversation;
      const data = { ...facts, state: stateAfter(topic, item.conversation), contact_id: contact?.id ?? null };
      return [{ kind: 'conversation', id: facts.id, customer: data.contact_id, data }, ...contacts.flatMap(known)];
    }
    case 'ticket': {
      const { contact, contacts, subject: _, body: __, ...facts } = item.ticket;
      const data = { ...facts, contact_id: contact?.id ?? null };
      return [{ kind: 'ticket', id: facts.id, customer: data.contact_id, data }, ...contacts.flatMap(known)];
    }
    case 'contact':
      return topic.endsWith('.deleted')
        ? [{ kind: 'contact', id: item.contact.id, customer: item.contact.id, data: { ...item.contact, deleted: true } }]
        : known(item.contact);
  }
}

/** The topic tells what the payload of an older version leaves out. */
function stateAfter(topic: string, { state }: Conversation): string | null {
  switch (topic) {
    case 'conversation.admin.closed':
      return 'closed';
    case 'conversation.deleted':
      return 'deleted';
    case 'conversation.admin.snoozed':
      return state ?? 'snoozed';
    default:
      return state ?? 'open';
  }
}

/** A mere id would overwrite what an earlier notification told about the person. */
function known(contact: Contact): ProviderObject[] {
  const { id, email, name, external_id } = contact;
  return email === null && name === null && external_id === null ? [] : [{ kind: 'contact', id, customer: id, data: contact }];
}

import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { parseIntercom, verifyIntercom } from './inbound.ts';
import { readConversation, readTicket } from './shapes.ts';
import {
  intercom_secret as secret,
  intercomConversation,
  intercomNotification,
  intercomPing,
  intercomTicket,
  shapes,
  signIntercom,
} from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const at = new Date('2026-11-20T11:00:00Z');
const bo = { id: 'c_1', name: 'Bo Marin', email: 'bo@example.com', external_id: 'cus_1', type: 'user' };
const ana = { id: '814860', name: 'Ana', email: 'ana@example.com', type: 'admin' };

function parse(payload: Json) {
  return parseIntercom({ body: Buffer.from(JSON.stringify(payload)), now }, payload);
}

const objectsOf = (payload: Json) =>
  Object.fromEntries(parse(payload).objects.map(({ kind, id, customer, data }) => [kind, { id, customer, data }]));

describe('a signature', () => {
  const body = Buffer.from('{"topic":"ping"}');
  const sha1 = createHmac('sha1', secret).update(body).digest('hex');
  const verify = (signature: string | undefined, secrets = [secret]) =>
    verifyIntercom({ body, headers: { 'x-hub-signature': signature }, secrets });

  test('of the current or a previous secret passes', () => {
    expect(signIntercom(body.toString(), secret)['x-hub-signature']).toBe(`sha1=${sha1}`);
    expect(() => verify(`sha1=${sha1}`)).not.toThrow();
    expect(() => verify(`sha1=${sha1.toUpperCase()}`, ['another', secret])).not.toThrow();
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['without its scheme', sha1],
    ['bare', 'sha1='],
    ['of an empty secret', `sha1=${createHmac('sha1', '').update(body).digest('hex')}`],
    ['of another algorithm', `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`],
    ['too long', `sha1=${sha1}00`],
  ])('that is %s is refused', (_what, signature) => {
    expect(() => verify(signature, [secret, '', ' '])).toThrow(SignatureError);
  });
});

describe.each(shapes)('a conversation in the %s shape', (shape) => {
  test('is about itself, when Intercom says, with the contact it is with', () => {
    const payload = intercomConversation('conversation.user.created', { shape, id: '147', contact: bo, at, notification_id: 'notif_1' });
    expect(parse(payload)).toMatchObject({
      source: 'intercom',
      type: 'conversation.user.created',
      identity: 'notif_1',
      occurred_at: at,
      payload,
      subject: 'intercom:conversation:147',
      ignored: null,
    });
    expect(objectsOf(payload)).toMatchObject({
      conversation: {
        id: '147',
        customer: 'c_1',
        data: { state: 'open', started_by: 'contact', contact_id: 'c_1', created_at: at.toISOString() },
      },
      contact: { id: 'c_1', customer: 'c_1', data: { email: 'bo@example.com', name: 'Bo Marin', external_id: 'cus_1', role: 'user' } },
    });
  });

  test('keeps no text of the conversation beside the payload', () => {
    const payload = intercomConversation('conversation.user.created', { shape, subject: 'Secret', body: '<p>between us</p>' });
    expect(JSON.stringify(parse(payload).objects)).not.toMatch(/Secret|between us/);
    expect(readConversation(payload)).toMatchObject({ subject: 'Secret', body: '<p>between us</p>' });
  });

  test('tells who wrote first', () => {
    const startedBy = (author: object, delivered_as?: string) =>
      readConversation(intercomConversation('conversation.user.replied', { shape, contact: bo, author, delivered_as }))?.started_by;
    expect(startedBy({})).toBe('contact');
    expect(startedBy({ type: 'lead' })).toBe('contact');
    expect(startedBy(ana)).toBe('admin');
    expect(startedBy({ type: 'bot', id: '1' })).toBe('bot');
  });

  test('with an assignee names them, and nobody as nobody', () => {
    const assigneeOf = (admin_assignee_id: string | null) =>
      readConversation(intercomConversation('conversation.admin.assigned', { shape, admin_assignee_id }))?.admin_assignee_id;
    expect(assigneeOf('814860')).toBe('814860');
    expect(assigneeOf('0')).toBeNull();
    expect(assigneeOf(null)).toBeNull();
  });

  test('that was closed has its workflow, which withdraws cards, and is kept as closed', () => {
    const payload = intercomConversation('conversation.admin.closed', { shape });
    expect(parse(payload).ignored).toBeNull();
    expect(objectsOf(payload)).toMatchObject({ conversation: { data: { state: 'closed' } } });
  });

  test.each([
    'conversation.admin.replied',
    'conversation.admin.assigned',
    'conversation.admin.opened',
    'conversation.admin.snoozed',
    'conversation.rating.added',
  ])('of the topic %s is ignored, and its state is kept', (topic) => {
    const payload = intercomConversation(topic, { shape });
    expect(parse(payload).ignored).toBe(`no procedure lists ${topic}`);
    expect(objectsOf(payload)).toMatchObject({ conversation: { data: { state: 'open' } } });
  });
});

describe('a conversation', () => {
  test('that somebody else began in a person’s name was not begun by a contact', () => {
    const startedBy = (delivered_as: string) =>
      readConversation(intercomConversation('conversation.user.replied', { delivered_as }))?.started_by;
    expect(startedBy('customer_initiated')).toBe('contact');
    expect(startedBy('admin_initiated')).toBe('admin');
    expect(['automated', 'operator_initiated', 'campaigns_initiated'].map(startedBy)).toEqual(['bot', 'bot', 'bot']);
  });

  test('that does not tell who began it leaves that open', () => {
    const bare = intercomNotification('conversation.user.replied', { type: 'conversation', id: 147 });
    expect(readConversation(bare)).toMatchObject({ id: '147', started_by: null, contact: null, state: null });
    expect(objectsOf(bare)).toMatchObject({ conversation: { id: '147', customer: null, data: { state: 'open' } } });
  });

  test('names its contacts in a list, a page or bare, and takes the address from whoever wrote first', () => {
    const listed = [{ type: 'contact', id: 'c_1', external_id: null }];
    const forms: Json[] = [listed, { type: 'contact.list', contacts: listed }, { type: 'list', data: listed }];
    for (const contacts of forms) {
      const found = readConversation(intercomConversation('conversation.user.created', { contact: bo, overrides: { contacts } }));
      expect(found?.contacts).toEqual([
        { id: 'c_1', role: 'user', name: 'Bo Marin', email: 'bo@example.com', external_id: null, phone: null, created_at: null },
      ]);
    }
  });

  test('with a teammate’s message first is still with its contact', () => {
    const found = readConversation(intercomConversation('conversation.user.replied', { contact: bo, author: ana }));
    expect(found).toMatchObject({ started_by: 'admin', contact: { id: 'c_1', email: null } });
  });

  test('of several contacts is with the one who wrote first', () => {
    const contacts: Json = { contacts: [{ id: 'c_9' }, { id: 'c_1', external_id: 'cus_1' }] };
    const found = readConversation(intercomConversation('conversation.user.created', { contact: bo, overrides: { contacts } }));
    expect(found?.contacts.map(({ id, email, external_id }) => [id, email, external_id])).toEqual([
      ['c_1', 'bo@example.com', 'cus_1'],
      ['c_9', null, null],
    ]);
  });

  test('whose contact is a mere id overwrites nothing known of the person', () => {
    const contacts = { contacts: [{ id: 'c_1', external_id: null }] };
    expect(Object.keys(objectsOf(intercomConversation('conversation.user.replied', { author: ana, overrides: { contacts } })))).toEqual([
      'conversation',
    ]);
  });

  test('shows how long it waits and how it was rated', () => {
    const found = readConversation(
      intercomConversation('conversation.rating.added', { at, created_at: at, rating: 1, waiting_since: null }),
    );
    expect(found).toMatchObject({ rating: 1, waiting_since: null, created_at: at.toISOString() });
  });

  test('that was deleted is a settling one with nothing but its id', () => {
    const payload = intercomNotification('conversation.deleted', { type: 'conversation', id: '147' });
    expect(parse(payload)).toMatchObject({
      ignored: null,
      subject: 'intercom:conversation:147',
      objects: [{ data: { state: 'deleted' } }],
    });
  });
});

describe.each(shapes)('a ticket in the %s shape', (shape) => {
  test('is about itself, and names its contact and the conversation it came from', () => {
    const payload = intercomTicket('ticket.created', { shape, id: '1295', contact: bo, conversation_id: '147', at });
    expect(parse(payload)).toMatchObject({ type: 'ticket.created', subject: 'intercom:ticket:1295', ignored: null, occurred_at: at });
    expect(readTicket(payload)).toMatchObject({
      conversation_id: '147',
      state: 'submitted',
      resolved: false,
      started_by: 'contact',
      category: 'customer',
    });
    expect(objectsOf(payload)).toMatchObject({
      ticket: { id: '1295', customer: 'c_1', data: { contact_id: 'c_1', conversation_id: '147' } },
      contact: { id: 'c_1', data: { email: 'bo@example.com' } },
    });
  });

  test('that is resolved has its workflow, and one that merely moves on has none', () => {
    expect(parse(intercomTicket('ticket.state.updated', { shape, state: 'resolved' })).ignored).toBeNull();
    expect(parse(intercomTicket('ticket.state.updated', { shape, state: 'in_progress' })).ignored).toBe('the ticket is not resolved');
    expect(parse(intercomTicket('ticket.closed', { shape })).ignored).toBeNull();
  });

  test('that a teammate wrote was not begun by a contact', () => {
    expect(readTicket(intercomTicket('ticket.created', { shape, author: ana }))?.started_by).toBe('admin');
    expect(
      readTicket(intercomTicket('ticket.created', { shape, category: 'Back-office', overrides: { ticket_parts: null } }))?.started_by,
    ).toBe('admin');
    expect(readTicket(intercomTicket('ticket.created', { shape, overrides: { ticket_parts: null } }))?.started_by).toBeNull();
  });
});

describe('a ticket', () => {
  test('is found where a topic wraps it', () => {
    const { data } = intercomTicket('ticket.state.updated', { id: '7' }) as { data: { item: Json } };
    const wrapped = intercomNotification('ticket.state.updated', { type: 'ticket_notification', ticket: data.item });
    expect(parse(wrapped)).toMatchObject({ subject: 'intercom:ticket:7', ignored: null });
  });

  test('keeps no text beside the payload', () => {
    expect(JSON.stringify(parse(intercomTicket('ticket.created', { title: 'Secret', description: 'between us' })).objects)).not.toMatch(
      /Secret|between us/,
    );
  });
});

describe('a contact', () => {
  test.each(['contact.user.updated', 'contact.email.updated', 'user.created'])('of the topic %s is kept', (topic) => {
    const item = {
      type: topic.startsWith('user') ? 'user' : 'contact',
      id: 'c_1',
      role: 'user',
      email: 'bo@example.com',
      name: 'Bo',
      external_id: 'cus_1',
    };
    const payload = intercomNotification(topic, item);
    expect(parse(payload)).toMatchObject({ subject: 'intercom:contact:c_1', ignored: `no procedure lists ${topic}` });
    expect(objectsOf(payload)).toMatchObject({
      contact: { id: 'c_1', customer: 'c_1', data: { email: 'bo@example.com', external_id: 'cus_1' } },
    });
  });

  test('that was deleted is kept as deleted', () => {
    expect(parse(intercomNotification('contact.deleted', { type: 'contact', id: 'c_1' })).objects).toMatchObject([
      { data: { deleted: true } },
    ]);
  });
});

describe('any notification', () => {
  test('that is a ping is ignored, and known by its body, for it has no id', () => {
    const payload = intercomPing(at);
    expect(parse(payload)).toMatchObject({
      type: 'ping',
      ignored: 'a ping',
      identity: sha256(JSON.stringify(payload)),
      subject: null,
      objects: [],
    });
  });

  test('without its time took place when it was first sent, else now', () => {
    const told = intercomNotification('company.created', { type: 'company', id: '1' }, { at });
    expect(parse({ ...told, created_at: null }).occurred_at).toEqual(at);
    expect(parse({ ...told, created_at: 'soon', first_sent_at: 1e15 }).occurred_at).toEqual(now);
    expect(parse({ ...told, created_at: String(at.getTime() / 1000) }).occurred_at).toEqual(at);
  });

  test('of a listed topic that names nothing is ignored', () => {
    expect(parse(intercomNotification('conversation.user.created', {})).ignored).toBe('it names no conversation or ticket');
  });

  test.each([[null], [[]], ['text'], [{}], [{ topic: 7 }], [{ topic: '<script>' }], [{ id: 'notif_1', data: {} }]])(
    'of the shape %j is refused',
    (value) => {
      expect(() => parse(value as Json)).toThrow(ShapeError);
    },
  );

  test('whatever it holds never breaks the parser', () => {
    const members = [
      'id',
      'user',
      'contacts',
      'source',
      'author',
      'conversation_message',
      'state',
      'assignee',
      'ticket_state',
      'ticket_parts',
      'linked_objects',
      'created_at',
      'item',
      'statistics',
      'priority',
    ];
    const withMember = (value: Json, member: string, odd: Json): Json => {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, key === member ? odd : withMember(item, member, odd)]));
    };
    const samples = [intercomConversation(), intercomConversation('conversation.admin.closed', { shape: 'old' }), intercomTicket()];
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.constantFrom(...members), fc.jsonValue(), (sample, member, odd) => {
        expect(parse(withMember(sample, member, odd as Json)).occurred_at.getTime()).toBeLessThanOrEqual(now.getTime());
      }),
    );
  });
});

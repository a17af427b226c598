import { afterAll, beforeAll, expect, test } from 'vitest';

import { startPeer, type Peer } from '../../scripts/testing/peer.ts';
import { createIntercomReader, type IntercomReader } from './reads.ts';
import { conversationItem, intercomTicket } from './testing.ts';

let peer: Peer;
let read: IntercomReader;
const founder = {
  type: 'admin',
  id: '1001',
  name: 'Mal Reynolds',
  email: 'mal@example.com',
  job_title: 'Captain',
  away_mode_enabled: true,
  has_inbox_seat: true,
};
const states: { [path: string]: unknown } = {
  '/admins': { type: 'admin.list', admins: [founder, { type: 'team', id: '814865', name: 'Support', email: null }] },
  '/conversations/147': conversationItem('conversation.user.created', { id: '147', admin_assignee_id: '1001' }),
  '/conversations/148': conversationItem('conversation.admin.closed', { id: '148' }),
  '/conversations/149': conversationItem('conversation.user.created', { id: '1' }),
  '/tickets/7': itemOf(intercomTicket('ticket.state.updated', { id: '7', state: 'resolved' })),
};

function itemOf(notification: unknown): unknown {
  return (notification as { data: { item: unknown } }).data.item;
}

beforeAll(async () => {
  peer = await startPeer(({ path }) => {
    const body = states[path];
    return body === undefined ? { status: 404, body: { type: 'error.list', errors: [{ code: 'not_found' }] } } : { status: 200, body };
  });
  read = createIntercomReader({ base_url: peer.url, token: 'a token for tests' }, 500);
});
afterAll(() => peer.close());

const conversation = (id: string) => ({ kind: 'conversation' as const, id });

test('conversations and tickets are read as they are now, and teams are no teammates', async () => {
  const reading = await read({ threads: [conversation('147'), conversation('148'), conversation('150'), { kind: 'ticket', id: '7' }] });
  expect(reading).toEqual({
    threads: [
      { kind: 'conversation', id: '147', over: null, admin_assignee_id: '1001' },
      { kind: 'conversation', id: '148', over: 'closed', admin_assignee_id: null },
      { kind: 'ticket', id: '7', over: 'resolved', admin_assignee_id: null },
    ],
    admins: [{ id: '1001', name: 'Mal Reynolds', email: 'mal@example.com', title: 'Captain', has_inbox_seat: true, away: true }],
    unreadable: null,
  });
});

test('every request carries the token and the version of the API it was written for', async () => {
  await read({ threads: [] });
  expect(peer.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer a token for tests', 'intercom-version': '2.14' });
});

test.each([
  [{ status: 401, body: {} }, 'it refused the access token'],
  [{ status: 429, body: {} }, 'it answered 429'],
  [{ status: 500, body: {} }, 'it answered 500'],
  ['hang', 'it took too long'],
  ['drop', 'the connection was lost'],
  ['garbage_after_effect', 'its answer could not be understood'],
] as const)('what cannot be read says why: %j', async (fault, reason) => {
  peer.next('/conversations/147', fault);
  const { threads, admins, unreadable } = await read({ threads: [conversation('147')] });
  expect({ threads, unreadable }).toEqual({ threads: [], unreadable: reason });
  expect(admins).toHaveLength(1);
});

test('an answer about another conversation is no answer', async () => {
  expect(await read({ threads: [conversation('149')] })).toMatchObject({ threads: [], unreadable: 'its answer could not be understood' });
});

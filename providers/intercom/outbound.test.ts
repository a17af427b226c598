import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { freePort } from '../../scripts/ports.ts';
import { intercom_token, startIntercom, type TestConversation, type TestIntercom } from '../../scripts/testing/intercom.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { intercomIdentity } from './account.ts';
import { createIntercomClient } from './client.ts';
import { intercomExecutors } from './outbound.ts';

/** Long enough for a busy machine, short enough to wait for in the tests that hang. */
const ms_max = 1_500;
const lost = ['hang', 'drop', 'drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const;
let peer: TestIntercom;
let conversation: TestConversation;

beforeAll(async () => {
  peer = await startIntercom();
});
afterAll(() => peer.close());
beforeEach(() => {
  conversation = { id: '123', admin_assignee_id: 814860, parts: [], hidden: 0 };
  peer.conversations.set('123', conversation);
  peer.requests.length = 0;
});

const reply: Action = {
  action_type: 'api_call',
  operation: 'intercom.reply',
  payload: { conversation: '123', body: 'We are sorry, Ana & team.\n\nIt is <b>fixed</b>: “quotes” and all.' },
};
const assign: Action = { action_type: 'api_call', operation: 'intercom.assign', payload: { conversation: '123', assignee_id: '900' } };
const client = (api_url = peer.url, token = intercom_token) => createIntercomClient({ token, api_url, ms_max });

async function executors(intercom = client()) {
  return intercomExecutors({ intercom, identity: await intercomIdentity(intercom) });
}
const effects = () => peer.requests.filter(({ method }) => method === 'POST');

describe('a reply', () => {
  test('is said once, by the token’s teammate, with nothing in it that a browser would act on', async () => {
    const dispatched: number[] = [];
    const { 'intercom.reply': executor } = await executors();
    expect(await executor.run(orderOf(reply, { dispatching: async () => void dispatched.push(effects().length) }))).toEqual({
      conversation: '123',
      admin: '814860',
    });
    expect(dispatched).toEqual([0]);
    expect(effects().map(({ path, text }) => [path, JSON.parse(text)])).toEqual([
      [
        '/conversations/123/reply',
        {
          message_type: 'comment',
          type: 'admin',
          admin_id: '814860',
          body: 'We are sorry, Ana &amp; team.<br><br>It is &lt;b&gt;fixed&lt;/b&gt;: “quotes” and all.',
        },
      ],
    ]);
    expect(JSON.stringify(executor.describe(reply, test_key))).not.toContain(intercom_token);
    expect(executor.describe(reply, test_key)).toMatchObject({ method: 'POST', path: '/conversations/123/reply' });
  });

  test.each(lost)(
    'whose answer is lost (%s) is unknown, and recognised in the conversation whatever markup is around it',
    async (fault) => {
      const { 'intercom.reply': executor } = await executors();
      peer.next('/reply', fault);
      expect(await failureOf(executor.run(orderOf(reply)))).toMatchObject({ kind: 'unknown' });
      const found = await executor.lookUp?.(orderOf(reply));
      if (fault === 'hang' || fault === 'drop') expect(found).toBeNull();
      else expect(found).toEqual({ conversation: '123', admin: '814860', part: '0' });
      expect(conversation.parts.length).toBeLessThanOrEqual(1);
    },
  );

  test('is not taken for the customer’s, another teammate’s or an older one in the same words', async () => {
    const { 'intercom.reply': executor } = await executors();
    await executor.run(orderOf(reply));
    const [said] = conversation.parts;
    if (said === undefined) return expect.unreachable();
    for (const other of [
      { author: { type: 'user', id: '814860' } },
      { author: { type: 'admin', id: '900' } },
      { created_at: said.created_at - 3_600 },
      { body: '<p>We are sorry.</p>' },
    ]) {
      conversation.parts = [{ ...said, ...other }];
      expect(await executor.lookUp?.(orderOf(reply))).toBeNull();
    }
  });

  test('in a conversation that is not shown whole is a person’s to settle', async () => {
    conversation.hidden = 40;
    const { 'intercom.reply': executor } = await executors();
    expect(await failureOf(executor.lookUp?.(orderOf(reply)) ?? Promise.resolve())).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    [{ status: 404, body: { type: 'error.list', errors: [{ code: 'not_found' }] } }, 'permanent', null],
    [
      { status: 429, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 100) } },
      'not_now',
      100,
    ],
    [{ status: 302, headers: { location: 'https://example.com/' } }, 'permanent', null],
  ])('answered with %o is %s', async (answer, kind, seconds) => {
    const { 'intercom.reply': executor } = await executors();
    peer.next('/reply', answer);
    const failure = await failureOf(executor.run(orderOf(reply)));
    expect(failure.kind).toBe(kind);
    expect(failure.message).not.toContain('Somebody wrote this');
    if (seconds === null) expect(failure.retry_after_seconds).toBeNull();
    else expect(Math.abs((failure.retry_after_seconds ?? 0) - seconds)).toBeLessThan(10);
    expect(conversation.parts).toEqual([]);
  });
});

describe('an assignment', () => {
  test('gives the conversation to the teammate and keeps whose it was', async () => {
    const { 'intercom.assign': executor } = await executors();
    expect(await executor.run(orderOf(assign))).toEqual({ conversation: '123', assignee_id: '900', previous_assignee_id: '814860' });
    expect(effects().map(({ path, text }) => [path, JSON.parse(text)])).toEqual([
      ['/conversations/123/parts', { message_type: 'assignment', type: 'admin', admin_id: '814860', assignee_id: '900' }],
    ]);
    expect(conversation.admin_assignee_id).toBe(900);
    expect(await executor.run(orderOf(assign)), 'a second time changes nothing').toEqual({ conversation: '123', assignee_id: '900' });
    expect(effects()).toHaveLength(1);
  });

  test('of a conversation that was nobody’s can be taken back to nobody', async () => {
    conversation.admin_assignee_id = null;
    const { 'intercom.assign': executor } = await executors();
    expect(await executor.run(orderOf(assign))).toMatchObject({ previous_assignee_id: '0' });
    const back: Action = { action_type: 'api_call', operation: 'intercom.assign', payload: { conversation: '123', assignee_id: '0' } };
    await executor.run(orderOf(back));
    expect(conversation.admin_assignee_id).toBeNull();
  });

  test.each(lost)('whose answer is lost (%s) is seen in the conversation', async (fault) => {
    const { 'intercom.assign': executor } = await executors();
    peer.next('/parts', fault);
    expect(await failureOf(executor.run(orderOf(assign)))).toMatchObject({ kind: 'unknown' });
    const found = await executor.lookUp?.(orderOf(assign));
    if (fault === 'hang' || fault === 'drop') expect(found).toBeNull();
    else expect(found).toEqual({ conversation: '123', assignee_id: '900' });
  });
});

test('the connection is the workspace; a refused token is none, an unreachable Intercom no failed start', async () => {
  expect((await intercomIdentity(client())).connection()).toBe('intercom:ws1');
  expect((await intercomIdentity(client(peer.url, 'other'))).connection()).toBeNull();
  const nobody = client(`http://127.0.0.1:${await freePort()}`);
  expect((await intercomIdentity(nobody)).connection()).toBe('intercom:unread');
  expect(await failureOf((await executors(nobody))['intercom.reply'].run(orderOf(reply)))).toMatchObject({ kind: 'unreachable' });
  expect(await failureOf(intercomExecutors(null)['intercom.assign'].run(orderOf(assign)))).toMatchObject({ kind: 'permanent' });
});

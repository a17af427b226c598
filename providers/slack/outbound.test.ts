import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { freePort } from '../../scripts/ports.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { slack_token, startSlack, type TestSlack } from '../../scripts/testing/slack.ts';
import { createSlackClient } from './client.ts';
import { createSlackDm, slackIdentity } from './outbound.ts';
import { createSlackDirectory } from './reads.ts';

/** Long enough for a busy machine, short enough to wait for in the tests that hang. */
const ms_max = 1_500;
let peer: TestSlack;

beforeAll(async () => {
  peer = await startSlack();
});
afterAll(() => peer.close());
beforeEach(() => {
  peer.messages.length = peer.requests.length = 0;
  peer.missing_scopes.clear();
});

const dm: Action = {
  action_type: 'slack_dm',
  operation: null,
  payload: { to: 'U0ANA', text: 'Deploy broke <!channel> & <@U1>: https://example.com/a?b=1&c=2' },
};
const client = (api_url = peer.url, token = slack_token) => createSlackClient({ token, api_url, ms_max });

async function executor(slack = client()) {
  return createSlackDm({ slack, identity: await slackIdentity(slack) });
}
const posts = () => peer.requests.filter(({ path }) => path === '/chat.postMessage');

describe('a Slack message', () => {
  test('goes to the member’s direct message, once, as plain text with the execution’s marker', async () => {
    const dispatched: number[] = [];
    const result = await (await executor()).run(orderOf(dm, { dispatching: async () => void dispatched.push(posts().length) }));
    expect(result).toEqual({ channel: 'DU0ANA', user: 'U0ANA', ts: peer.messages[0]?.ts });
    expect(dispatched).toEqual([0]);
    expect(peer.messages).toHaveLength(1);
    expect(peer.messages[0]?.form).toMatchObject({
      channel: 'DU0ANA',
      text: 'Deploy broke &lt;!channel&gt; &amp; &lt;@U1&gt;: https://example.com/a?b=1&amp;c=2',
      mrkdwn: 'false',
      parse: 'none',
      link_names: 'false',
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
    expect(peer.messages[0]?.metadata).toEqual({ event_type: 'execops_action', event_payload: { key: test_key } });
  });

  test('to an address goes to the member who has it, and to nobody when no member has', async () => {
    const to = (address: string): Action => ({
      action_type: 'slack_dm',
      operation: null,
      payload: { to: address, subject: 'Hello', body: 'You broke it.' },
    });
    const slack = await executor();
    expect(await slack.run(orderOf(to('ana@example.com')))).toMatchObject({ user: 'U0ANA' });
    expect(peer.messages[0]?.text).toBe('Hello\n\nYou broke it.');
    const refusal = await failureOf(slack.run(orderOf(to('nobody@example.com'))));
    expect(refusal).toMatchObject({ kind: 'permanent', message: expect.stringContaining('Nobody in the Slack workspace') });
    expect(peer.messages).toHaveLength(1);
  });

  test('is described as the calls it makes, without the token', async () => {
    const description = (await executor()).describe(dm, test_key);
    expect(description).toMatchObject({
      steps: [
        { path: '/conversations.open', form: { users: 'U0ANA' } },
        { path: '/chat.postMessage', form: { unfurl_links: false } },
      ],
    });
    expect(JSON.stringify(description)).not.toContain(slack_token);
  });

  test('that Slack refuses fails for good, with the reason', async () => {
    peer.missing_scopes.add('chat:write');
    const refusal = await failureOf((await executor()).run(orderOf(dm)));
    expect(refusal).toMatchObject({ kind: 'permanent', message: expect.stringContaining('missing_scope') });
    expect(refusal.message).toContain('chat:write');
  });

  test('that meets a rate limit waits as long as Slack says', async () => {
    peer.next('/chat.postMessage', { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': '7' } });
    expect(await failureOf((await executor()).run(orderOf(dm)))).toMatchObject({ kind: 'not_now', retry_after_seconds: 7 });
    expect(posts(), 'and is not repeated by the client').toHaveLength(1);
  });

  test.each(['hang', 'drop', 'drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const)(
    'whose answer is lost (%s) is unknown, and found or surely not there afterwards',
    async (fault) => {
      const slack = await executor();
      peer.next('/chat.postMessage', fault);
      expect(await failureOf(slack.run(orderOf(dm)))).toMatchObject({ kind: 'unknown' });
      expect(posts()).toHaveLength(1);
      const found = await slack.lookUp?.(orderOf(dm));
      if (fault === 'hang' || fault === 'drop') expect(found).toBeNull();
      else expect(found).toEqual({ channel: 'DU0ANA', user: 'U0ANA', ts: peer.messages[0]?.ts });
      expect(peer.messages.length).toBeLessThanOrEqual(1);
    },
  );

  test('is found among hundreds of others, and never taken for another execution’s', async () => {
    const slack = await executor();
    await slack.run(orderOf(dm));
    const mine = peer.messages[0]?.ts;
    for (let n = 0; n < 450; n += 1)
      peer.messages.push({
        channel: 'DU0ANA',
        text: 'chat',
        ts: (Date.now() / 1_000 + n).toFixed(6),
        metadata: null,
        form: {},
        updates: 0,
      });
    expect(await slack.lookUp?.(orderOf(dm))).toMatchObject({ ts: mine });
    expect(await slack.lookUp?.(orderOf(dm, { idempotency_key: 'execops-7a1e-v2' }))).toBeNull();
  });

  test('that may have gone out is a person’s to settle when the app may not look', async () => {
    peer.missing_scopes.add('im:history');
    const refusal = await failureOf((await executor()).lookUp?.(orderOf(dm)) ?? Promise.resolve());
    expect(refusal).toMatchObject({ kind: 'unknown', message: expect.stringContaining('im:history') });
  });

  test('was surely not sent when nobody listens, or Slack fails before it', async () => {
    const nobody = client(`http://127.0.0.1:${await freePort()}`);
    expect(await failureOf((await executor(nobody)).run(orderOf(dm)))).toMatchObject({ kind: 'unreachable' });
    peer.next('/conversations.open', 'drop', { status: 500 });
    const slack = await executor();
    expect(await failureOf(slack.run(orderOf(dm)))).toMatchObject({ kind: 'unreachable' });
    expect(await failureOf(slack.run(orderOf(dm)))).toMatchObject({ kind: 'not_now' });
    expect(posts()).toEqual([]);
  });

  test('is not sent when the dispatch cannot be noted, nor anywhere else by a redirect', async () => {
    const slack = await executor();
    expect((await failureOf(slack.run(orderOf(dm, { dispatching: () => Promise.reject(new Error('Postgres is down')) })))).message).toBe(
      'Postgres is down',
    );
    expect(posts()).toEqual([]);
    peer.next('/chat.postMessage', { status: 307, headers: { location: 'http://127.0.0.1:1/evil' } });
    expect(await failureOf(slack.run(orderOf(dm)))).toMatchObject({ kind: 'permanent', message: expect.stringContaining('redirect') });
  });
});

describe('the workspace', () => {
  test('is the connection; a refused token is none, and an unreachable Slack does not stop a start', async () => {
    expect((await slackIdentity(client())).connection()).toBe('slack:T0TEST');
    const refused = await slackIdentity(client(peer.url, 'xoxb-other'));
    expect([refused.connection(), refused.detail()]).toEqual([null, expect.stringContaining('invalid_auth')]);
    expect((await slackIdentity(client(`http://127.0.0.1:${await freePort()}`))).connection()).toBe('slack:unread');
    expect(createSlackDm(null).connection()).toBeNull();
  });

  test('tells who has an address, and leaves out guests, bots and those who left', async () => {
    const directory = createSlackDirectory(client());
    expect(await directory.memberByEmail('ana@example.com')).toEqual({ id: 'U0ANA', name: 'Ana Marin' });
    expect(await directory.memberByEmail('nobody@example.com')).toBeNull();
    for (const more of [{ deleted: true }, { is_bot: true }, { is_restricted: true }, { is_ultra_restricted: true }]) {
      peer.users[1] = { id: 'U0BEN', email: 'ben@example.com', name: 'Ben', ...more };
      expect(await directory.memberByEmail('ben@example.com')).toBeNull();
    }
    peer.missing_scopes.add('users:read.email');
    expect(await failureOf(directory.memberByEmail('ana@example.com'))).toMatchObject({ kind: 'permanent' });
  });
});

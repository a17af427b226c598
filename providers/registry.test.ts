import { expect, test } from 'vitest';

import { github_token, startGithub } from '../scripts/testing/github.ts';
import { hubspot_token, startHubspot } from '../scripts/testing/hubspot.ts';
import { intercom_token, startIntercom } from '../scripts/testing/intercom.ts';
import { startPeer } from '../scripts/testing/peer.ts';
import { slack_token, startSlack } from '../scripts/testing/slack.ts';
import { createExecutors } from './registry.ts';

const nothing = {
  SMTP_URL: undefined,
  MAIL_FROM: undefined,
  DATA_DIR: './data',
  STRIPE_API_KEY: undefined,
  STRIPE_API_BASE: undefined,
  SLACK_BOT_TOKEN: undefined,
  SLACK_API_URL: undefined,
  GITHUB_TOKEN: undefined,
  GITHUB_API_URL: undefined,
  INTERCOM_TOKEN: undefined,
  INTERCOM_API_URL: undefined,
  HUBSPOT_TOKEN: undefined,
  HUBSPOT_API_URL: undefined,
  OPENAI_API_KEY: undefined,
  OPENAI_BASE_URL: undefined,
  OPENAI_MODEL: 'gpt-test',
};

test('with nothing configured mail goes into the outbox and the rest says that it is not connected', async () => {
  const { executorFor, connected, connections, stripe, slack } = await createExecutors(nothing);
  expect(executorFor('email', null)?.connection()).toBe('outbox:local');
  expect(executorFor('api_call', 'calendar.invite')?.connection()).toBe('outbox:local');
  expect(executorFor('api_call', 'stripe.pause_collection')?.connection()).toBeNull();
  expect(executorFor('slack_dm', null)?.connection()).toBeNull();
  for (const operation of [
    'github.redeploy',
    'github.revert_pull_request',
    'github.revert_commit',
    'intercom.reply',
    'intercom.assign',
    'hubspot.create_task',
  ])
    expect(executorFor('api_call', operation)?.connection()).toBeNull();
  expect(executorFor('email', 'stripe.pause_collection')).toBeNull();
  expect([connected('email'), connected('calendar.invite'), connected('slack_dm'), connected('github.redeploy'), slack]).toEqual([
    true,
    true,
    false,
    false,
    null,
  ]);
  expect(executorFor('api_call', 'stripe.refund')).toBeNull();
  expect(executorFor('api_call', 'toString')).toBeNull();
  expect(executorFor('api_call', null)).toBeNull();
  expect([connected('stripe.pause_collection'), connected('stripe.refund'), stripe]).toEqual([false, false, null]);
  expect(connections().map((connection) => [connection.name, connection.connected])).toEqual([
    ['Email', false],
    ['Stripe', false],
    ['Slack', false],
    ['GitHub', false],
    ['Intercom', false],
    ['HubSpot', false],
    ['Language model', false],
  ]);
});

test('each variable switches one real part on, and no secret is told', async () => {
  const stripe = await startPeer(() => ({ status: 200, body: { id: 'acct_7', object: 'account' } }));
  const peers = await Promise.all([startSlack(), startGithub(), startIntercom(), startHubspot()]);
  const [slack, github, intercom, hubspot] = peers;
  try {
    const executors = await createExecutors({
      ...nothing,
      SMTP_URL: 'smtps://ops%40example.com:pa55@mail.example.com',
      STRIPE_API_KEY: 'sk_live_secret',
      STRIPE_API_BASE: stripe.url,
      SLACK_BOT_TOKEN: slack_token,
      SLACK_API_URL: slack.url,
      GITHUB_TOKEN: github_token,
      GITHUB_API_URL: github.url,
      INTERCOM_TOKEN: intercom_token,
      INTERCOM_API_URL: intercom.url,
      HUBSPOT_TOKEN: hubspot_token,
      HUBSPOT_API_URL: hubspot.url,
      OPENAI_API_KEY: 'sk-secret',
    });
    const { executorFor, connected, connections } = executors;
    const connectionOf = (operation: string) => executorFor('api_call', operation)?.connection();
    expect(executorFor('email', null)?.connection()).toBe('smtp:ops@example.com');
    expect(executorFor('slack_dm', null)?.connection()).toBe('slack:T0TEST');
    expect(connectionOf('stripe.resume_collection')).toBe('stripe:acct_7');
    expect(connectionOf('github.redeploy')).toBe('github:execops-bot');
    expect(connectionOf('intercom.assign')).toBe('intercom:ws1');
    expect(connectionOf('hubspot.create_task')).toBe('hubspot:4242');
    expect(connectionOf('calendar.cancel')).toBe('smtp:ops@example.com');
    expect([connected('stripe.pause_collection'), connected('slack_dm')]).toEqual([true, true]);
    expect([executors.stripe, executors.slack, executors.intercom].includes(null)).toBe(false);
    expect(connections().every((connection) => connection.connected)).toBe(true);
    const told = JSON.stringify(connections());
    for (const secret of ['secret', 'pa55', slack_token, github_token, intercom_token, hubspot_token]) expect(told).not.toContain(secret);
  } finally {
    await Promise.all([stripe, ...peers].map((peer) => peer.close()));
  }
});

test('a token that is refused connects nothing, and says so', async () => {
  const slack = await startSlack();
  try {
    const { connected, connections } = await createExecutors({ ...nothing, SLACK_BOT_TOKEN: 'xoxb-other', SLACK_API_URL: slack.url });
    expect(connected('slack_dm')).toBe(false);
    expect(connections().find(({ name }) => name === 'Slack')).toEqual({
      name: 'Slack',
      connected: false,
      detail: 'Slack refused it (invalid_auth). Check SLACK_BOT_TOKEN.',
    });
  } finally {
    await slack.close();
  }
});

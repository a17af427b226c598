import { afterAll, beforeAll, expect, test } from 'vitest';

import { keptSecret } from '../../prisma/webhook-secrets.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { signed, startSlackServer, team_id, type SlackServer } from './testing.ts';

/** Empty counts as unset: nothing of Slack is configured but where a stand-in is. */
let here: SlackServer;
let secret: string;
beforeAll(async () => {
  here = await startSlackServer({ SLACK_BOT_TOKEN: '', SLACK_SIGNING_SECRET: '' });
  secret = await keptSecret(here.server.db, here.server.org_id, 'slack');
});
afterAll(() => here.close());

const origin = { origin: 'https://ops.example.com' };

async function say(text: string, more: Record<string, string> = {}) {
  const form = { command: '/execops', team_id, user_id: 'U0ANA', channel_id: 'D1', text, response_url: here.slack.response_url, ...more };
  return here.post(form, { headers: signed(new URLSearchParams(form).toString(), { secret }) });
}

async function click(action_id: string, value: string) {
  const payload = JSON.stringify({
    type: 'block_actions',
    user: { id: 'U0ANA', team_id },
    team: { id: team_id },
    trigger_id: '1',
    response_url: here.slack.response_url,
    container: { is_ephemeral: true },
    actions: [{ action_id, value }],
  });
  return here.post({ payload }, { headers: signed(new URLSearchParams({ payload }).toString(), { secret }) });
}

test('without a token cards are decided from the list, with the secret that was generated', async () => {
  const cookie = await here.server.signIn();
  const { json } = await here.server.call('POST', '/api/slack/link-code', { as: cookie, headers: origin });
  expect((await say(`link ${json.code}`)).json.text).toMatch(/^Linked/);
  expect((await here.server.call('GET', '/api/slack/link', { as: cookie })).json).toMatchObject({ connected: false, linked: { team_id } });

  const cards = [await pendingCard(here.server.db, here.server.org_id), await pendingCard(here.server.db, here.server.org_id)];
  const list = await say('');
  expect(list.json.text).toBe('2 cards wait for you.');
  const [approved, rejected] = cards.map(({ id, payload_hash }) => `${id}.1.${payload_hash}`);
  expect((await click('execops_approve', approved ?? '')).status).toBe(200);
  expect((await click('execops_reject', rejected ?? '')).status).toBe(200);
  const statuses = await here.server.db.sql<{ id: string; status: string }>`select id, status from proposals order by created_at`;
  expect(statuses.map(({ status }) => status)).toEqual(['approved', 'rejected']);
  await until('both are replaced', () => here.slack.replies.filter(({ replace_original }) => replace_original).length === 2);
  expect(here.slack.requests.every(({ path }) => path === '/reply')).toBe(true);
});

test('a further workspace cannot link itself', async () => {
  const cookie = await here.server.member('owner');
  const { json } = await here.server.call('POST', '/api/slack/link-code', { as: cookie, headers: origin });
  expect((await say(`link ${json.code}`, { team_id: 'T0OTHER', user_id: 'U0BO' })).json.text).toContain('not the Slack workspace');
});

test('an edit needs a window, and says so', async () => {
  const { id, payload_hash } = await pendingCard(here.server.db, here.server.org_id);
  await click('execops_edit', `${id}.1.${payload_hash}`);
  await until('it is said', () => here.slack.replies.find(({ text }) => String(text).includes('SLACK_BOT_TOKEN')));
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { SettingView } from '../domain/settings.ts';
import { github_secret } from '../providers/github/testing.ts';
import { setSetting } from '../scripts/testing/settings.ts';
import { until } from '../scripts/testing/wait.ts';
import { email_draft, startTestServer, type TestServer } from './testing.ts';
import { sources } from './testing-sources.ts';

let server: TestServer;
let ana: string;

beforeAll(async () => {
  server = await startTestServer({ UNDO_SECONDS: '25', GITHUB_WEBHOOK_SECRET: github_secret });
  ana = await server.signIn();
});
afterAll(() => server.close());

const post = (path: string, body: unknown, as = ana) => server.call('POST', path, { body, as });
const place = () => ({ url: server.database_url, org_id: server.org_id });
async function settingOf(key: string): Promise<SettingView | undefined> {
  const { json } = await server.call('GET', '/api/settings', { as: ana });
  return (json.settings as SettingView[]).find((setting) => setting.key === key);
}

describe('settings', () => {
  test('are listed with what they do and may be, by procedure', async () => {
    expect(await settingOf('money.top_percent')).toEqual({
      key: 'money.top_percent',
      group: 'money',
      label: 'Top customers',
      help: 'Only customers in the top part by monthly revenue are worth an interruption.',
      kind: 'number',
      unit: '%',
      min: 1,
      max: 100,
      step: 0.5,
      default: 10,
      value: 10,
      changed_at: null,
      changed_by_name: null,
      pending: null,
    });
    expect(await settingOf('organisation.undo_seconds')).toMatchObject({ default: 25, value: 25 });
    const viewer = await server.member('viewer');
    expect((await server.call('GET', '/api/settings', { as: viewer })).status).toBe(200);
    expect((await server.call('GET', '/api/settings')).status).toBe(401);
  });

  test('are asked to be another, and show what waits', async () => {
    const lead = await server.member('ops_lead');
    const asked = await post('/api/settings', { setting: 'money.pause_days', value: 14 }, lead);
    expect(asked.status).toBe(201);
    expect(asked.json).toMatchObject({ status: 'pending', payload_hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await settingOf('money.pause_days'))?.pending).toEqual({ proposal_id: asked.json.proposal_id, to: 14 });
    expect(server.started.at(-1)).toMatchObject({ org_id: server.org_id });

    const again = await post('/api/settings', { setting: 'money.pause_days', value: 14 });
    expect([again.status, again.json.proposal_id]).toEqual([200, asked.json.proposal_id]);
    const other = await post('/api/settings', { setting: 'money.pause_days', value: 21 });
    expect(other.status).toBe(201);
    expect((await settingOf('money.pause_days'))?.pending?.to).toBe(21);
    const first = await server.call('GET', `/api/proposals/${asked.json.proposal_id}`, { as: ana });
    expect(first.json.status).toBe('superseded');

    // Owners alone decide them.
    const { proposal_id, payload_hash } = other.json;
    const decided = await post('/ai/decide', { proposal_id, decision: 'approve', payload_hash }, lead);
    expect(decided.status).toBe(403);
    expect((await post('/ai/decide', { proposal_id, decision: 'approve', payload_hash })).status).toBe(200);
  });

  test.each([
    [{ setting: 'money.nothing', value: 1 }, 404, 'There is no setting'],
    [{ setting: 'money.top_percent', value: 0 }, 400, 'Money: top customers must be a number from 1 to 100 in steps of 0.5.'],
    [{ setting: 'money.top_percent', value: 'many' }, 400, 'must be a number'],
    [{ setting: 'money.top_percent', value: 10 }, 409, 'Money: top customers is 10 % already.'],
    [{ setting: 'money.top_percent' }, 400, ''],
    [{ setting: 'money.top_percent', value: { a: 1 } }, 400, ''],
  ])('%j is refused with %i', async (body, status, sentence) => {
    const answer = await post('/api/settings', body);
    expect(answer.status).toBe(status);
    expect(answer.json.detail).toContain(sentence);
  });

  test('are no business of viewers and keys', async () => {
    const body = { setting: 'money.top_percent', value: 20 };
    expect((await post('/api/settings', body, await server.member('viewer'))).status).toBe(403);
    for (const kind of ['personal', 'agent']) {
      const { json } = await post('/api/keys', { name: kind, kind });
      expect([kind, (await post('/api/settings', body, json.key)).status]).toEqual([kind, 403]);
      const draft = {
        ...email_draft,
        action_type: 'api_call',
        operation: 'settings.change',
        payload: { setting: 'money.top_percent', from: 10, to: 20 },
      };
      expect([kind, (await post('/ai/propose', draft, json.key)).status]).toEqual([kind, 400]);
      expect([kind, (await post('/ai/propose', { ...draft, vertical: 'settings' }, json.key)).status]).toEqual([kind, 400]);
    }
  });
});

describe('a source', () => {
  test('is acted on as soon as the setting says so, without a restart', async () => {
    const github = sources.find(({ source }) => source === 'github');
    if (github === undefined) throw new Error('there is no GitHub');
    const deliver = async () => {
      const body = github.body(randomUUID());
      const { json } = await server.call('POST', '/ingest/github', { body, headers: github.sign(body, github_secret, new Date(), '') });
      return (await server.call('GET', `/api/events/${json.event_id}`, { as: ana })).json as { status: string; reason: string | null };
    };
    expect(await deliver()).toMatchObject({ status: 'ignored', reason: expect.stringContaining('GitHub is switched off') });
    await setSetting(place(), 'features.github', true);
    await until('its events are acted on', async () => (await deliver()).status === 'received');
    await setSetting(place(), 'features.github', false);
    await until('its events are ignored again', async () => (await deliver()).status === 'ignored');
  });
});

describe('approver lists', () => {
  test('are an owner’s, at once, and may be empty', async () => {
    const { json } = await server.call('GET', '/api/approvers', { as: ana });
    expect(json.approvers.map(({ action_type }: { action_type: string }) => action_type)).toEqual(['email', 'api_call', 'slack_dm']);
    const ids = json.approvers[2].members.map(({ user_id }: { user_id: string }) => user_id);
    const emptied = await post('/api/approvers/slack_dm', { user_ids: [] });
    expect(emptied.json.approvers[2].members).toEqual([]);
    const owners = ids.slice(0, 1);
    expect((await post('/api/approvers/slack_dm', { user_ids: owners })).json.approvers[2].members).toHaveLength(1);
    expect((await post('/api/approvers/slack_dm', { user_ids: ['nobody'] })).status).toBe(400);
    expect((await post('/api/approvers/faxes', { user_ids: [] })).status).toBe(404);
    expect((await post('/api/approvers/slack_dm', { user_ids: [] }, await server.member('ops_lead'))).status).toBe(403);
    const { json: key } = await post('/api/keys', { name: 'mine', kind: 'personal' });
    expect((await post('/api/approvers/slack_dm', { user_ids: [] }, key.key)).status).toBe(403);
  });
});

test('connections say what can be tested, and nothing is asked of what is not configured', async () => {
  const { json } = await server.call('GET', '/api/connections', { as: ana });
  expect(json.connections).toEqual([
    { name: 'Webhooks', connected: true, detail: expect.stringContaining('switched on in the settings: GitHub, Sentry'), testable: false },
  ]);
  expect((await post('/api/connections/Stripe/test', {})).status).toBe(404);
});

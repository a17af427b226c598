import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startSlackServer, type SlackServer } from '../../api/slack/testing.ts';
import { asOwner } from '../testing/database.ts';
import { slack_token } from '../testing/slack.ts';
import { needed_scopes } from './slack.ts';
import { of, peer } from './testing.ts';

describe('Slack', () => {
  let here: SlackServer;
  beforeAll(async () => {
    here = await startSlackServer();
  });
  afterAll(() => here.close());

  const variables = () => ({
    SLACK_BOT_TOKEN: slack_token,
    SLACK_API_URL: here.slack.url,
    SLACK_SIGNING_SECRET: here.signing_secret,
    PUBLIC_URL: here.server.origin,
    DATABASE_URL: here.server.database_url,
  });

  test('is well when token, signature and links are', async () => {
    expect(await of('Slack', variables())).toMatchObject({ state: 'ok', detail: 'The bot is in the workspace Example.' });
    expect(await of('Slack signature', variables())).toMatchObject({ state: 'ok' });
    expect(await of('Slack addresses', variables())).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining(`${here.server.origin}/slack/events`),
    });
    expect(await of('Slack members', variables())).toMatchObject({ state: 'odd', detail: expect.stringContaining('Nobody is linked') });
    await here.link('U0ANA');
    expect(await of('Slack members', variables())).toMatchObject({ state: 'ok', detail: '1 linked, 1 of them on an approver list.' });
  });

  test('a running process with another secret makes every button dead, which is said', async () => {
    const finding = await of('Slack signature', { ...variables(), SLACK_SIGNING_SECRET: 'another signing secret' });
    expect(finding).toMatchObject({ state: 'failed', detail: expect.stringContaining('has another secret') });
    expect(finding?.detail).not.toContain('another signing secret');
  });

  test('a token without a signing secret is a dead button too', async () => {
    expect(await of('Slack signature', { SLACK_BOT_TOKEN: slack_token, SLACK_API_URL: here.slack.url })).toMatchObject({ state: 'failed' });
  });

  test('members who are linked in another workspace than the bot’s have dead buttons, which is said', async () => {
    await asOwner(here.server.database_url, `update slack_links set team_id = 'T0FORMER'`);
    expect(await of('Slack members', variables())).toMatchObject({ state: 'failed', detail: expect.stringContaining('another workspace') });
    await asOwner(here.server.database_url, `update slack_links set team_id = 'T0TEST'`);
    const unread = await of('Slack members', { ...variables(), DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' });
    expect(unread).toMatchObject({ state: 'failed', detail: expect.stringContaining('cannot be read') });
  });

  test('a Slack that has trouble of its own is not taken for a wrong token', async () => {
    const ill = await peer(() => ({ status: 503 }));
    const busy = await peer(() => ({ status: 200, body: { ok: false, error: 'ratelimited' } }));
    for (const url of [ill.url, busy.url])
      expect(await of('Slack', { ...variables(), SLACK_API_URL: url })).toMatchObject({
        state: 'failed',
        detail: expect.stringContaining('Try again later.'),
      });
  });

  test('something else at the address has failed', async () => {
    const gullible = await peer(() => ({ status: 200, body: { challenge: 'execops-doctor' } }));
    const dead = await peer(() => ({ status: 404 }));
    for (const url of [gullible.url, dead.url, 'http://127.0.0.1:1'])
      expect(await of('Slack signature', { ...variables(), PUBLIC_URL: url })).toMatchObject({ state: 'failed' });
  });

  test('a revoked token and missing scopes have failed, by name', async () => {
    expect(await of('Slack', { ...variables(), SLACK_BOT_TOKEN: 'xoxb-revoked' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('invalid_auth'),
    });
    const granting = (scopes: string) =>
      peer(() => ({ status: 200, body: { ok: true, team: 'Example' }, headers: { 'x-oauth-scopes': scopes } }));
    const few = await granting('chat:write,im:write,commands');
    expect(await of('Slack scopes', { ...variables(), SLACK_API_URL: few.url })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('Missing: im:history, users:read, users:read.email.'),
    });
    const all = await granting(needed_scopes.join(','));
    expect(await of('Slack scopes', { ...variables(), SLACK_API_URL: all.url })).toMatchObject({ state: 'ok' });
  });
});

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { startSlackServer, type SlackServer } from '../../api/slack/testing.ts';
import { parseEnvironment } from '../../domain/environment.ts';
import { asOwner, testDatabase, type TestDatabase } from '../testing/database.ts';
import { startPeer, type Peer, type PeerAnswer } from '../testing/peer.ts';
import { shared } from '../testing/shared.ts';
import { slack_token } from '../testing/slack.ts';
import { startSystem } from '../testing/system.ts';
import { testTemporal } from '../testing/temporal.ts';
import { examineClock } from './clock.ts';
import { diagnose } from './diagnose.ts';
import { examined, ok, type Finding } from './finding.ts';
import { needed_scopes } from './slack.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function peer(answer: (path: string, authorization: string) => PeerAnswer): Promise<Peer> {
  const one = await startPeer(({ path, headers }) => answer(path, headers.authorization ?? ''));
  closing.push(one.close);
  return one;
}

async function of(name: string, variables: Record<string, string>): Promise<Finding | undefined> {
  const findings = await diagnose(parseEnvironment({ DATA_DIR: '/nonexistent', ...variables }));
  return findings.find((finding) => finding.name === name);
}

test('with nothing configured nothing is wrong', async () => {
  const findings = await diagnose(parseEnvironment({ DATA_DIR: '/nonexistent' }));
  expect(findings.map(({ state }) => state)).toEqual(findings.map(() => 'off'));
  expect(findings.map(({ name }) => name)).toEqual([
    'Postgres',
    'Temporal',
    'PUBLIC_URL',
    'SMTP',
    'Stripe',
    'GitHub',
    'Intercom',
    'HubSpot',
    'Language model',
    'Slack',
    'Slack signature',
    'Slack members',
    'Clock',
  ]);
});

describe('Postgres', () => {
  let place: TestDatabase;
  beforeAll(async () => {
    place = await testDatabase();
  });
  afterAll(() => place.close());

  test('migrated is well, a migration short is not', async () => {
    expect(await of('Postgres', { DATABASE_URL: place.url })).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining('all migrations'),
    });
    await asOwner(place.url, `delete from _prisma_migrations where migration_name = '0005_slack'`);
    expect(await of('Postgres', { DATABASE_URL: place.url })).toEqual({
      name: 'Postgres',
      state: 'failed',
      detail: 'Not migrated yet: 0005_slack. "npm start" migrates.',
    });
  });

  test('that is not there, or refuses the password, has failed, and the password stays unsaid', async () => {
    const url = new URL((await shared<{ url: string }>('/postgres')).url);
    url.password = 'wrong-password';
    const refused = await of('Postgres', { DATABASE_URL: url.href });
    expect(refused).toMatchObject({ state: 'failed', detail: expect.stringContaining('password authentication failed') });
    expect(refused?.detail).not.toContain('wrong-password');
    expect(await of('Postgres', { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('Temporal', () => {
  test('without a worker has failed; with one it is well', async () => {
    const temporal = await testTemporal();
    const variables = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    expect(await of('Temporal', variables)).toMatchObject({ state: 'failed', detail: expect.stringContaining('no worker polls') });
    const place = await testDatabase();
    const system = await startSystem({ ...place, temporal });
    closing.push(system.stop, place.close);
    expect(await of('Temporal', variables)).toMatchObject({ state: 'ok', detail: expect.stringContaining('one worker polls') });
    expect(await of('Temporal', { ...variables, TEMPORAL_NAMESPACE: 'nobody-made-this' })).toMatchObject({ state: 'failed' });
  });

  test('that is not there has failed', async () => {
    expect(await of('Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatchObject({ state: 'failed' });
  });
});

describe('SMTP', () => {
  async function mailServer(): Promise<string> {
    const server = new SMTPServer({
      logger: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        done(username === 'ana' && password === 'right-password' ? null : new Error('no'), { user: username }),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise<void>((resolve) => server.close(resolve)));
    const address = server.server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  test('is signed in to, and a wrong password is told without saying it', async () => {
    const host = await mailServer();
    expect(await of('SMTP', { SMTP_URL: `smtp://ana:right-password@${host}` })).toMatchObject({ state: 'ok' });
    const refused = await of('SMTP', { SMTP_URL: `smtp://ana:wrong-password@${host}` });
    expect(refused).toMatchObject({ state: 'failed', detail: expect.stringContaining('refused the user name or password') });
    expect(refused?.detail).not.toContain('wrong-password');
    expect(await of('SMTP', { SMTP_URL: 'smtp://127.0.0.1:1' })).toMatchObject({ state: 'failed' });
  });
});

describe('a provider', () => {
  const all = [
    ['Stripe', 'STRIPE_API_KEY', 'STRIPE_API_BASE', 'rk_test_doctor', '/v1/balance'],
    ['GitHub', 'GITHUB_TOKEN', 'GITHUB_API_URL', 'github-token-for-tests', '/rate_limit'],
    ['Intercom', 'INTERCOM_TOKEN', 'INTERCOM_API_URL', 'intercom-token-for-tests', '/me'],
    ['HubSpot', 'HUBSPOT_TOKEN', 'HUBSPOT_API_URL', 'hubspot-token-for-tests', '/account-info/v3/details'],
  ] as const;

  test.each(all)('%s is asked with its token, and each way to fail has its sentence', async (name, variable, base, token, path) => {
    const good = await peer((asked, authorization) =>
      asked === path && authorization === `Bearer ${token}` ? { status: 200, body: {} } : { status: 401 },
    );
    expect(await of(name, { [variable]: token, [base]: good.url })).toMatchObject({ state: 'ok' });
    const unknown = await of(name, { [variable]: `${token}x`, [base]: good.url });
    expect(unknown).toMatchObject({ state: 'failed', detail: expect.stringContaining(`does not know the token in ${variable}`) });
    expect(unknown?.detail).not.toContain(token);
    for (const status of [403, 302, 500]) {
      good.next(path, { status, headers: { location: 'http://127.0.0.1:1/' } });
      expect(await of(name, { [variable]: token, [base]: good.url })).toMatchObject({
        state: 'failed',
        detail: expect.stringContaining(String(status)),
      });
    }
    expect(await of(name, { [variable]: token, [base]: 'http://127.0.0.1:1' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('cannot be reached'),
    });
  });

  test('GitHub without the scope repo has failed', async () => {
    const github = await peer(() => ({ status: 200, headers: { 'x-oauth-scopes': 'read:org, gist' } }));
    expect(await of('GitHub', { GITHUB_TOKEN: 'x', GITHUB_API_URL: github.url })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('lacks the scope repo'),
    });
  });

  test('a language model is known by its list, or by a word', async () => {
    const listing = await peer(() => ({ status: 200, body: { data: [{ id: 'small' }] } }));
    const silent = await peer((path) => (path === '/chat/completions' ? { status: 200, body: {} } : { status: 404 }));
    const model = (url: string, name: string) => of('Language model', { OPENAI_BASE_URL: url, OPENAI_MODEL: name });
    expect(await model(listing.url, 'small')).toMatchObject({ state: 'ok' });
    expect(await model(listing.url, 'large')).toMatchObject({ state: 'odd' });
    expect(await model(silent.url, 'any')).toMatchObject({ state: 'ok' });
    expect(await model('http://127.0.0.1:1', 'any')).toMatchObject({ state: 'failed' });
    const refusing = await peer(() => ({ status: 401 }));
    expect(await model(refusing.url, 'any')).toMatchObject({ state: 'failed' });
  });
});

describe('PUBLIC_URL', () => {
  test('answers as ExecOps does, or has failed', async () => {
    const healthy = await peer(() => ({ status: 200, body: { status: 'ok' } }));
    const other = await peer(() => ({ status: 200, body: { hello: 'world' } }));
    expect(await of('PUBLIC_URL', { PUBLIC_URL: healthy.url })).toMatchObject({ state: 'ok' });
    expect(await of('PUBLIC_URL', { PUBLIC_URL: other.url })).toMatchObject({ state: 'failed' });
    expect(await of('PUBLIC_URL', { PUBLIC_URL: 'http://127.0.0.1:1' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('cannot be reached'),
    });
  });
});

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

test('a clock is compared with the middle of all that were asked', () => {
  expect(
    examineClock(
      new Map([
        ['a', 1_000],
        ['b', -2_000],
        ['c', 9_000_000],
      ]),
    ),
  ).toMatchObject({ state: 'ok' });
  expect(examineClock(new Map([['a', 61_000]]))).toMatchObject({ state: 'odd', detail: expect.stringContaining('61 s behind a') });
  expect(examineClock(new Map([['a', 300_000]]))).toMatchObject({ state: 'odd' });
  expect(examineClock(new Map([['a', -301_000]]))).toMatchObject({ state: 'failed', detail: expect.stringContaining('301 s ahead of a') });
});

test('a peer whose clock is off shows', async () => {
  const stripe = await peer(() => ({ status: 200, body: {}, headers: { date: new Date(Date.now() - 400_000).toUTCString() } }));
  expect(await of('Clock', { STRIPE_API_KEY: 'rk_test_doctor', STRIPE_API_BASE: stripe.url })).toMatchObject({ state: 'failed' });
});

test('a check that hangs has failed in its time', async () => {
  expect(await examined('Slow', () => new Promise(() => undefined), 50)).toEqual([
    { name: 'Slow', state: 'failed', detail: 'No answer within 0.05 s.' },
  ]);
  expect(await examined('Fine', async () => ok('Fine', 'Yes.'), 50)).toEqual([{ name: 'Fine', state: 'ok', detail: 'Yes.' }]);
});

describe('the command', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));

  function doctor(args: string[], variables: Record<string, string> = {}): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, ['scripts/doctor.ts', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, DATA_DIR: `/nonexistent-${randomUUID()}`, ...variables },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
  }

  test('ends with 0 when nothing fails, 1 when something does, 2 for an unknown option', async () => {
    const [well, ill, wrong] = await Promise.all([
      doctor([]),
      doctor(['--json'], { SMTP_URL: 'smtp://ana:hidden-password@127.0.0.1:1' }),
      doctor(['--verbose']),
    ]);
    expect(well.code).toBe(0);
    expect(well.out).toContain('– Slack');
    expect(ill.code).toBe(1);
    const { ok: fine, checks } = JSON.parse(ill.out);
    expect(fine).toBe(false);
    expect(checks.find(({ name }: Finding) => name === 'SMTP')).toMatchObject({ state: 'failed' });
    expect(ill.out + ill.err).not.toContain('hidden-password');
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("Unknown option '--verbose'");
  });
});

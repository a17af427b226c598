import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { parseEnvironment } from '../domain/environment.ts';
import { problem_list } from '../domain/problem.ts';
import { noteAnswer, noteFailure } from '../prisma/breakers.ts';
import { openDatabase } from '../prisma/database.ts';
import { createActions } from './actions.ts';
import { body_bytes_max } from './limits.ts';
import { createServer as createWebServer } from './server.ts';
import { surroundingsOf } from './surroundings.ts';
import { email_draft, owner, startTestServer, stripeEvent, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

describe('health', () => {
  test.each(['/health', '/healthz'])('%s lives', async (path) => {
    expect((await server.call('GET', path)).json).toEqual({ status: 'ok' });
  });

  test('readiness names each part and is 503 when one is down', async () => {
    const ok = { state: 'ok', since: null, last_error: null };
    const providers = { email: ok, stripe: ok, slack: ok, github: ok, intercom: ok, hubspot: ok };
    expect((await server.call('GET', '/ready')).json).toEqual({ status: 'ready', checks: { database: 'ok', temporal: 'ok' }, providers });
    server.setTemporal(false);
    const answer = await server.call('GET', '/ready');
    server.setTemporal(true);
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ type: '/docs#unavailable', checks: { database: 'ok', temporal: 'down' } });
  });

  test('a provider that does not answer is told, and makes nothing else unready', async () => {
    for (let n = 0; n < 5; n += 1) await noteFailure(server.db.sql, 'stripe', 'the connection was refused');
    const answer = await server.call('GET', '/ready');
    await noteAnswer(server.db.sql, 'stripe');
    expect(answer.status).toBe(200);
    expect(answer.json.providers.stripe).toEqual({ state: 'down', since: expect.any(String), last_error: 'the connection was refused' });
    expect(answer.json.providers.slack.state).toBe('ok');
  });

  test('Prometheus reads the process and its counts', async () => {
    await server.deliver(stripeEvent({ livemode: false }));
    expect((await server.call('GET', '/metrics')).status).toBe(401);
    const answer = await server.call('GET', '/metrics', { as: ana });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toMatch(/^execops_events_total\{result="ignored"\} 1$/m);
    expect(answer.text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });
});

describe('every answer that is not the wished one is a problem', () => {
  test.each([
    ['GET', '/api/nothing', 404],
    ['GET', '/ai', 404],
    ['POST', '/ingest/nobody', 404],
    ['GET', '/api/proposals/%E0%A4%A', 404],
    ['PUT', '/api/inbox', 405],
    ['GET', '/ai/decide', 405],
    ['DELETE', '/health', 405],
    ['OPTIONS', '/api/inbox', 405],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await server.call(method, path, { as: ana });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json).toMatchObject({
      type: expect.stringMatching(/^\/docs#[a-z_]+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
    });
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/[A-Z]/);
  });

  test('a wrong shape names each place', async () => {
    const answer = await server.call('POST', '/ai/propose', { as: ana, body: { ...email_draft, urgency: 'medium', vertical: 7 } });
    expect(answer.json.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['urgency', 'vertical']);
  });

  test.each([
    ['not JSON', '{"a":', 400],
    ['a lone value', '7', 400],
    ['too deep', `{"type":"x","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
    ['too large', JSON.stringify({ ...email_draft, filling: 'x'.repeat(body_bytes_max) }), 413],
    ['prototype keys', '{"__proto__":{"vertical":"money"},"constructor":{}}', 400],
    ['numbers beyond numbers', '{"type":"x","payload":1e999}', 400],
  ])('a body that is %s', async (_name, body, status) => {
    expect((await server.call('POST', '/ai/propose', { as: ana, body })).status).toBe(status);
  });

  test('text that Postgres cannot keep is kept all the same', async () => {
    const body = JSON.stringify({ ...email_draft, reasoning: 'a\u0000b\ud800c' });
    const { proposal_id } = (await server.call('POST', '/ai/propose', { as: ana, body })).json;
    expect((await server.call('GET', `/api/proposals/${proposal_id}`, { as: ana })).json.reasoning).toBe('a\uFFFDb\uFFFDc');
  });
});

describe('documentation', () => {
  test('the OpenAPI document resolves each of its references and has the calls with their schemas', async () => {
    expect((await server.call('GET', '/openapi.json')).status, 'without a session').toBe(401);
    const answer = await server.call('GET', '/openapi.json', { as: ana });
    expect(answer.json.openapi).toBe('3.1.0');
    for (const [, name] of answer.text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
      expect(Object.keys(answer.json.components.schemas)).toContain(name);
    expect(answer.text.replace(/"\$ref":"#\/components\/schemas\/\w+"/g, '')).not.toContain('$ref');
    expect(Object.keys(answer.json.paths)).toEqual(
      expect.arrayContaining(['/ai/decide', '/api/inbox', '/api/proposals/{id}/audit', '/ingest/{source}', '/api/keys/{id}']),
    );
    expect(answer.json.paths['/ai/decide'].post.requestBody.content['application/json'].schema.required).toEqual([
      'proposal_id',
      'decision',
      'payload_hash',
    ]);
    expect(answer.json.paths['/api/inbox'].get.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'status',
      'vertical',
      'urgency',
      'action_type',
      'flag',
      'snoozed',
      'q',
      'order',
      'cursor',
      'limit',
    ]);
    expect(answer.json.paths['/ai/propose'].post.requestBody.content['application/json'].schema.anyOf).toHaveLength(3);
  });

  test('the page has an anchor for every problem and no script', async () => {
    const { text, headers } = await server.call('GET', '/docs', { as: ana });
    for (const { problem } of problem_list) expect(text).toContain(`id="${problem}"`);
    expect(text).not.toContain('<script');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

test('while Postgres is away calls are 503, and work again when it is back', async () => {
  const away = await severable(server.database_url);
  const db = openDatabase(away.url);
  const web = await createWebServer({
    environment: parseEnvironment({}),
    db,
    dispatcher: { started: () => undefined, wake: () => undefined },
    temporal: { check: () => Promise.resolve(), replay: () => Promise.reject(new Error('there is no Temporal')) },
    actions: createActions(() => null),
    surroundings: surroundingsOf(parseEnvironment({}), []),
    trials: new Map(),
    logger: pino({ level: 'silent' }),
  });
  const origin = `http://127.0.0.1:${await web.listen(0)}`;
  const statusOf = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${origin}${path}`, { headers: { cookie: ana }, ...init })).status;
  const signIn = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(owner) };
  expect(await statusOf('/api/inbox')).toBe(200);
  await away.sever();
  for (const path of ['/api/inbox', '/api/events', '/api/stream', '/ready']) expect([path, await statusOf(path)]).toEqual([path, 503]);
  expect(await statusOf('/api/auth/sign-in/email', signIn)).toBe(503);
  expect(await statusOf('/ingest/stripe', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).toBe(503);
  expect(await statusOf('/health')).toBe(200);
  await away.restore();
  expect(await statusOf('/api/inbox')).toBe(200);
  expect(await statusOf('/api/auth/sign-in/email', signIn)).toBe(200);
  await web.close();
  await db.close();
  await away.sever();
});

/** Postgres behind a door that can be shut. */
async function severable(database_url: string) {
  const target = new URL(database_url);
  const sockets = new Set<Socket>();
  const door = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(database_url);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    async sever() {
      const closed = once(door, 'close');
      door.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restore() {
      door.listen(port, '127.0.0.1');
      await once(door, 'listening');
    },
  };
}

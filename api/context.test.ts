import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

const tell = (body: unknown, as: string | undefined = ana) =>
  server.call('POST', '/api/context', { body, ...(as !== undefined && { as }) });
const nothing = { customers: 0, metrics: 0, maintenance_windows: 0, incidents: 0, team: 0, holidays: 0, founder: 0 };
const facts = async (kind: string) =>
  (await server.db.prisma.context_facts.findMany({ where: { kind }, orderBy: { key: 'asc' } })).map(({ key, data }) => ({ key, data }));

describe('what an owner tells', () => {
  test('is stored by its key with who told it, unknown members ignored', async () => {
    const answer = await tell({
      customers: [
        {
          stripe_customer_id: 'cus_1',
          email: 'bo@example.com',
          owner_email: 'kim@example.com',
          mrr_cents: 240_000,
          currency: 'USD',
          vip: true,
          shoe_size: 43,
        },
      ],
      metrics: { service: 'Shop', error_rate: 0.03, tickets_last_hour: 12, tickets_baseline_per_hour: 2.5, colour: 'red' },
      maintenance_windows: [{ service: 'Shop', start: '2026-11-20T10:00:00+02:00', end: '2026-11-20', reason: 'upgrade', x: 1 }],
      incidents: [{ service: 'shop', environment: 'production', started_at: '2026-11-20T09:00:00Z', status: 'down', y: 2 }],
      team: [{ github_login: 'Kim', name: 'Kim', email: 'kim@example.com', bot: false, commits_previous_14d: 30, commits_last_14d: 15 }],
      holidays: [{ name: 'Winter', start: '2026-12-24', end: '2026-12-26' }],
      founder: { email: 'ana@example.com', shoe_size: 38 },
      weather: 'fine',
    });
    expect([answer.status, answer.json]).toEqual([
      200,
      { stored: { customers: 1, metrics: 1, maintenance_windows: 1, incidents: 1, team: 1, holidays: 1, founder: 1 } },
    ]);
    expect(await facts('customer')).toEqual([
      {
        key: 'stripe:cus_1',
        data: {
          stripe_customer_id: 'cus_1',
          email: 'bo@example.com',
          owner_email: 'kim@example.com',
          mrr_cents: 240_000,
          currency: 'usd',
          vip: true,
        },
      },
    ]);
    expect(await facts('metrics')).toMatchObject([
      {
        key: 'shop/production',
        data: { service: 'shop', environment: 'production', error_rate: 0.03, tickets_last_hour: 12, tickets_baseline_per_hour: 2.5 },
      },
    ]);
    expect(await facts('maintenance_window')).toEqual([
      {
        key: 'shop/2026-11-20T08:00:00.000Z',
        data: { service: 'shop', start: '2026-11-20T08:00:00.000Z', end: '2026-11-21T00:00:00.000Z', reason: 'upgrade' },
      },
    ]);
    expect(await facts('incident')).toEqual([
      {
        key: 'shop/production/2026-11-20T09:00:00.000Z',
        data: { service: 'shop', environment: 'production', started_at: '2026-11-20T09:00:00.000Z', status: 'down' },
      },
    ]);
    expect(await facts('team')).toEqual([
      {
        key: 'kim',
        data: { github_login: 'Kim', name: 'Kim', email: 'kim@example.com', bot: false, commits_previous_14d: 30, commits_last_14d: 15 },
      },
    ]);
    expect(await facts('holiday')).toEqual([
      {
        key: '2026-12-24T00:00:00.000Z/Winter',
        data: { name: 'Winter', start: '2026-12-24T00:00:00.000Z', end: '2026-12-27T00:00:00.000Z' },
      },
    ]);
    expect(await facts('founder')).toEqual([{ key: 'founder', data: { email: 'ana@example.com' } }]);
    const [teller] = await server.db.sql<{ id: string }>`select id from "user" where email = 'ana@example.com'`;
    const actors = await server.db.sql<{ actor_id: string }>`select distinct actor_id from context_facts`;
    expect(actors).toEqual([{ actor_id: teller?.id }]);
  });

  test('is in the audit as counts only', async () => {
    await tell({ founder: { email: 'ana@example.com' }, holidays: null });
    const [row] = await server.db.sql<{ actor_type: string; metadata: unknown }>`
      select actor_type, metadata from audit where proposal_id is null order by seq desc limit 1`;
    expect(row).toEqual({ actor_type: 'user', metadata: { context: { ...nothing, founder: 1 } } });
  });

  test('again is merged: what is left out or null stays as it was', async () => {
    await tell({ customers: [{ email: 'Mia@example.com', vip: true, churn_score: 0.7 }] });
    await tell({ customers: [{ email: 'mia@example.com', vip: false, churn_score: null }] });
    expect(await facts('customer')).toContainEqual({
      key: 'email:mia@example.com',
      data: { email: 'mia@example.com', vip: false, churn_score: 0.7 },
    });
  });

  test('may be nothing at all', async () => {
    expect(await tell({})).toMatchObject({ status: 200, json: { stored: nothing } });
  });

  test('holds boundary values, and text is normalised', async () => {
    const answer = await tell({
      metrics: [{ service: 'edge', error_rate: 1, error_rate_baseline: 0, tickets_last_hour: 0 }],
      team: [{ github_login: '__proto__', sentiment: -1, pto_days_last_14d: 0.5, name: 'a\u0000b\u202ec' }],
      maintenance_windows: [{ service: 'edge', start: '2026-11-20', end: '2026-11-20' }],
      incidents: [{ service: 'edge', status: 'degraded' }],
    });
    expect(answer.status).toBe(200);
    expect(await facts('team')).toContainEqual({
      key: '__proto__',
      data: { github_login: '__proto__', sentiment: -1, pto_days_last_14d: 0.5, name: 'a\uFFFDbc' },
    });
  });
});

test.each([
  { customers: [{ vip: true }] },
  { customers: [{ email: 'x' }] },
  { customers: [{ email: 'a@example.com', mrr_cents: -1 }] },
  { customers: [{ email: 'a@example.com', mrr_cents: 1e300 }] },
  { customers: [{ email: 'a@example.com', owner_email: 'x' }] },
  { customers: {} },
  { founder: { email: 7 } },
  { metrics: { service: 'api', error_rate: 2.5 } },
  { metrics: { service: 'api', error_rate: -0.1 } },
  { metrics: { service: 'api', error_rate: '0.1' } },
  { metrics: [{ service: 'api', tickets_last_hour: -1 }] },
  { metrics: 'api' },
  { metrics: { service: '  ' } },
  { maintenance_windows: [{ service: 'api', start: '2026-11-20' }] },
  { maintenance_windows: [{ service: 'api', start: '2026-11-21', end: '2026-11-19' }] },
  { maintenance_windows: [{ service: 'api', start: 'yesterday', end: '2026-11-19' }] },
  { incidents: [{ service: 'api', started_at: 1700000000, status: 'down' }] },
  { incidents: [{ status: 'down' }] },
  { incidents: [{ service: 'api' }] },
  { team: [{ name: 'Kim' }] },
  { team: [{ github_login: 'kim', sentiment: -1.01 }] },
  { team: [{ github_login: 'kim', commits_last_14d: 1.5 }] },
  { team: [{ github_login: 'kim', bot: 'yes' }] },
  { team: [{ github_login: 'kim', departed_at: '2026-13-01' }] },
  { holidays: [{ name: 'x' }] },
  { holidays: [{ name: 'x', start: '2026-12-24', end: '2026-12-20' }] },
  [],
  null,
  'text',
])('%j is 400 and stores nothing', async (body) => {
  const before = await server.db.prisma.context_facts.count();
  const answer = await tell(typeof body === 'string' || body === null ? JSON.stringify(body) : body);
  expect([answer.status, answer.json.type]).toEqual([400, '/docs#bad_request']);
  expect(await server.db.prisma.context_facts.count()).toBe(before);
});

test('one wrong part refuses the whole request, and says where', async () => {
  const answer = await tell({ founder: { email: 'eve@example.com' }, metrics: { service: 'api', error_rate: 7 } });
  expect(answer.status).toBe(400);
  expect(answer.json.errors).toEqual([{ path: 'metrics.0.error_rate', message: 'must be a fraction from 0 to 1: 0.025 is 2.5 %' }]);
  expect((await facts('founder'))[0]?.data).toEqual({ email: 'ana@example.com' });
});

test('only an owner tells, by a session', async () => {
  const body = { founder: { email: 'eve@example.com' } };
  expect((await server.call('POST', '/api/context', { body })).status).toBe(401);
  for (const role of ['viewer', 'ops_lead'] as const) expect((await tell(body, await server.member(role))).status).toBe(403);
  const { key } = (await server.call('POST', '/api/keys', { as: ana, body: { name: 'k', kind: 'personal' } })).json;
  expect((await tell(body, key)).status).toBe(403);
  expect((await server.call('POST', '/api/context', { body, as: ana, headers: { origin: 'https://evil.example.com' } })).status).toBe(403);
  expect((await server.call('POST', '/api/contexts', { body, as: ana })).status).toBe(404);
  expect((await server.call('GET', '/api/context', { as: ana })).status).toBe(405);
});

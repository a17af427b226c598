import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { context_request } from '../domain/context.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { storeContext } from './context.ts';
import { founder, holidays, maintenanceWindowAt, openIncidents, team, toldMetrics } from './told.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let org_id: string;
beforeEach(async () => {
  org_id = randomUUID();
  await database.db.sql`insert into organisations (id, name) values (${org_id}, 'Test')`;
});

const sql = () => database.db.sql;
const tell = (facts: unknown) => {
  const ana: Person = { user_id: 'user_ana', org_id, name: 'Ana', email: 'ana@example.com', role: 'owner' };
  return storeContext(database.db, ana, context_request.parse(facts));
};
const metricsAt = (service: string, environment = 'production', minutes_later = 0) =>
  toldMetrics(sql(), org_id, service, environment, new Date(Date.now() + minutes_later * 60_000));

describe('metrics', () => {
  test('are found by service and environment in any case, production unless another one is named', async () => {
    await tell({ metrics: { service: 'Web-API', error_rate: 0.025, error_rate_baseline: 0.001 } });
    await tell({ metrics: [{ service: 'web-api', environment: 'Staging', error_rate: 0.5 }] });
    expect(await metricsAt('web-api')).toEqual({
      error_rate: 0.025,
      error_rate_baseline: 0.001,
      tickets_last_hour: null,
      tickets_baseline_per_hour: null,
      as_of: expect.any(Date),
    });
    expect(await metricsAt('WEB-API', 'STAGING')).toMatchObject({ error_rate: 0.5, error_rate_baseline: null });
    expect(await metricsAt('other')).toBeNull();
  });

  test('lapse after one hour, each figure by its own age', async () => {
    await tell({ metrics: { service: 'api', error_rate: 0.5 } });
    await sql()`
      update context_facts set as_of = now() - interval '50 minutes',
        data = jsonb_set(data, '{measured_at,error_rate}', to_jsonb(now() - interval '50 minutes')) where org_id = ${org_id}`;
    await tell({ metrics: { service: 'api', tickets_last_hour: 30, tickets_baseline_per_hour: 10 } });
    expect(await metricsAt('api')).toMatchObject({ error_rate: 0.5, tickets_last_hour: 30, tickets_baseline_per_hour: 10 });
    expect(await metricsAt('api', 'production', 9)).toMatchObject({ error_rate: 0.5 });
    expect(await metricsAt('api', 'production', 11)).toMatchObject({ error_rate: null, tickets_last_hour: 30 });
    expect(await metricsAt('api', 'production', 61)).toBeNull();
  });

  test('of all services stand in where a service has none of its own', async () => {
    await tell({
      metrics: [
        { tickets_last_hour: 9, error_rate: 0.1 },
        { service: 'api', error_rate: 0.03 },
      ],
    });
    expect(await metricsAt('api')).toMatchObject({ error_rate: 0.03, tickets_last_hour: 9 });
    expect(await metricsAt('web')).toMatchObject({ error_rate: 0.1, tickets_last_hour: 9 });
  });

  test('stored by other means count from the time of their row', async () => {
    await sql()`
      insert into context_facts (org_id, kind, key, data, as_of, actor_id)
      values (${org_id}, 'metrics', 'api/production', '{"service":"api","error_rate":0.2}', now() - interval '59 minutes', 'user_1')`;
    expect(await metricsAt('api')).toMatchObject({ error_rate: 0.2 });
    expect(await metricsAt('api', 'production', 2)).toBeNull();
  });
});

describe('a maintenance window', () => {
  const windowAt = (service: string, time: string) => maintenanceWindowAt(sql(), org_id, service, new Date(time));

  test('holds from its start until just before its end, for its service', async () => {
    await tell({
      maintenance_windows: [{ service: 'API', start: '2026-11-20T10:00:00+02:00', end: '2026-11-20T09:00:00Z', reason: 'upgrade' }],
    });
    expect(await windowAt('api', '2026-11-20T07:59:59.999Z')).toBeNull();
    expect(await windowAt('api', '2026-11-20T08:00:00Z')).toMatchObject({
      service: 'api',
      start: new Date('2026-11-20T08:00:00Z'),
      end: new Date('2026-11-20T09:00:00Z'),
      reason: 'upgrade',
    });
    expect(await windowAt('API', '2026-11-20T08:59:59.999Z')).not.toBeNull();
    expect(await windowAt('api', '2026-11-20T09:00:00Z')).toBeNull();
    expect(await windowAt('web', '2026-11-20T08:30:00Z')).toBeNull();
  });

  test('told by dates covers whole days, and without a service everything', async () => {
    await tell({ maintenance_windows: [{ start: '2026-11-20', end: '2026-11-21' }] });
    expect(await windowAt('api', '2026-11-21T23:59:59Z')).toMatchObject({ service: null, end: new Date('2026-11-22T00:00:00Z') });
    expect(await windowAt('api', '2026-11-22T00:00:00Z')).toBeNull();
  });

  test('told again with the same start has its new end', async () => {
    await tell({
      maintenance_windows: [{ service: 'api', start: '2026-11-20T08:00:00Z', end: '2026-11-20T12:00:00Z', reason: 'upgrade' }],
    });
    await tell({ maintenance_windows: [{ service: 'api', start: '2026-11-20T08:00:00.000Z', end: '2026-11-20T08:00:00Z' }] });
    expect(await windowAt('api', '2026-11-20T09:00:00Z')).toBeNull();
  });
});

describe('an incident', () => {
  const open = (service = 'api', environment = 'production') => openIncidents(sql(), org_id, service, environment);

  test('is open from its start until it is told to be over', async () => {
    const incident = { service: 'API', started_at: '2026-11-20T10:00:00+01:00', status: 'Down' };
    await tell({ incidents: [incident, { service: 'api', environment: 'staging', status: 'degraded' }] });
    expect(await open()).toEqual([{ started_at: new Date('2026-11-20T09:00:00Z'), status: 'down', as_of: expect.any(Date) }]);
    expect(await open('api', 'staging')).toMatchObject([{ status: 'degraded' }]);
    await tell({ incidents: [{ ...incident, started_at: '2026-11-20T09:00:00Z', status: 'resolved' }] });
    expect(await open()).toEqual([]);
  });

  test('without a start goes on with the newest open one of its service', async () => {
    await tell({ incidents: [{ service: 'api', started_at: '2026-11-20T09:00:00Z', status: 'degraded' }] });
    await tell({ incidents: [{ service: 'api', status: 'down' }] });
    expect(await open()).toMatchObject([{ started_at: new Date('2026-11-20T09:00:00Z'), status: 'down' }]);
    await tell({ incidents: [{ service: 'api', status: 'resolved' }] });
    expect(await open()).toEqual([]);
    await tell({ incidents: [{ service: 'api', status: 'down' }] });
    const [fresh] = await open();
    expect(Math.abs(Date.now() - (fresh?.started_at.getTime() ?? 0))).toBeLessThan(60_000);
  });
});

describe('the team', () => {
  test('is kept by login, each later fact merged over the earlier ones', async () => {
    await tell({
      team: [{ github_login: 'Octo-Cat', name: 'Octo', email: 'octo@example.com', commits_previous_14d: 20, sentiment: -0.4 }],
    });
    await tell({
      team: [{ github_login: 'octo-cat', commits_last_14d: 10, pto_days_last_14d: 3.5, pto_days_baseline_14d: 0, bot: false }],
    });
    await tell({ team: [{ email: 'Kim@example.com', slack_user_id: 'U1', departed_at: '2026-11-01' }] });
    expect(await team(sql(), org_id)).toEqual([
      { email: 'Kim@example.com', slack_user_id: 'U1', departed_at: new Date('2026-11-01T00:00:00Z'), as_of: expect.any(Date) },
      {
        github_login: 'octo-cat',
        name: 'Octo',
        email: 'octo@example.com',
        commits_previous_14d: 20,
        commits_last_14d: 10,
        pto_days_last_14d: 3.5,
        pto_days_baseline_14d: 0,
        sentiment: -0.4,
        bot: false,
        departed_at: null,
        as_of: expect.any(Date),
      },
    ]);
  });
});

test('holidays without an end last one day, and by dates include the last one', async () => {
  await tell({
    holidays: [
      { name: 'Founding day', start: '2026-11-20' },
      { name: 'Winter break', start: '2026-12-24', end: '2026-12-31' },
    ],
  });
  expect(await holidays(sql(), org_id)).toEqual([
    { name: 'Founding day', start: new Date('2026-11-20T00:00:00Z'), end: new Date('2026-11-21T00:00:00Z'), as_of: expect.any(Date) },
    { name: 'Winter break', start: new Date('2026-12-24T00:00:00Z'), end: new Date('2027-01-01T00:00:00Z'), as_of: expect.any(Date) },
  ]);
});

test('the founder is the one told last, with the time', async () => {
  expect(await founder(sql(), org_id)).toBeNull();
  await tell({ founder: { email: 'ana@example.com' } });
  await tell({ founder: { email: 'bea@example.com' } });
  expect(await founder(sql(), org_id)).toEqual({ email: 'bea@example.com', as_of: expect.any(Date) });
});

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { cool_down_seconds, failures_in_a_row_max } from '../domain/breaker.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { admit, noteAnswer, noteFailure, openBreakers, releaseTrial } from './breakers.ts';

let t: TestDatabase;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(() => noteAnswer(t.db.sql, 'stripe'));

async function fail(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await noteFailure(t.db.sql, 'stripe', 'the connection was refused');
}
const coolDown = () => t.db.sql`update breakers set retry_at = now() - interval '1 second' where provider = 'stripe'`;

test('four failures in a row open nothing, the fifth does, since the first', async () => {
  await fail(failures_in_a_row_max - 1);
  expect(await admit(t.db.sql, 'stripe')).toEqual({ admitted: 'closed' });
  await fail(1);
  const admission = await admit(t.db.sql, 'stripe');
  if (admission.admitted !== 'no') return expect.unreachable();
  expect(admission.wait_ms).toBeGreaterThan((cool_down_seconds - 5) * 1_000);
  expect(admission.wait_ms).toBeLessThanOrEqual(cool_down_seconds * 1_000);
  const [row] = await t.db.sql<{ failing_since: Date }>`select failing_since from breakers where provider = 'stripe'`;
  expect((await openBreakers(t.db.sql)).get('stripe')).toEqual({
    provider: 'stripe',
    since: row?.failing_since,
    last_error: 'the connection was refused',
  });
  expect(await admit(t.db.sql, 'slack'), 'another provider has its own').toEqual({ admitted: 'closed' });
});

test('any answer in between starts the count again', async () => {
  await fail(failures_in_a_row_max - 1);
  await noteAnswer(t.db.sql, 'stripe');
  await fail(failures_in_a_row_max - 1);
  expect(await admit(t.db.sql, 'stripe')).toEqual({ admitted: 'closed' });
});

test('after the cool-down exactly one of many workers makes the trial', async () => {
  await fail(failures_in_a_row_max);
  await coolDown();
  const admissions = await Promise.all(Array.from({ length: 12 }, () => admit(t.db.sql, 'stripe')));
  expect(admissions.filter(({ admitted }) => admitted === 'trial')).toHaveLength(1);
  expect(admissions.filter(({ admitted }) => admitted === 'closed')).toEqual([]);
});

test('a trial that fails waits for another cool-down and keeps since when; one that is answered closes', async () => {
  await fail(failures_in_a_row_max);
  const before = (await openBreakers(t.db.sql)).get('stripe');
  await coolDown();
  expect(await admit(t.db.sql, 'stripe')).toEqual({ admitted: 'trial' });
  await fail(1);
  expect(await admit(t.db.sql, 'stripe')).toMatchObject({ admitted: 'no' });
  expect((await openBreakers(t.db.sql)).get('stripe')).toEqual(before);
  await coolDown();
  await admit(t.db.sql, 'stripe');
  await noteAnswer(t.db.sql, 'stripe');
  expect(await admit(t.db.sql, 'stripe')).toEqual({ admitted: 'closed' });
  expect((await openBreakers(t.db.sql)).size).toBe(0);
});

test('a trial that found nothing out is another worker’s', async () => {
  await fail(failures_in_a_row_max);
  await coolDown();
  await admit(t.db.sql, 'stripe');
  expect(await admit(t.db.sql, 'stripe')).toMatchObject({ admitted: 'no' });
  await releaseTrial(t.db.sql, 'stripe');
  expect(await admit(t.db.sql, 'stripe')).toEqual({ admitted: 'trial' });
});

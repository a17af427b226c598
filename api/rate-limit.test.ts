import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Problem } from '../domain/problem.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { until } from '../scripts/testing/wait.ts';
import { guesses_max, requests_batch, requests_max, requests_window_seconds } from './limits.ts';
import { createGuessLimit, createRateLimit } from './rate-limit.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** How many of so many calls at one moment are let through, and the first refusal. */
function take(limit: ReturnType<typeof createRateLimit>, key: string, calls: number) {
  let passed = 0;
  for (let n = 0; n < calls; n += 1) {
    try {
      limit.take(key);
      passed += 1;
    } catch (problem) {
      return { passed, refused: problem as Problem };
    }
  }
  return { passed, refused: null };
}

const told = async (key: string, points: number) =>
  until(`${points} calls are told`, async () => {
    const [row] = await database.db.sql<{ points: number }>`select points from rate_limits where key like ${`calls:%:${key}`}`;
    return row?.points === points;
  });

describe('the limit of calls', () => {
  const at = 1_800_000_000_000;

  test('says when to come back, to whom has used it up and to nobody else', () => {
    const limit = createRateLimit(database.db, () => at + 2_000);
    const { passed, refused } = take(limit, 'ana', requests_max + 1);
    expect([passed, refused?.status]).toEqual([requests_max, 429]);
    expect(refused?.members.retry_after_seconds).toBe(requests_window_seconds - 2);
    expect(take(limit, 'bo', 1).refused).toBeNull();
  });

  test('begins anew with the next window', () => {
    let now = at + 20_000;
    const limit = createRateLimit(database.db, () => now);
    expect(take(limit, 'cy', requests_max + 1).passed).toBe(requests_max);
    now += requests_window_seconds * 1_000;
    expect(take(limit, 'cy', requests_max + 1).passed).toBe(requests_max);
  });

  test('is one for all replicas, but for a batch each', async () => {
    const [one, other] = [createRateLimit(database.db, () => at), createRateLimit(database.db, () => at)];
    expect(take(one, 'di', requests_max - requests_batch).refused).toBeNull();
    await told('di', requests_max - requests_batch);
    // It tells its first batch, and learns what the others told.
    expect(take(other, 'di', requests_batch).refused).toBeNull();
    await told('di', requests_max);
    const late = await until('the other replica refuses', () => {
      const { passed, refused } = take(other, 'di', requests_batch);
      return refused === null ? null : Promise.resolve({ passed });
    });
    expect(late.passed).toBeLessThan(requests_batch);
  });

  test('writes nothing for those who call as often as people do', async () => {
    const limit = createRateLimit(database.db, () => at);
    expect(take(limit, 'eva', requests_batch - 1).refused).toBeNull();
    expect(await database.db.sql`select from rate_limits where key like 'calls:%:eva'`).toHaveLength(0);
  });

  test('holds while Postgres is away', async () => {
    const gone = await testDatabase();
    await gone.close();
    expect(
      take(
        createRateLimit(gone.db, () => at),
        'fe',
        requests_max + 10,
      ).passed,
    ).toBe(requests_max);
  });
});

describe('guessing secrets', () => {
  const unknown = () => Promise.reject(new Problem('not_found', 'no'));

  test('is stopped for the address it comes from, over all replicas, and for no other', async () => {
    const [one, other] = [createGuessLimit(database.db), createGuessLimit(database.db)];
    for (let n = 0; n < guesses_max; n += 1)
      await expect((n % 2 === 0 ? one : other).attempt('203.0.113.7', unknown)).rejects.toMatchObject({ status: 404 });
    const refused = await other.attempt('203.0.113.7', async () => 'found').catch((problem: Problem) => problem);
    expect(refused).toMatchObject({ status: 429, members: { retry_after_seconds: expect.any(Number) } });
    expect(await one.attempt('203.0.113.8', async () => 'found')).toBe('found');
  });

  test('all at once finds no more than one after the other', async () => {
    const limit = createGuessLimit(database.db);
    const answers = await Promise.all(
      Array.from({ length: guesses_max * 2 }, () => limit.attempt('2001:db8::1', unknown).catch((problem: Problem) => problem.status)),
    );
    expect(answers.filter((status) => status === 404)).toHaveLength(guesses_max);
    // Whoever has one address of a network has all of them.
    await expect(limit.attempt('2001:db8::ffff:2', async () => 'found')).rejects.toMatchObject({ status: 429 });
  });

  test('is not what using the right ones is', async () => {
    const limit = createGuessLimit(database.db);
    for (let n = 0; n < guesses_max * 2; n += 1) expect(await limit.attempt('203.0.113.9', async () => n)).toBe(n);
  });
});

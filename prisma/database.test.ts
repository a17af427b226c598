/** What a broken connection does to whoever holds it. */
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { isOutage } from './outage.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ connections_max: 1 });
});
afterAll(() => database?.close());

test('a connection that Postgres ends between two queries of a transaction fails that transaction, and nothing else', async () => {
  const { db, url } = database;
  const acquired = new Promise<pg.PoolClient>((resolve) => db.pool.once('acquire', resolve));
  const broken = db.tx(async (sql) => {
    const client = await acquired;
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    const [backend] = await sql<{ pid: number }>`select pg_backend_pid() as pid`;
    await asOwner(url, 'select pg_terminate_backend($1)', [backend?.pid]);
    // The news comes while nobody asks anything: unheard, it would end the process.
    await ended;
    await sql`select 1`;
  });
  expect(isOutage(await broken.catch((error: unknown) => error))).toBe(true);
  expect(await db.sql`select 1 as fine`).toEqual([{ fine: 1 }]);
});

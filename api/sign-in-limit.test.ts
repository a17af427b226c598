import { randomUUID } from 'node:crypto';

import { beforeEach, expect, test } from 'vitest';

import { Problem } from '../domain/problem.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { account_failures_max, address_failures_max, sign_in_failures_max } from './limits.ts';
import { createSignInLimit } from './sign-in-limit.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  return () => database.close();
});

const email = 'ana@example.com';
const wrong = () => Promise.reject(new Problem('unauthenticated', 'no'));
const right = async () => 'in';

test('failures from one address do not stop a correct sign-in from another', async () => {
  const limit = createSignInLimit(database.db);
  for (let n = 0; n < sign_in_failures_max; n += 1)
    await expect(limit.attempt('203.0.113.1', email, wrong)).rejects.toMatchObject({ status: 401 });
  const refused = await limit.attempt('203.0.113.1', 'Ana@example.com', right).catch((problem: Problem) => problem);
  expect(refused).toMatchObject({ status: 429, members: { retry_after_seconds: expect.any(Number) } });
  expect(await limit.attempt('203.0.113.2', email, right)).toBe('in');
});

test('replicas share what they count', async () => {
  const [one, other] = [createSignInLimit(database.db), createSignInLimit(database.db)];
  for (let n = 0; n < sign_in_failures_max; n += 1)
    await expect((n % 2 === 0 ? one : other).attempt('203.0.113.1', email, wrong)).rejects.toMatchObject({ status: 401 });
  for (const limit of [one, other]) await expect(limit.attempt('203.0.113.1', email, right)).rejects.toMatchObject({ status: 429 });
});

test('one address gets no further by trying many accounts', async () => {
  const limit = createSignInLimit(database.db);
  for (let n = 0; n < address_failures_max; n += 1)
    await expect(limit.attempt('203.0.113.1', `${n}@example.com`, wrong)).rejects.toMatchObject({ status: 401 });
  await expect(limit.attempt('203.0.113.1', email, right)).rejects.toMatchObject({ status: 429 });
});

test('many correct sign-ins at once are no failures', async () => {
  const limit = createSignInLimit(database.db);
  expect(await Promise.all(Array.from({ length: 50 }, () => limit.attempt('203.0.113.1', email, right)))).toHaveLength(50);
});

test('guessing from many addresses is stopped everywhere but where the account has been used, so nobody is locked out', async () => {
  const { sql } = database.db;
  await sql`insert into "user" (id, name, email) values ('ana', 'Ana', ${email})`;
  await sql`
    insert into session (id, token, "expiresAt", "userId", "ipAddress")
    values (${randomUUID()}, 't', now() + interval '1 day', 'ana', '198.51.100.20')`;
  const limit = createSignInLimit(database.db);
  for (let n = 0; n < account_failures_max; n += 1)
    await expect(limit.attempt(`203.0.113.${n}`, email, wrong)).rejects.toMatchObject({ status: 401 });
  await expect(limit.attempt('203.0.113.200', email, right)).rejects.toMatchObject({ status: 429 });
  expect(await limit.attempt('198.51.100.20', email, right)).toBe('in');
});

test('guessing from one address alone is stopped there, and keeps the owner out nowhere else', async () => {
  const limit = createSignInLimit(database.db);
  let refused = 0;
  for (let n = 0; n < account_failures_max + 5; n += 1) {
    // The minute in which ten are too many is over each time.
    await database.db.sql`delete from rate_limits where key like 'sign-in-pair%' or key like 'sign-in-from%'`;
    const problem = await limit.attempt('203.0.113.1', email, wrong).catch((thrown: Problem) => thrown);
    if (problem instanceof Problem && problem.status === 429) refused += 1;
  }
  expect(refused).toBe(5);
  expect(await limit.attempt('198.51.100.20', email, right)).toBe('in');
});

test('a network that was signed in from is known also after signing out, and only for that account', async () => {
  const limit = createSignInLimit(database.db);
  expect(await limit.attempt('2001:db8:1:2::7', email, right)).toBe('in');
  expect(await limit.attempt('198.51.100.20', 'bo@example.com', right)).toBe('in');
  for (let n = 0; n < account_failures_max; n += 1)
    await expect(limit.attempt(`203.0.113.${n}`, email, wrong)).rejects.toMatchObject({ status: 401 });
  await expect(limit.attempt('198.51.100.20', email, right)).rejects.toMatchObject({ status: 429 });
  expect(await limit.attempt('2001:db8:1:2::8', email, right)).toBe('in');
});

test('a counter names neither the account nor the address', async () => {
  const limit = createSignInLimit(database.db);
  await expect(limit.attempt('203.0.113.1', email, wrong)).rejects.toThrow();
  const rows = await database.db.sql<{ key: string }>`select key from rate_limits`;
  expect(rows).toHaveLength(4);
  expect(JSON.stringify(rows)).not.toMatch(/ana|203/);
});

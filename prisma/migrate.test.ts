import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { asOwner } from '../scripts/testing/database.ts';
import { shared } from '../scripts/testing/shared.ts';
import { migrate } from './migrate.ts';

let server_url: string;
const databases: string[] = [];
const users: string[] = [];

beforeAll(async () => {
  server_url = (await shared<{ url: string }>('/postgres')).url;
});
afterAll(async () => {
  for (const name of databases) await asOwner(server_url, `drop database if exists ${name} with (force)`);
  for (const name of users) await asOwner(server_url, `drop role if exists ${name}`);
});

async function emptyDatabase(owner?: string): Promise<string> {
  const name = `migrate_${randomUUID().replaceAll('-', '')}`;
  databases.push(name);
  await asOwner(server_url, `create database ${name} ${owner === undefined ? '' : `owner ${owner}`}`);
  const url = new URL(server_url);
  url.pathname = `/${name}`;
  return url.href;
}

test('two processes that migrate at once do it once, and a repeat changes nothing', async () => {
  const url = await emptyDatabase();
  const both = await Promise.all([migrate(url), migrate(url)]);
  expect(both.map(({ applied }) => applied.length).sort()[0]).toBe(0);
  expect(await migrate(url)).toEqual({ applied: [] });
  expect((await asOwner(url, 'select count(*)::int as n from organisations')).rows).toEqual([{ n: 1 }]);
});

test("the application may use LangGraph's checkpoints, and may not change their tables", async () => {
  const url = await emptyDatabase();
  await migrate(url);
  const may = `select has_table_privilege('execops_app', 'langgraph.checkpoints', 'insert') as write, has_schema_privilege('execops_app', 'langgraph', 'create') as change`;
  expect((await asOwner(url, may)).rows).toEqual([{ write: true, change: false }]);
});

test('a migration that was interrupted does not block the next start', async () => {
  const url = await emptyDatabase();
  await migrate(url);
  await asOwner(url, `insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'x', '0002_laws')`);
  expect(await migrate(url)).toEqual({ applied: [] });
});

test('a user who may not grant the application its role is told what an administrator has to run', async () => {
  const user = `weak_${randomUUID().slice(0, 8)}`;
  users.push(user);
  await asOwner(server_url, `create role ${user} login password 'pw'`);
  const url = new URL(await emptyDatabase(user));
  url.username = user;
  url.password = 'pw';
  await expect(migrate(url.href)).rejects.toThrow(`create role execops_app nologin; grant execops_app to ${user};`);
});

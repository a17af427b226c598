/** A fresh, migrated database for a test, on the run's one Postgres. */
import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { type Database, openDatabase } from '../../prisma/database.ts';
import { shared } from './shared.ts';

export interface TestDatabase {
  /** As the owner, who may do everything; the application connects with it and then becomes execops_app. */
  url: string;
  db: Database;
  /** The first organisation's id. */
  org_id: string;
  close(): Promise<void>;
}

export async function testDatabase(options: { connections_max?: number } = {}): Promise<TestDatabase> {
  const { url: server_url } = await shared<{ url: string }>('/postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asOwner(server_url, `create database ${name} template execops_template`);
  const address = new URL(server_url);
  address.pathname = `/${name}`;
  const db = openDatabase(address.href, options);
  const [organisation] = await db.sql<{ id: string }>`select id from organisations`;
  if (!organisation) throw new Error('The migrated database has no organisation.');
  return {
    url: address.href,
    db,
    org_id: organisation.id,
    async close() {
      await db.close();
      await asOwner(server_url, `drop database ${name} with (force)`);
    },
  };
}

/** Runs one statement as the database's owner, past the application's role. */
export async function asOwner(url: string, statement: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end();
  }
}

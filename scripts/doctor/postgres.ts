import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import type { Environment } from '../../domain/environment.ts';
import { app_role } from '../../prisma/app-role.ts';
import { runningEmbedded } from '../running-embedded.ts';
import { root } from '../stamp.ts';
import { failed, off, ok, type Finding } from './finding.ts';

const connect_ms_max = 5_000;
const name = 'Postgres';

/** The configured database, else the embedded one of an instance that runs; null when neither is there. */
export function databaseUrlOf(environment: Pick<Environment, 'DATABASE_URL' | 'DATA_DIR'>): string | null {
  return environment.DATABASE_URL ?? runningEmbedded(environment.DATA_DIR);
}

export async function examinePostgres(environment: Pick<Environment, 'DATABASE_URL' | 'DATA_DIR'>): Promise<Finding> {
  const url = databaseUrlOf(environment);
  if (url === null) return off(name, 'DATABASE_URL is not set: "npm start" brings its own, which does not run now.');
  return withDatabase(url, async (client) => {
    const { rows } = await client.query<{ version: string; known: boolean }>(
      `select current_setting('server_version') as version, to_regclass('_prisma_migrations') is not null as known`,
    );
    const missing = await missingMigrations(client, rows[0]?.known ?? false);
    if (missing.length > 0) return failed(name, `Not migrated yet: ${missing.join(', ')}. "npm start" migrates.`);
    const { rows: roles } = await client.query<{ may: boolean }>('select pg_has_role(current_user, $1, $2) as may', [app_role, 'set']);
    if (!roles[0]?.may) return failed(name, `Its user may not become ${app_role}. Let an administrator grant it.`);
    return ok(name, `Version ${rows[0]?.version}, all migrations applied${environment.DATABASE_URL === undefined ? ' (embedded)' : ''}.`);
  });
}

export async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connect_ms_max, query_timeout: connect_ms_max });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function missingMigrations(client: pg.Client, known: boolean): Promise<string[]> {
  const folder = join(root, 'prisma', 'migrations');
  const wanted = readdirSync(folder).filter((entry) => existsSync(join(folder, entry, 'migration.sql')));
  if (!known) return wanted;
  const { rows } = await client.query<{ migration_name: string }>(
    'select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  );
  return wanted.filter((entry) => !rows.some(({ migration_name }) => migration_name === entry));
}

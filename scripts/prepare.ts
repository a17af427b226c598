/** What has to be true before web and worker start: tables, the first owner, Temporal's search attributes. Safe to run again and from several machines. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Connection } from '@temporalio/client';

import { ensureOwner } from '../api/owner.ts';
import { isCommon } from '../api/passwords.ts';
import { type Environment, parseEnvironment } from '../domain/environment.ts';
import { openDatabase } from '../prisma/database.ts';
import { migrate } from '../prisma/migrate.ts';
import { connectionOptions } from '../temporal/client.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { root } from './stamp.ts';

export async function prepare(environment: Environment): Promise<{ sign_in_link: string | null }> {
  if (environment.DATABASE_URL === undefined) throw new Error('DATABASE_URL must be set to prepare a database.');
  await migrate(environment.DATABASE_URL);
  if (environment.TEMPORAL_ADDRESS !== undefined) await prepareTemporal(environment);
  const db = openDatabase(environment.DATABASE_URL, { connections_max: 2 });
  try {
    await warnOfCommonPassword(environment);
    return await ensureOwner(db, environment);
  } finally {
    await db.close();
  }
}

/** What the environment says is done: whoever sets it may be trying ExecOps out. */
async function warnOfCommonPassword({ OWNER_PASSWORD: password }: Environment): Promise<void> {
  if (password === undefined || !(await isCommon(password))) return;
  const msg = 'OWNER_PASSWORD is among the most common passwords, which are tried first. Set a long random one.';
  console.error(JSON.stringify({ level: 'warn', msg }));
}

/** A Temporal server that is down or does not allow it delays nothing: the search attributes are for people who look for stuck workflows. */
async function prepareTemporal(environment: Environment): Promise<void> {
  const connection = Connection.lazy({ ...connectionOptions(environment), connectTimeout: 5_000 });
  try {
    await connection.withDeadline(Date.now() + 10_000, () => registerSearchAttributes(connection, environment.TEMPORAL_NAMESPACE));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      JSON.stringify({ level: 'warn', msg: `The search attributes could not be added to ${environment.TEMPORAL_ADDRESS}`, error: reason }),
    );
  } finally {
    await connection.close();
  }
}

if (import.meta.main) {
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  try {
    console.log(JSON.stringify({ level: 'info', msg: 'prepared', ...(await prepare(parseEnvironment(process.env))) }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

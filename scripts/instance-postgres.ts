/** Reaching the installed instance's Postgres from a command, whether the instance runs or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Environment } from '../domain/environment.ts';
import { startEmbeddedPostgres } from '../prisma/embedded.ts';
import { runningEmbedded } from './running-embedded.ts';

export interface InstancePostgres {
  url: string;
  close(): Promise<void>;
}

/** The configured Postgres; else the embedded one, which is started for the while when no instance runs it. */
export async function instancePostgres(environment: Pick<Environment, 'DATABASE_URL' | 'DATA_DIR'>): Promise<InstancePostgres> {
  if (environment.DATABASE_URL !== undefined) return { url: environment.DATABASE_URL, close: () => Promise.resolve() };
  const cluster = join(environment.DATA_DIR, 'postgres');
  if (!existsSync(cluster))
    throw new Error(`There is no database in ${environment.DATA_DIR}. Set DATABASE_URL or DATA_DIR to the one that is meant.`);
  const running = runningEmbedded(environment.DATA_DIR);
  if (running !== null) return { url: running, close: () => Promise.resolve() };
  const postgres = await startEmbeddedPostgres({ data_dir: environment.DATA_DIR });
  return { url: postgres.url, close: postgres.stop };
}

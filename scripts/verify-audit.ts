/** `npm run verify-audit`: walks every organisation's audit chain without the product running and names the first break. Exit code 1 when there is one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseEnvironment, type Environment } from '../domain/environment.ts';
import { verifyAudit } from '../prisma/audit.ts';
import { openDatabase } from '../prisma/database.ts';
import { startEmbeddedPostgres } from '../prisma/embedded.ts';
import { root } from './stamp.ts';

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
try {
  process.exitCode = (await verify(parseEnvironment(process.env))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function verify(environment: Environment): Promise<boolean> {
  const { url, close } = await postgresOf(environment);
  const db = openDatabase(url, { connections_max: 1 });
  try {
    const organisations = await db.sql<{ id: string; name: string }>`select id, name from organisations order by created_at`;
    let sound = true;
    for (const { id, name } of organisations) {
      const { ok, rows, head, first_break } = await verifyAudit(db, id);
      sound &&= ok;
      const finding =
        first_break === null ? `sound, ${rows} rows, head ${head.hash}` : `BROKEN at row ${first_break.seq}: ${first_break.reason}`;
      console.log(`${name} (${id}): ${finding}`);
    }
    return sound;
  } finally {
    await db.close();
    await close();
  }
}

/** The configured Postgres; else the embedded one, which is started for the while when no instance runs it. */
async function postgresOf(environment: Environment): Promise<{ url: string; close(): Promise<void> }> {
  if (environment.DATABASE_URL !== undefined) return { url: environment.DATABASE_URL, close: () => Promise.resolve() };
  const cluster = join(environment.DATA_DIR, 'postgres');
  if (!existsSync(cluster))
    throw new Error(`There is no database in ${environment.DATA_DIR}. Set DATABASE_URL or DATA_DIR to the one to verify.`);
  // The fourth line of Postgres's own file is the port it listens on: https://www.postgresql.org/docs/current/storage-file-layout.html
  const running = existsSync(join(environment.DATA_DIR, 'running'));
  const [, , , port] = running ? readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n') : [];
  if (port === undefined) {
    const postgres = await startEmbeddedPostgres({ data_dir: environment.DATA_DIR });
    return { url: postgres.url, close: postgres.stop };
  }
  const password = readFileSync(join(environment.DATA_DIR, 'postgres.password'), 'utf8').trim();
  return { url: `postgres://postgres:${password}@127.0.0.1:${port}/execops`, close: () => Promise.resolve() };
}

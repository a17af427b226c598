/** `npm run verify-audit`: walks every organisation's audit chain without the product running and names the first break. Exit code 1 when there is one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { parseEnvironment, type Environment } from '../domain/environment.ts';
import { verifyAudit } from '../prisma/audit.ts';
import { openDatabase } from '../prisma/database.ts';
import { instancePostgres } from './instance-postgres.ts';
import { root } from './stamp.ts';

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
try {
  process.exitCode = (await verify(parseEnvironment(process.env))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function verify(environment: Environment): Promise<boolean> {
  const { url, close } = await instancePostgres(environment);
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

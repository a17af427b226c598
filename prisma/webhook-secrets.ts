/** Secrets that were generated because none was configured, and those of further organisations' endpoints. */
import { randomBytes } from 'node:crypto';

import type { Database } from './database.ts';

/** The stored secret, generated the first time. Of two processes that start at once, both get the same. */
export async function keptSecret(db: Pick<Database, 'sql'>, org_id: string, source: string): Promise<string> {
  const fresh = `whsec_${randomBytes(32).toString('base64')}`;
  await db.sql`insert into webhook_secrets (org_id, source, secret) values (${org_id}, ${source}, ${fresh}) on conflict do nothing`;
  const [row] = await db.sql<{
    secret: string;
  }>`select secret from webhook_secrets where org_id = ${org_id} and source = ${source} and endpoint = ''`;
  if (row === undefined) throw new Error(`the secret of ${source} was stored and is not there`);
  return row.secret;
}

/** The organisation whose endpoint this is, with its secret; null when nobody has it. */
export async function endpointSecret(
  db: Pick<Database, 'sql'>,
  source: string,
  endpoint: string,
): Promise<{ org_id: string; secret: string } | null> {
  const [row] = await db.sql<{ org_id: string; secret: string }>`
    select org_id, secret from webhook_secrets where source = ${source} and endpoint = ${endpoint} and endpoint <> '' order by org_id limit 1`;
  return row ?? null;
}

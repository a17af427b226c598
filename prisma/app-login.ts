import { randomBytes } from 'node:crypto';

import pg from 'pg';

import { app_role } from './app-role.ts';

/**
 * The address with which web and worker sign in to the embedded Postgres: as the application's role itself, so that
 * nothing they run could become the owner again. The password is new at each start and is written down nowhere.
 */
export async function appAddress(owner_url: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const owner = new pg.Client({ connectionString: owner_url });
  await owner.connect();
  try {
    await owner.query(`alter role ${app_role} with login password ${owner.escapeLiteral(password)}`);
  } finally {
    await owner.end();
  }
  const address = new URL(owner_url);
  address.username = app_role;
  address.password = password;
  return address.href;
}

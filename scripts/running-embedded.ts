import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The owner's address of the embedded Postgres of an instance that runs; null when none does. */
export function runningEmbedded(data_dir: string): string | null {
  const pid_file = join(data_dir, 'postgres', 'postmaster.pid');
  if (!existsSync(join(data_dir, 'running')) || !existsSync(pid_file)) return null;
  // The fourth line of Postgres's own file is the port it listens on: https://www.postgresql.org/docs/current/storage-file-layout.html
  const [, , , port] = readFileSync(pid_file, 'utf8').split('\n');
  if (port === undefined) return null;
  const password = readFileSync(join(data_dir, 'postgres.password'), 'utf8').trim();
  return `postgres://postgres:${password}@127.0.0.1:${port}/execops`;
}

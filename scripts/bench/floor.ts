/** The two floors, each in a process of its own, on the same Postgres and the same Temporal server as the product. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import pg from 'pg';

import { type Arrivals, createArrivals } from './arrivals.ts';
import type { SignedEvent } from './events.ts';
import { floorBundle } from './floor-bundle.ts';
import { createHttpClient, requestOf } from './http-client.ts';
import { processTree } from './processes.ts';
import type { AckTarget, RoundTrip, TripTarget } from './targets.ts';

export interface Floor extends AckTarget, TripTarget {
  /** Processor time that the bare workflow's worker has used so far. */
  workerCpuMs(): number;
  stop(): Promise<void>;
}

export interface FloorSettings {
  database_url: string;
  temporal_address: string;
  webhook_secret: string;
}

const task_queue = 'bench-floor';

export async function startFloor(settings: FloorSettings): Promise<Floor> {
  const org_id = await createTables(settings.database_url);
  const shared = {
    BENCH_DATABASE_URL: settings.database_url,
    BENCH_TEMPORAL_ADDRESS: settings.temporal_address,
    BENCH_TASK_QUEUE: task_queue,
  };
  const server = startPart('floor-server.ts', { ...shared, BENCH_WEBHOOK_SECRET: settings.webhook_secret, BENCH_ORG_ID: org_id });
  const worker = startPart('floor-worker.ts', { ...shared, BENCH_BUNDLE: await floorBundle() });
  const arrivals = createArrivals<number>();
  worker.on('message', ({ id, status }: { id?: string; status?: string }) => {
    if (id !== undefined && status !== undefined) arrivals.arrive(`${id} ${status}`, performance.now());
  });

  const [{ port }] = await Promise.all([firstMessage<{ port: number }>(server), firstMessage(worker)]);
  const http = createHttpClient(port);
  const connection = await Connection.connect({ address: settings.temporal_address });
  const temporal = new Client({ connection });

  return {
    ackRequest: ({ body, signature }: SignedEvent) =>
      requestOf({ method: 'POST', path: '/', port, headers: { 'stripe-signature': signature }, body }),
    send: (request) => http.send(request),
    async prepareTrips(count) {
      return Array.from({ length: count }, () => () => bareTrip(temporal, arrivals));
    },
    workerCpuMs: () => processTree(worker.pid ?? -1).reduce((sum, { cpu_ms }) => sum + cpu_ms, 0),
    async stop() {
      http.close();
      await connection.close();
      await Promise.all([server, worker].map(stopPart));
    },
  };
}

async function bareTrip(temporal: Client, arrivals: Arrivals<number>): Promise<RoundTrip> {
  const id = randomUUID();
  const pending = arrivals.wait(`${id} pending`);
  const executed = arrivals.wait(`${id} executed`);
  const began = performance.now();
  const run = await temporal.workflow.start('bareApproval', { workflowId: `bench:${id}`, taskQueue: task_queue, args: [id] });
  const pending_at = await pending;
  const approved = performance.now();
  await run.signal('approve');
  const executed_at = await executed;
  return { to_pending_ms: pending_at - began, to_executed_ms: executed_at - approved, whole_ms: executed_at - began };
}

/** The product's own table, copied with its indexes and checks, so that the same row costs Postgres the same. */
async function createTables(database_url: string): Promise<string> {
  const client = new pg.Client({ connectionString: database_url });
  await client.connect();
  await client.query(`
    create schema bench_floor;
    create table bench_floor.events (like public.events including all);
    create table bench_floor.approvals (id uuid primary key, status text not null);`);
  const { rows } = await client.query<{ id: string }>('select id from organisations limit 1');
  await client.end();
  if (rows[0] === undefined) throw new Error('The instance has no organisation.');
  return rows[0].id;
}

function startPart(file: string, env: Record<string, string>): ChildProcess {
  return fork(join(import.meta.dirname, file), { env: { ...process.env, ...env }, execArgv: [] });
}

function firstMessage<T>(part: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    part.once('message', (message) => resolve(message as T));
    part.once('exit', (code) => reject(new Error(`${part.spawnargs.at(-1)} ended with code ${code} before it was ready`)));
  });
}

async function stopPart(part: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => part.once('exit', resolve));
  if (part.exitCode !== null) return;
  part.disconnect();
  await ended;
}

/** An instance of its own for the benchmark: `npm start` with nothing configured, a temporary data folder and a free port. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Child, killGroup, running_children, startChild } from '../child.ts';
import { freePort } from '../ports.ts';
import { root } from '../stamp.ts';
import { type Process, processTree, sharedOnce_mb } from './processes.ts';

export interface Instance {
  port: number;
  database_url: string;
  temporal_address: string;
  /** From the command to the first 200 of /ready. */
  ready_ms: number;
  /** Megabytes that each part holds now. */
  memory(): Record<Part, number>;
  /** Processor time that each part has used so far. */
  cpuMs(): Record<Part, number>;
}

export const parts = ['web', 'worker', 'temporal', 'postgres', 'npm start'] as const;
export type Part = (typeof parts)[number];

export const account = { email: 'owner@bench.example.com', password: 'bench-password' };
export const webhook_secret = 'whsec_bench0123456789abcdef';

const child_name = 'npm start';
const ready_within_ms = 600_000;
const stop_within_ms = 60_000;
const poll_ms = 10;

export interface Home {
  data_dir: string;
  remove(): void;
}

export function temporaryHome(): Home {
  const data_dir = mkdtempSync(join(tmpdir(), 'execops-bench-'));
  return { data_dir, remove: () => rmSync(data_dir, { recursive: true, force: true }) };
}

export async function startInstance(data_dir: string, say: (line: string) => void, profile_dir?: string): Promise<Instance> {
  const port = await freePort();
  const began = performance.now();
  const said: string[] = [];
  let ready = false;
  const onLine = (line: string) => {
    said.push(line);
    // Getting a Temporal server may take minutes the first time, and a part that ends later is worth knowing too.
    if (!ready || / (ended|error|fatal)\b/.test(line)) say(`  npm start: ${line}`);
  };
  const env = environmentFor(data_dir, port, profile_dir);
  const child = startChild(child_name, 'npm', ['--silent', 'start'], { cwd: root, env, onLine });
  await untilReady(port, child, said);
  ready = true;
  const ready_ms = performance.now() - began;
  const temporal = find(child, 'start-dev');
  return {
    port,
    database_url: databaseUrl(data_dir),
    temporal_address: `127.0.0.1:${/--port (\d+)/.exec(temporal.command)?.[1]}`,
    ready_ms,
    memory: () => eachPart(child, (processes, part) => (part === 'postgres' ? sharedOnce_mb(processes) : sum(processes, 'rss_mb'))),
    cpuMs: () => eachPart(child, (processes) => sum(processes, 'cpu_ms')),
  };
}

/** Also one that is still starting. */
export async function stopInstances(): Promise<void> {
  const instances = [...running_children].filter(({ name }) => name === child_name);
  await Promise.all(instances.map(stop));
}

async function stop(child: Child): Promise<void> {
  // As Ctrl-C in a terminal does: the whole group hears it.
  process.kill(-child.pid, 'SIGINT');
  const timer = setTimeout(() => killGroup(child), stop_within_ms);
  await child.exited;
  clearTimeout(timer);
}

/** Every variable that would switch a real part on is empty, also against a .env file; nothing leaves the machine. */
function environmentFor(data_dir: string, port: number, profile_dir: string | undefined): NodeJS.ProcessEnv {
  const off = [
    'PUBLIC_URL',
    'DATABASE_URL',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_API_KEY',
    'TEMPORAL_TLS',
    'TEMPORAL_UI_URL',
    'SMTP_URL',
    'MAIL_FROM',
    'STRIPE_API_KEY',
    'STRIPE_API_BASE',
    'STRIPE_WEBHOOK_SECRET_PREVIOUS',
    'OPENAI_API_KEY',
    'OPENAI_BASE_URL',
    'LOG_LEVEL',
    'EXECOPS_BEGAN_MS',
  ];
  return {
    ...process.env,
    ...Object.fromEntries(off.map((name) => [name, ''])),
    EXECOPS_BEGAN_MS: String(Date.now()),
    NODE_ENV: 'production',
    DATA_DIR: data_dir,
    PORT: String(port),
    OWNER_EMAIL: account.email,
    OWNER_PASSWORD: account.password,
    STRIPE_WEBHOOK_SECRET: webhook_secret,
    UNDO_SECONDS: '0',
    ...(profile_dir === undefined
      ? {}
      : { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'profiler.mjs')}`, BENCH_PROFILE_DIR: profile_dir }),
  };
}

async function untilReady(port: number, child: Child, said: string[]): Promise<void> {
  const deadline = performance.now() + ready_within_ms;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (!child.running()) throw new Error(`npm start ended before it was ready:\n${said.join('\n')}`);
    if (performance.now() > deadline) throw new Error(`npm start was not ready within ${ready_within_ms / 1_000} s:\n${said.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, poll_ms));
  }
}

/** Embedded Postgres keeps its password beside its folder, and its port in the fourth line of its pid file. */
function databaseUrl(data_dir: string): string {
  const password = readFileSync(join(data_dir, 'postgres.password'), 'utf8').trim();
  const port = readFileSync(join(data_dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3];
  return `postgres://postgres:${password}@127.0.0.1:${port}/execops`;
}

function find(child: Child, words: string): Process {
  const found = processTree(child.pid).find(({ command }) => command.includes(words));
  if (found === undefined) throw new Error(`npm start runs no process with "${words}" in its command line.`);
  return found;
}

function eachPart(child: Child, measure: (processes: Process[], part: Part) => number): Record<Part, number> {
  const tree = processTree(child.pid);
  const of = (part: Part) => tree.filter(({ command }) => partOf(command) === part);
  const measured = (part: Part) => measure(of(part), part);
  return {
    web: measured('web'),
    worker: measured('worker'),
    temporal: measured('temporal'),
    postgres: measured('postgres'),
    'npm start': measured('npm start'),
  };
}

function partOf(command: string): Part {
  if (command.includes('api/main.ts')) return 'web';
  if (command.includes('temporal/worker-main.ts')) return 'worker';
  if (command.includes('start-dev')) return 'temporal';
  return /^postgres:|\/postgres -D /.test(command) ? 'postgres' : 'npm start';
}

const sum = (processes: readonly Process[], what: 'rss_mb' | 'cpu_ms') => processes.reduce((total, process) => total + process[what], 0);

/** `npm start`: brings up everything that is not configured, keeps it running, and stops all of it again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

import { type Environment, EnvironmentError, parseEnvironment, publicUrlOf } from '../domain/environment.ts';
import { appAddress } from '../prisma/app-login.ts';
import { startEmbeddedPostgres } from '../prisma/embedded.ts';
import { temporalCli } from '../temporal/cli.ts';
import { startLocalTemporal } from '../temporal/local-server.ts';
import { buildParts } from './build-parts.ts';
import { type Child, killGroup, refuseNewChildren, runChild, running_children, startChild } from './child.ts';
import { type TakenFolder, takeDataFolder } from './data-folder.ts';
import { keepRunning, type Service } from './keep-running.ts';
import { type Logs, openLogs } from './logs.ts';
import { compile_cache, node_args } from './node-process.ts';
import { portIsBusy } from './ports.ts';
import { root } from './stamp.ts';

const began_ms = Number(process.env.EXECOPS_BEGAN_MS ?? Date.now());
const ready_within_ms = 120_000;
/** Web and worker finish what they have begun; an action on its way gets this long. */
const drain_ms = 30_000;
/** What a killed run left behind ends itself within this time. */
const leftovers_end_within_ms = 15_000;
/** npm repeats a Ctrl-C that the terminal has sent to everyone already. */
const echo_ms = 1_000;

const stopping = new AbortController();
let stop_asked_ms: number | undefined;
let folder: TakenFolder | undefined;
let logs: Logs | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onStopAsked);
if (process.connected) process.on('disconnect', onStopAsked);
try {
  await start();
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    await stopEverything(1);
  }
}

async function start(): Promise<void> {
  const environment = readEnvironment();
  folder = takeDataFolder(environment.DATA_DIR);
  await untilPortIsFree(environment.PORT, folder.after_kill ? leftovers_end_within_ms : 0);
  logs = openLogs(join(environment.DATA_DIR, 'logs'), say);

  const [database_url, temporal] = await Promise.all([startPostgres(environment, logs), startTemporal(environment, logs), buildParts(say)]);
  const surroundings = {
    ...process.env,
    NODE_ENV: process.env.NODE_ENV ?? 'production',
    DATABASE_URL: database_url,
    TEMPORAL_ADDRESS: temporal.address,
    ...(temporal.ui_url === null ? {} : { TEMPORAL_UI_URL: temporal.ui_url }),
  };
  const sign_in_link = await prepare(surroundings);
  // A Postgres of one's own brings its user; in ours, what runs signs in with fewer rights than what prepares.
  if (environment.DATABASE_URL === undefined) surroundings.DATABASE_URL = await appAddress(database_url);
  keep(startNode('worker', ['temporal/worker-main.ts'], surroundings, logs));
  const web = startNode('web', ['api/main.ts'], surroundings, logs);
  keep(web);
  await untilReady(environment);
  console.log(readyText(environment, sign_in_link, temporal.ui_url));
}

function readEnvironment(): Environment {
  const file = join(root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  try {
    return parseEnvironment(process.env);
  } catch (error) {
    if (error instanceof EnvironmentError)
      throw new Error(`ExecOps does not start, because of its environment:\n${error.message}`, { cause: error });
    throw error;
  }
}

async function untilPortIsFree(port: number, within_ms: number): Promise<void> {
  for (const deadline = Date.now() + within_ms; await portIsBusy(port);) {
    if (Date.now() >= deadline) throw new Error(`Port ${port} is taken already. Stop what listens there, or set PORT to another one.`);
    await delay(250, undefined, { signal: stopping.signal });
  }
}

async function startPostgres(environment: Environment, logs: Logs): Promise<string> {
  if (environment.DATABASE_URL !== undefined) return environment.DATABASE_URL;
  const postgres = await startEmbeddedPostgres({ data_dir: environment.DATA_DIR, onLine: (line) => logs.take('postgres', line) });
  keep({ name: 'postgres', ...postgres });
  return postgres.url;
}

async function startTemporal(environment: Environment, logs: Logs): Promise<{ address: string; ui_url: string | null }> {
  if (environment.TEMPORAL_ADDRESS !== undefined)
    return { address: environment.TEMPORAL_ADDRESS, ui_url: environment.TEMPORAL_UI_URL ?? null };
  const cli = await temporalCli({ TEMPORAL_CLI: environment.TEMPORAL_CLI, onProgress: say });
  const temporal = await startLocalTemporal({
    cli,
    data_dir: environment.DATA_DIR,
    namespace: environment.TEMPORAL_NAMESPACE,
    onLine: (line) => logs.take('temporal', line),
  });
  keep({ name: 'temporal', ...temporal });
  return temporal;
}

/** In a process of its own: what it loads (the migration engine, the password hash) is not needed afterwards. */
async function prepare(env: NodeJS.ProcessEnv): Promise<string | null> {
  const lines = await runChild('prepare', process.execPath, ['scripts/prepare.ts'], { cwd: root, env });
  for (const line of lines.filter((said) => said.startsWith('{"level":"warn"'))) console.error(warningIn(line));
  return /"sign_in_link":"([^"]+)"/.exec(lines.join('\n'))?.[1] ?? null;
}

function warningIn(line: string): string {
  return `  ${z.object({ msg: z.string() }).parse(JSON.parse(line)).msg}`;
}

function startNode(name: string, args: string[], env: NodeJS.ProcessEnv, logs: Logs): Service {
  let said = '';
  const onLine = (line: string) => {
    logs.take(name, line);
    // A crash is told in plain text, by Node itself.
    if (/^\w*(Error|Exception)\b/.test(line)) said = line;
  };
  const launch = () => {
    said = '';
    return startChild(name, process.execPath, [...node_args, ...args], { cwd: root, env: { ...compile_cache, ...env }, onLine });
  };
  let child: Child = launch();
  return {
    name,
    lastWords: () => said,
    exited: () => child.exited,
    async restart() {
      child = launch();
    },
  };
}

function keep(service: Service): void {
  void keepRunning(service, stopping.signal, say);
}

async function untilReady(environment: Environment): Promise<void> {
  const deadline = Date.now() + ready_within_ms;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${environment.PORT}/ready`).then(
      async (response) => (response.ok ? 'ready' : `/ready answers ${response.status}: ${await response.text()}`),
      () => 'the web process does not answer',
    );
    if (answer === 'ready') return;
    if (Date.now() > deadline)
      throw new Error(
        `ExecOps was not ready within ${ready_within_ms / 1_000} s: ${answer}. The reason may be in ${join(environment.DATA_DIR, 'logs')}.`,
      );
    await delay(100, undefined, { signal: stopping.signal });
  }
}

function readyText(environment: Environment, sign_in_link: string | null, temporal_ui_url: string | null): string {
  const shown = (path: string) => join(environment.DATA_DIR, path);
  const inbox = sign_in_link === null ? `${publicUrlOf(environment)}/inbox   sign in as ${environment.OWNER_EMAIL}` : sign_in_link;
  const rows = [
    ['Inbox', inbox],
    ...(sign_in_link === null ? [] : [['', 'signs you in once, within 15 minutes']]),
    ['Temporal UI', temporal_ui_url ?? 'set TEMPORAL_UI_URL to link it'],
    [
      'Mails',
      environment.SMTP_URL === undefined
        ? `are written to ${shown('outbox')} (SMTP_URL sends them)`
        : `go out through ${new URL(environment.SMTP_URL).host}`,
    ],
    ['Logs', shown('logs')],
    ['Stop', 'Ctrl-C'],
  ];
  const seconds = ((Date.now() - began_ms) / 1_000).toFixed(1);
  return `\nExecOps is ready (${seconds} s)\n\n${rows.map(([name, value]) => `  ${name?.padEnd(12)} ${value}`).join('\n')}\n`;
}

function onStopAsked(): void {
  const now_ms = Date.now();
  if (stop_asked_ms === undefined) {
    stop_asked_ms = now_ms;
    say('Stopping; once more to force it');
    void stopEverything(0);
  } else if (now_ms - stop_asked_ms > echo_ms) {
    for (const child of running_children) killGroup(child);
    folder?.giveBack();
    process.exit(130);
  }
}

/** What produces work stops before what stores it. */
async function stopEverything(code: number): Promise<never> {
  stopping.abort();
  refuseNewChildren();
  logs?.mute();
  const named = (name: string) => [...running_children].filter((child) => child.name === name);
  const long_lived = new Set(['web', 'worker', 'temporal', 'postgres']);
  for (const child of running_children) if (!long_lived.has(child.name)) killGroup(child);
  for (const name of ['web', 'worker', 'temporal', 'postgres']) await Promise.all(named(name).map((child) => child.stop(drain_ms)));
  folder?.giveBack();
  if (code === 0) console.log('Stopped.');
  process.exit(code);
}

function say(line: string): void {
  if (!stopping.signal.aborted || line.startsWith('Stopping')) console.log(line);
}

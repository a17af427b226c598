import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, expect, test } from 'vitest';

import { type Child, startChild } from './child.ts';
import { freePort } from './ports.ts';
import { commandLineOf } from './process-identity.ts';
import { root } from './stamp.ts';
import { shared } from './testing/shared.ts';
import { until } from './testing/wait.ts';

const data_dir = mkdtempSync(join(tmpdir(), 'execops-start-'));
const started: Started[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) if (one.child.running()) await one.child.stop(60_000);
});
afterAll(() => rmSync(data_dir, { recursive: true, force: true }));

interface Started {
  child: Child;
  lines: string[];
}

function start(env: Record<string, string>): Started {
  const lines: string[] = [];
  const inherited = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    TEMPORAL_CLI: process.env.TEMPORAL_CLI,
  };
  const child = startChild('start', process.execPath, ['scripts/start.ts'], {
    cwd: root,
    env: { ...inherited, DATA_DIR: data_dir, ...env },
    onLine: (line) => lines.push(line),
  });
  started.push({ child, lines });
  return { child, lines };
}

const slow = { timeout: 180_000 };

test('it starts with nothing configured, restarts what is killed, and leaves nothing behind', slow, async () => {
  await Promise.all([shared('/workflows'), shared('/ui')]);
  const port = await freePort();
  const { child, lines } = start({ PORT: String(port) });
  await until('it is ready', () => lines.some((line) => line.startsWith('ExecOps is ready')), 120_000);
  expect(lines.join('\n')).toMatch(new RegExp(`Inbox +http://localhost:${port}/sign-in/link\\?token=[\\w-]{20,}`));
  expect(lines.join('\n')).toMatch(/Temporal UI +http:\/\/localhost:\d+/);
  expect(lines.join('\n')).toContain(`are written to ${join(data_dir, 'outbox')}`);

  const postgres = postgresPid();
  process.kill(postgres, 'SIGKILL');
  await until('Postgres is back', () => lines.includes('postgres ended (SIGKILL); it starts again in 0.5 s') && postgresPid() !== postgres);
  await until('all parts answer again', async () => (await fetch(`http://localhost:${port}/ready`)).ok, 60_000);

  const revived = postgresPid();
  child.kill('SIGINT');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(lines.at(-1)).toBe('Stopped.');
  expect(commandLineOf(revived)).toBe('');
  await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();
});

test('when it is killed, its children end, and the next start works on the same data', slow, async () => {
  const port = await freePort();
  const first = start({ PORT: String(port) });
  await until('it is ready', () => first.lines.some((line) => line.startsWith('ExecOps is ready')), 120_000);
  const postgres = postgresPid();
  first.child.kill('SIGKILL');
  await first.child.exited;
  const second = start({ PORT: String(port) });
  await until('it is ready again', () => second.lines.some((line) => line.startsWith('ExecOps is ready')), 120_000);
  expect(commandLineOf(postgres)).toBe('');
});

test('a wrong variable and a busy port stop the start with a sentence', slow, async () => {
  const wrong = start({ PORT: 'http', UNDO_SECONDS: '-1' });
  expect(await wrong.child.exited).toEqual({ code: 1, signal: null });
  expect(wrong.lines).toContain('PORT must be a port number from 1 to 65535.');
  expect(wrong.lines.some((line) => line.startsWith('UNDO_SECONDS '))).toBe(true);

  const server = await listening();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const busy = start({ PORT: String(port) });
  expect(await busy.child.exited).toEqual({ code: 1, signal: null });
  expect(busy.lines).toEqual([`Port ${port} is taken already. Stop what listens there, or set PORT to another one.`]);
  server.close();
});

const postgresPid = () => Number(readFileSync(join(data_dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

function listening(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/**
 * Child processes that cannot outlive us: when this process is gone, even by SIGKILL, each child is told to stop.
 * A child leads its own process group, so that Ctrl-C in the terminal reaches only us and the order of stopping is ours.
 */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  user?: { uid: number; gid: number };
  /** The signal that asks it to finish cleanly. */
  stop_signal?: NodeJS.Signals;
  /** One line of its output, without the line break. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface Child {
  name: string;
  pid: number;
  exited: Promise<Exit>;
  running(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to finish; after `grace_ms` its whole process group is killed. */
  stop(grace_ms?: number): Promise<Exit>;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

let refused = false;

/** From now on no child is started, whatever was under way. */
export function refuseNewChildren(): void {
  refused = true;
}

/** Every child that runs now, in the order of their starts. */
export const running_children = new Set<Child>();

/**
 * The shell becomes the command (`exec`), so the process id is the command's own. Before that it leaves a guard behind that reads descriptor 3:
 * a line means "the command has ended", the end of the file means that we are gone. Then it asks the command to stop, and insists after 10 s.
 */
const guard = `
( ( read -r _ <&3 && exit
    kill -s "$0" $$
    for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 $$ || exit; done
    kill -s KILL $$
  ) >/dev/null 2>&1 & )
exec "$@" 3<&-`;

export function startChild(name: string, command: string, args: string[], options: ChildOptions = {}): Child {
  if (refused) throw new Error(`${name} was not started, because everything is being stopped.`);
  const stop_signal = options.stop_signal ?? 'SIGTERM';
  const spawned = spawn('/bin/sh', ['-c', guard, stop_signal.slice('SIG'.length), command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    ...options.user,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let ended = false;
  const lifeline = spawned.stdio[3] as Writable;
  lifeline.on('error', () => undefined);
  const exited = new Promise<Exit>((resolve, reject) => {
    spawned.once('error', reject);
    spawned.once('exit', (code, signal) => {
      ended = true;
      running_children.delete(child);
      lifeline.end('\n');
      resolve({ code, signal });
    });
  });
  exited.catch(() => undefined);
  eachLine(spawned.stdout, (line) => options.onLine?.(line, 'stdout'));
  eachLine(spawned.stderr, (line) => options.onLine?.(line, 'stderr'));

  const child: Child = {
    name,
    pid: spawned.pid ?? -1,
    exited,
    running: () => !ended && spawned.pid !== undefined,
    kill(signal) {
      if (child.running()) spawned.kill(signal);
    },
    async stop(grace_ms = 10_000) {
      child.kill(stop_signal);
      const timer = setTimeout(() => killGroup(child), grace_ms);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
  if (spawned.pid !== undefined) running_children.add(child);
  return child;
}

/** Runs a command to its end; rejects with its last lines when it fails. */
export async function runChild(name: string, command: string, args: string[], options: ChildOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  const onLine: ChildOptions['onLine'] = (line, stream) => {
    lines.push(line);
    if (lines.length > lines_kept_max) lines.shift();
    options.onLine?.(line, stream);
  };
  const { code, signal } = await startChild(name, command, args, { ...options, onLine }).exited;
  if (code !== 0) throw new Error(`${name} failed (${signal ?? `exit code ${code}`}):\n${lines.slice(-20).join('\n')}`);
  return lines;
}

const lines_kept_max = 1_000;

export function killGroup(child: Child): void {
  if (!child.running()) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function eachLine(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream === null) return;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

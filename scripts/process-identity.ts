/** Which process a number means, for numbers that were written down before a crash. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The command line; empty when there is no such process. */
export function commandLineOf(pid: number): string {
  if (existsSync('/proc/self/cmdline')) return readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

/** Ends the process when its command line holds `mark`: it is what a former run left behind. */
export async function endLeftover(pid: number, mark: string, signal: NodeJS.Signals): Promise<void> {
  for (const next of [signal, 'SIGKILL'] as const) {
    if (!commandLineOf(pid).includes(mark)) return;
    process.kill(pid, next);
    for (const deadline = Date.now() + leftover_ends_within_ms; commandLineOf(pid).includes(mark) && Date.now() < deadline;)
      await delay(100);
  }
}

const leftover_ends_within_ms = 15_000;

/** When it started, in the system's own terms: the same number started at the same time is the same process. */
export function startOf(pid: number): string {
  if (existsSync('/proc/self/stat')) return readProc(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[start_time_field] ?? '';
  return (spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '').trim();
}

/** Counted after the command's name, which may hold spaces (proc(5), field 22). */
const start_time_field = 19;

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

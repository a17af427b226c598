/** On what it was measured. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

import { root } from '../stamp.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memory_gb: number;
  system: string;
  node: string;
  /** Of the last minute before the start: others' work that was in the way. */
  load_before: number;
  commit: string;
  command: string;
  at: string;
}

export function describeMachine(args: readonly string[]): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memory_gb: Math.round(totalmem() / 1_024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    load_before: Number((loadavg()[0] ?? 0).toFixed(2)),
    commit: commit(),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    at: new Date().toISOString(),
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memory_gb, system, node } = machine;
  return `${cpu}, ${cores} cores, ${memory_gb} GB · ${system} · Node ${node} · load before: ${machine.load_before} · ${machine.at.slice(0, 10)} ${machine.commit}`;
}

/** Empty outside a git repository. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

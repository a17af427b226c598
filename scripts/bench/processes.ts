/** The processes below one process, and the memory each holds. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  command: string;
  /** Resident set. */
  rss_mb: number;
}

/** Everything that descends from `pid`, itself included. */
export function processTree(pid: number): Process[] {
  const all = existsSync('/proc/self/statm') ? processesFromProc() : processesFromPs();
  const tree = all.filter((process) => process.pid === pid);
  // The list grows while it is walked: children of children are found too.
  for (const { pid: parent } of tree) tree.push(...all.filter((process) => process.parent === parent));
  return tree;
}

/** Memory that several processes share counts once where the system tells (PSS), else in each of them. */
export function sharedOnce_mb(processes: readonly Process[]): number {
  return processes.reduce((sum, { pid, rss_mb }) => sum + (proportionalMb(pid) ?? rss_mb), 0);
}

function processesFromProc(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      const status = read(`/proc/${name}/status`);
      const parent = stat.split(') ').at(-1)?.split(' ')[1];
      const rss_kb = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      if (parent === undefined || rss_kb === undefined) return [];
      return [
        {
          pid: Number(name),
          parent: Number(parent),
          command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
          rss_mb: Number(rss_kb) / 1_024,
        },
      ];
    });
}

function processesFromPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8', maxBuffer: 16 * 1_024 * 1_024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, rss_kb, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command, rss_mb: Number(rss_kb) / 1_024 }];
  });
}

function proportionalMb(pid: number): number | undefined {
  const pss_kb = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return pss_kb === undefined ? undefined : Number(pss_kb) / 1_024;
}

/** Empty when the process has ended meanwhile or is not ours to look into. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The processes below one process, and the memory each holds. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  command: string;
  /** Resident set. */
  rss_mb: number;
  /** Processor time used so far. */
  cpu_ms: number;
}

/** The unit of /proc/<pid>/stat on every Linux that Node runs on (sysconf CLK_TCK). */
const tick_ms = 10;

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
      // Counted after the command's name, which may hold spaces (proc(5)): the parent is field 4; from 14 on come
      // its own time as user and in the kernel, and that of its children that have ended.
      const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
      const parent = fields[1];
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      const rss_kb = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
      if (parent === undefined || rss_kb === undefined) return [];
      return [
        {
          pid: Number(name),
          parent: Number(parent),
          command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
          rss_mb: Number(rss_kb) / 1_024,
          cpu_ms: ticks * tick_ms,
        },
      ];
    });
}

function processesFromPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=,args='], { encoding: 'utf8', maxBuffer: 16 * 1_024 * 1_024 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, rss_kb, minutes, seconds, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+):([\d.]+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined) return [];
    const cpu_ms = (Number(minutes) * 60 + Number(seconds)) * 1_000;
    return [{ pid: Number(pid), parent: Number(parent), command, rss_mb: Number(rss_kb) / 1_024, cpu_ms }];
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

/** What the children say: everything into files as JSON lines, what needs a person also onto the terminal in words. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const file_bytes_max = 10_000_000;
const files_kept = 3;
const repeat_quiet_ms = 30_000;

export interface Logs {
  /** Takes one line of the child `name`. */
  take(name: string, line: string): void;
  /** From now on only files: what is said while stopping needs nobody. */
  mute(): void;
}

export function openLogs(folder: string, show: (line: string) => void): Logs {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = new Map<string, (line: string) => void>();
  const shown_at = new Map<string, number>();
  let muted = false;
  return {
    take(name, line) {
      if (line.trim() === '') return;
      // A sign-in link lets in whoever reads it.
      const entry = toEntry(name, line.replace(/([?&]token=)[\w-]+/, '$1…'));
      let write = files.get(name);
      if (!write) files.set(name, (write = boundedFile(join(folder, `${name}.log`))));
      write(entry.json);
      if (muted || !entry.urgent) return;
      const words = entry.words();
      // A part that is down for an hour says so twice a minute, not twice a second.
      if (Date.now() - (shown_at.get(words) ?? 0) < repeat_quiet_ms) return;
      shown_at.set(words, Date.now());
      show(words);
    },
    mute() {
      muted = true;
    },
  };
}

interface Entry {
  json: string;
  urgent: boolean;
  words(): string;
}

function toEntry(name: string, line: string): Entry {
  const level = levelOf(name, line);
  const json = line.startsWith('{') ? line : JSON.stringify({ level, time: new Date().toISOString(), process: name, msg: line });
  return { json, urgent: urgent_levels.has(level), words: () => `${name}: ${level}: ${line.startsWith('{') ? messageIn(line) : line}` };
}

const urgent_levels = new Set(['warn', 'error', 'fatal']);

function levelOf(name: string, line: string): string {
  if (!line.startsWith('{')) return line.includes('PANIC:') ? 'fatal' : 'info';
  const level = /"level":"(\w+)"/.exec(line.slice(0, 200))?.[1]?.toLowerCase() ?? 'info';
  // The development server warns of its own short-lived connections.
  return name === 'temporal' && level === 'warn' ? 'info' : level;
}

function messageIn(line: string): string {
  try {
    const { msg, message, err, error } = JSON.parse(line) as Record<string, unknown>;
    const reason = typeof err === 'object' && err !== null && 'message' in err ? err.message : error;
    return [msg ?? message, reason].filter((part) => typeof part === 'string' && part !== '').join(': ') || line;
  } catch {
    return line;
  }
}

/** Appends to a file that never grows past its limit; a few older ones are kept as `.1`, `.2`. */
function boundedFile(path: string): (line: string) => void {
  let file = openSync(path, 'a', 0o600);
  let bytes = fstatSync(file).size;
  return (line) => {
    if (bytes > file_bytes_max) {
      closeSync(file);
      for (let age = files_kept - 1; age > 0; age -= 1) {
        const younger = age === 1 ? path : `${path}.${age - 1}`;
        if (existsSync(younger)) renameSync(younger, `${path}.${age}`);
      }
      file = openSync(path, 'a', 0o600);
      bytes = 0;
    }
    try {
      bytes += writeSync(file, `${line}\n`);
    } catch {
      // A full disk must not end what is being logged about.
    }
  };
}

/** One instance per data folder: a second one would fight the first for its Postgres. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { startOf } from './process-identity.ts';

export interface TakenFolder {
  /** Whoever had it before was killed, and its children may still be on their way out. */
  after_kill: boolean;
  giveBack(): void;
}

/** Throws when another instance that still runs has it. */
export function takeDataFolder(data_dir: string): TakenFolder {
  const folder = resolve(data_dir);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`DATA_DIR must be a folder that can be written; ${folder} is not.`, { cause });
  }
  const file = join(folder, 'running');
  const me = `${process.pid} ${startOf(process.pid)}`;
  let after_kill = false;
  while (!writeIfAbsent(file, me)) {
    const [pid, started] = readFileSync(file, 'utf8').split(/ (.*)/s);
    if (startOf(Number(pid)) !== '' && startOf(Number(pid)) === started) {
      throw new Error(
        `ExecOps runs already with the data in ${folder} (process ${pid}). Stop it first, or set DATA_DIR to another folder.`,
      );
    }
    after_kill = true;
    rmSync(file, { force: true });
  }
  return { after_kill, giveBack: () => rmSync(file, { force: true }) };
}

function writeIfAbsent(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new Error(`DATA_DIR must be a folder that can be written; ${file} cannot be.`, { cause: error });
  }
}

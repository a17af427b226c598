/** Work whose result is kept: it is done again when what it is made from has changed, or its result is gone. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export interface Made {
  name: string;
  /** Files and folders it is made from, relative to the repository. */
  inputs: string[];
  /** A file that the work writes, relative to the repository. */
  output: string;
  /** What else decides the result. */
  setting?: string;
}

/** Resolves to whether the work was needed. */
export async function whenChanged(made: Made, work: () => Promise<void>): Promise<boolean> {
  const digest = digestOf(made.inputs, made.setting ?? '');
  const stamp = join(root, 'build', `${made.name}.stamp`);
  if (existsSync(join(root, made.output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false;
  await work();
  if (!existsSync(join(root, made.output))) throw new Error(`${made.name}: ${made.output} should exist now, and does not.`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}

/** Of contents, not of times: a fresh clone and a touched file change nothing. */
function digestOf(inputs: string[], setting: string): string {
  const hash = createHash('sha256').update(`${setting}\n`);
  for (const input of inputs) {
    for (const file of filesUnder(input))
      hash
        .update(`${file}\n`)
        .update(readFileSync(join(root, file)))
        .update('\n');
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  if (!existsSync(join(root, path))) return [];
  if (!statSync(join(root, path)).isDirectory()) return path.endsWith('.test.ts') ? [] : [path];
  return readdirSync(join(root, path))
    .filter((name) => !made_folders.has(name))
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

const made_folders = new Set(['node_modules', 'build', '.svelte-kit', 'generated', 'histories']);

/** Everything that is made from the sources before ExecOps can run. Each part is made only when it is missing or stale. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { workflow_bundle } from './build-workflows.ts';
import { runChild } from './child.ts';
import { type Made, root, whenChanged } from './stamp.ts';

type Say = (line: string) => void;

export async function buildParts(say: Say): Promise<void> {
  await generateDatabaseClient(say);
  await buildWorkflowBundle(say);
  await buildInterface(say);
}

const database_client: Made = {
  name: 'prisma',
  inputs: ['prisma/schema.prisma', 'package-lock.json'],
  output: 'prisma/generated/client.ts',
};

export async function generateDatabaseClient(say: Say): Promise<void> {
  await whenChanged(database_client, async () => {
    say('Generating the database client');
    // Generating needs no engine, but looks for one, and its download may be blocked; any file that exists satisfies it.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
    await runNode(
      'prisma generate',
      root,
      ['node_modules/prisma/build/index.js', 'generate', '--schema', 'prisma/schema.prisma', '--no-hints'],
      env,
    );
  });
}

/** In a process of its own, so that the bundler's memory is given back. */
export async function buildWorkflowBundle(say: Say): Promise<void> {
  await whenChanged(workflow_bundle, async () => {
    say('Bundling the workflows');
    await runNode('bundling the workflows', root, ['scripts/build-workflows.ts']);
  });
}

/** `below` builds a second one, for tests of a base path, beside the one that is served. */
export async function buildInterface(say: Say, below?: { base_path: string; build_dir: string }): Promise<void> {
  if (!existsSync(join(root, 'ui', 'vite.config.ts'))) return say('There is no interface to build yet');
  // Its base path is fixed when it is built.
  const setting = below?.base_path ?? process.env.BASE_PATH ?? '';
  const build_dir = below?.build_dir ?? 'ui/build';
  const name = below === undefined ? 'ui' : basename(build_dir);
  const made: Made = { name, inputs: ['ui', 'domain', 'package-lock.json'], output: join(build_dir, 'handler.js'), setting };
  await whenChanged(made, async () => {
    say('Building the interface');
    await runNode('building the interface', root, ['node_modules/vite/bin/vite.js', 'build', '--config', 'ui/vite.config.ts'], {
      ...process.env,
      NODE_ENV: 'production',
      BASE_PATH: setting,
      UI_BUILD_DIR: below?.build_dir,
    });
  });
}

async function runNode(name: string, cwd: string, args: string[], env = process.env): Promise<void> {
  await runChild(name, process.execPath, args, { cwd, env });
}

if (import.meta.main) await buildParts(console.log);

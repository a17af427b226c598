/** Everything that is made from the sources before ExecOps can run: the database client, the interface and the workflow bundle. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { runChild } from './child.ts';
import { root, whenChanged } from './stamp.ts';

type Say = (line: string) => void;

/** Everything at once, each only when it is missing or stale. */
export async function buildParts(say: Say): Promise<void> {
  await generateDatabaseClient(say);
  await buildWorkflowBundle(say);
  await buildInterface(say);
}

export async function generateDatabaseClient(say: Say): Promise<void> {
  const made = { name: 'prisma', inputs: ['prisma/schema.prisma', 'package-lock.json'], output: 'prisma/generated/client.ts' };
  await whenChanged(made, async () => {
    say('Generating the database client');
    // Generating needs no engine, but looks for one, and its download may be blocked; any file that exists satisfies it.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
    await runScript('prisma generate', join('node_modules', 'prisma', 'build', 'index.js'), ['generate', '--schema', 'prisma/schema.prisma', '--no-hints'], root, env);
  });
}

/** In a process of its own, so that the bundler's memory is given back. */
export async function buildWorkflowBundle(say: Say): Promise<void> {
  if (!existsSync(join(root, 'workflows', 'index.ts'))) return say('There are no workflows yet; nothing to bundle');
  const { output } = { output: join(root, 'build', 'workflows.js') };
  if (!existsSync(output)) say('Bundling the workflows');
  await runScript('bundling the workflows', join('scripts', 'build-workflows.ts'), [], root, process.env);
}

export async function buildInterface(say: Say): Promise<void> {
  if (!existsSync(join(root, 'ui', 'vite.config.ts'))) return say('There is no interface yet; nothing to build');
  const made = { name: `ui${(process.env.BASE_PATH ?? '').replace(/\W+/g, '-')}`, inputs: ['ui', 'domain', 'package-lock.json'], output: 'ui/build/handler.js' };
  await whenChanged(made, async () => {
    say('Building the interface');
    await runScript('building the interface', join('node_modules', 'vite', 'bin', 'vite.js'), ['build'], join(root, 'ui'), { ...process.env, NODE_ENV: 'production' });
  });
}

async function runScript(name: string, script: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runChild(name, process.execPath, [join(root, script), ...args], { cwd, env });
}

if (import.meta.main) await buildParts(console.log);

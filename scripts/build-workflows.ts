/** Bundles the workflows ahead of time: a worker that bundles at its start needs 4 to 9 s more. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { root, whenChanged } from './stamp.ts';

export const workflow_bundle_path = join(root, 'build', 'workflows.js');

/** Resolves to whether it had to be built. */
export function buildWorkflows(): Promise<boolean> {
  const made = { name: 'workflows', inputs: ['workflows', 'domain', 'package-lock.json', 'scripts/build-workflows.ts'], output: 'build/workflows.js' };
  return whenChanged(made, async () => {
    const { bundleWorkflowCode } = await import('@temporalio/worker');
    const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
    const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows', 'index.ts'), logger: silent });
    await mkdir(join(root, 'build'), { recursive: true });
    // Moved into place whole, because a worker may be reading it.
    const unfinished = `${workflow_bundle_path}.${process.pid}`;
    await writeFile(unfinished, code);
    await rename(unfinished, workflow_bundle_path);
  });
}

if (import.meta.main) {
  const built = await buildWorkflows();
  console.log(built ? 'Workflows bundled into build/workflows.js' : 'build/workflows.js is up to date');
  process.exit(0);
}

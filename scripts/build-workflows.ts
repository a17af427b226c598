/** Bundles the workflows ahead of time: a worker that bundles at its start needs 4 to 9 s more. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Made, root, whenChanged } from './stamp.ts';

export const workflow_bundle: Made = {
  name: 'workflows',
  inputs: ['workflows', 'domain', 'package-lock.json', 'scripts/build-workflows.ts'],
  output: 'build/workflows.js',
};
export const workflow_bundle_path = join(root, workflow_bundle.output);

async function bundle(): Promise<void> {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows', 'index.ts'), logger: quiet });
  await mkdir(join(root, 'build'), { recursive: true });
  // Moved into place whole, because a worker may be reading it.
  const unfinished = `${workflow_bundle_path}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, workflow_bundle_path);
}

if (import.meta.main) {
  const built = await whenChanged(workflow_bundle, bundle);
  console.log(built ? `Bundled the workflows into ${workflow_bundle.output}` : `${workflow_bundle.output} is up to date`);
  process.exit(0);
}

/** Bundles the bare workflow before anything is measured, as the product's workflows are. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runChild } from '../child.ts';
import { type Made, root, whenChanged } from '../stamp.ts';

const made: Made = {
  name: 'bench-workflow',
  inputs: ['scripts/bench/floor-workflow.ts', 'package-lock.json'],
  output: 'build/bench-workflow.js',
};

/** Resolves to the bundle's path. In a process of its own, so that the bundler's memory is given back. */
export async function floorBundle(): Promise<string> {
  await whenChanged(made, async () => {
    await runChild('bundling the bare workflow', process.execPath, [import.meta.filename], { cwd: root });
  });
  return join(root, made.output);
}

if (import.meta.main) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'floor-workflow.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await mkdir(join(root, 'build'), { recursive: true });
  await writeFile(join(root, made.output), code);
  process.exit(0);
}

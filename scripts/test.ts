/** `npm test`: builds what the tests need, runs them, and ends with one line that a program can read. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { buildParts } from './build-parts.ts';
import type { Counts } from './test-project.ts';

const test_project = fileURLToPath(new URL('test-project.ts', import.meta.url));

await buildParts(console.log);

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
// One after the other, each in a process of its own: nothing of the first still runs while the second measures.
for (const project of ['facts', 'speed']) {
  const { passed, failed, skipped } = await run(project);
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

/** A process that ends without its counts is a failure of its own. */
function run(project: string): Promise<Counts> {
  return new Promise((resolve) => {
    const child = fork(test_project, [project, ...process.argv.slice(2)]);
    let told: Counts = { passed: 0, failed: 1, skipped: 0 };
    child.on('message', (message) => (told = message as Counts));
    child.on('close', () => resolve(told));
  });
}

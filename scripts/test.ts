/** `npm test`: builds what the tests need, runs them, and ends with one line that a program can read. */
import { parseCLI, startVitest, type TestModule } from 'vitest/node';

import { buildParts } from './build-parts.ts';

await buildParts(console.log);

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const counts = { passed: 0, failed: 0, skipped: 0 };
// One after the other, so that nothing of the first still runs while the second measures.
for (const project of ['facts', 'speed']) await run(project);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

async function run(project: string): Promise<void> {
  const vitest = await startVitest('test', filter, { ...options, project, passWithNoTests: true, watch: false });
  counts.failed += vitest.state.getUnhandledErrors().length;
  for (const module of vitest.state.getTestModules()) count(module);
  await vitest.close();
}

function count(module: TestModule): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    // What never got to run because its file or its suite broke has not passed.
    counts[state === 'pending' ? 'failed' : state] += 1;
  }
  // A file that could not be loaded, or whose set-up broke, has no failed test of its own.
  const told = [...module.children.allTests('failed')].length > 0;
  if (!module.ok() && !told) counts.failed += 1;
}

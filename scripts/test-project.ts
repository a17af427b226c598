/** Runs one of vitest.config.ts's projects, and sends its counts to scripts/test.ts. */
import { parseCLI, startVitest, type TestModule } from 'vitest/node';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const [project = '', ...words] = process.argv.slice(2);
const { filter, options } = parseCLI(['vitest', 'run', ...words]);
const vitest = await startVitest('test', filter, { ...options, project, passWithNoTests: true, watch: false });
const counts: Counts = { passed: 0, failed: vitest.state.getUnhandledErrors().length, skipped: 0 };
for (const module of vitest.state.getTestModules()) count(module);
await vitest.close();
process.send?.(counts, () => process.exit());

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

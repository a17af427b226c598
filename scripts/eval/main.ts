/** `npm run eval`: runs the labelled scenarios and tells precision and recall. Exit code 1 when something is not as labelled. */
import { readFileSync } from 'node:fs';

import { generateDatabaseClient } from '../build-parts.ts';
import { readOptions, runCommand, UsageError } from '../command-line.ts';
import { withScratchPostgres } from '../scratch-postgres.ts';
import type { Outcome } from './run-all.ts';
import type { LabelledScenario } from './scenarios.ts';

const usage = `Usage: npm run eval -- [--sop <procedure>] [--scenarios <file.json>] [--json]

  --sop <procedure>         only the scenarios of this one
  --scenarios <file.json>   labelled cases of your own instead of ours; docs/eval.md tells the format
  --json                    the result as JSON`;

await runCommand(async () => {
  const options = readOptions(
    process.argv.slice(2),
    { sop: { type: 'string' }, scenarios: { type: 'string' }, json: { type: 'boolean', default: false } },
    usage,
  );
  // On a fresh clone there is no database client yet, and everything below needs one.
  await generateDatabaseClient((line) => console.error(line));
  const { labelledScenarios, sop_names } = await import('./scenarios.ts');
  const sops = sop_names.filter((name) => options.sop === undefined || name === options.sop);
  if (sops.length === 0) throw new UsageError(`There is no procedure "${options.sop}". There are ${sop_names.join(', ')}.`);
  const all = options.scenarios === undefined ? labelledScenarios() : await fromFile(options.scenarios);
  const outcomes = await run(all.filter(({ sop }) => options.sop === undefined || sop === options.sop));

  const [{ evaluate }, { reportOf }] = await Promise.all([import('./score.ts'), import('./report.ts')]);
  const evaluation = evaluate(outcomes, options.scenarios === undefined ? sops : []);
  console.log(options.json ? JSON.stringify(evaluation, null, 2) : reportOf(evaluation));
  return evaluation.passed ? 0 : 1;
});

async function fromFile(file: string): Promise<LabelledScenario[]> {
  const { readScenarioFile } = await import('./file.ts');
  try {
    return readScenarioFile(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${file} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function run(scenarios: readonly LabelledScenario[]): Promise<Outcome[]> {
  const [{ migrate }, { openDatabase }, { runScenarios }] = await Promise.all([
    import('../../prisma/migrate.ts'),
    import('../../prisma/database.ts'),
    import('./run-all.ts'),
  ]);
  return withScratchPostgres(async (url) => {
    await migrate(url);
    const db = openDatabase(url);
    try {
      return await runScenarios(db, scenarios);
    } finally {
      await db.close();
    }
  });
}

/** `npm run shadow`: what a procedure with other settings would have proposed, beside what people decided. Nothing is sent or written. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { parseEnvironment } from '../domain/environment.ts';
import { generateDatabaseClient } from './build-parts.ts';
import { readOptions, runCommand, UsageError } from './command-line.ts';
import { instancePostgres } from './instance-postgres.ts';
import { root } from './stamp.ts';

const usage = `Usage: npm run shadow -- --sop <procedure> --set <setting>=<value> [--set …] [--since <age>] [--json]

  --sop <procedure>     such as money
  --set <name>=<value>  a setting of it that is to be another one, such as top_percent=5; may be repeated
  --since <age>         only what came in since then, such as 30d, 12h or 90m; older events still tell their facts
  --json                the result as JSON`;

const unit_ms = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 7 * 86_400_000],
]);

await runCommand(async () => {
  const options = readOptions(
    process.argv.slice(2),
    {
      sop: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      since: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    usage,
  );
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const environment = parseEnvironment(process.env);
  const since_ms = options.since === undefined ? null : ageOf(options.since);
  const { trialOf } = await import('./shadow/settings.ts');
  const trial = trialOf(options.sop, options.set);

  // On a fresh clone there is no database client yet, and everything below needs one.
  await generateDatabaseClient((line) => console.error(line));
  const [{ runShadow }, { reportOf }] = await Promise.all([import('./shadow/run.ts'), import('./shadow/report.ts')]);
  const instance = await instancePostgres(environment);
  try {
    const run = await runShadow({ database_url: instance.url, environment, trial, since_ms });
    console.log(options.json ? JSON.stringify(run, null, 2) : reportOf(run));
    return run.failed.length === 0 ? 0 : 1;
  } finally {
    await instance.close();
  }
});

function ageOf(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([a-z])$/.exec(text) ?? [];
  const ms = unit_ms.get(unit);
  if (ms === undefined) throw new UsageError(`"${text}" is no age: write a number and m, h, d or w, such as 30d.`);
  return Number(count) * ms;
}

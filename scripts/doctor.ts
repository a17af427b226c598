/** `npm run doctor`: asks everything that is configured whether it works, and says what to do. Exit code 1 when something does not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { parseEnvironment } from '../domain/environment.ts';
import { readOptions, runCommand } from './command-line.ts';
import { diagnose } from './doctor/diagnose.ts';
import { signs } from './doctor/finding.ts';
import { root } from './stamp.ts';

const usage = `Usage: npm run doctor -- [--json]

  --json   one JSON object: {"ok": …, "checks": [{"name", "state", "detail"}]}; state is ok, odd, failed or off`;

await runCommand(async () => {
  const { json } = readOptions(process.argv.slice(2), { json: { type: 'boolean', default: false } }, usage);
  if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'));
  const checks = await diagnose(parseEnvironment(process.env));
  const ok = checks.every(({ state }) => state !== 'failed');
  if (json) console.log(JSON.stringify({ ok, checks }, null, 2));
  else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, state, detail } of checks) console.log(`${signs[state]} ${name.padEnd(width)}  ${detail}`);
    console.log(ok ? '\nEverything that is configured works.' : '\nSomething that is configured does not work: see the lines with ✗.');
  }
  return ok ? 0 : 1;
});

/**
 * `npm run bench`: how fast ExecOps is, beside the least that any such system must do on the same Postgres and Temporal server.
 * It starts an instance of its own, so it runs beside a live one. `--quick` is a smoke run of under a minute.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { buildParts } from './build-parts.ts';
import { chartOf } from './bench/chart.ts';
import { floorBundle } from './bench/floor-bundle.ts';
import { type Floor, startFloor } from './bench/floor.ts';
import { account, type Instance, type Part, parts, startInstance, stopInstances, temporaryHome, webhook_secret } from './bench/instance.ts';
import { describeMachine } from './bench/machine.ts';
import { full_plan, measureAll, type Observer, type Plan, quick_plan, warmUp } from './bench/measure.ts';
import { openProduct } from './bench/product.ts';
import { type Report, tableOf } from './bench/report.ts';
import { root } from './stamp.ts';

const args = process.argv.slice(2);
const { values: options } = parseArgs({
  args,
  options: {
    quick: { type: 'boolean', default: false },
    /** Where the chart goes. */
    out: { type: 'string', default: join(root, 'docs', 'bench.svg') },
    /** An existing folder for CPU profiles of web and worker, which slow them down a little. */
    profile: { type: 'string' },
  },
});

const home = temporaryHome();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(130));
// A connection that breaks tells it here; the instance still has to be stopped.
process.on('uncaughtException', fail);
try {
  const report = await bench(options.quick ? quick_plan : full_plan);
  write(options.out, chartOf(report));
  write(join(root, 'artifacts', 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\n${tableOf(report)}\n\nChart: ${options.out}`);
  await end(0);
} catch (error) {
  await fail(error);
}

async function bench(plan: Plan): Promise<Report> {
  const machine = describeMachine(args);
  // Building is not starting.
  await buildParts(say);
  await floorBundle();

  say('Starting an instance');
  let instance = await startInstance(home.data_dir, say, options.profile);
  const start: Report['start'] = { first_ms: instance.ready_ms, second_ms: null };
  if (plan.second_start) {
    await stopInstances();
    instance = await startInstance(home.data_dir, say, options.profile);
    start.second_ms = instance.ready_ms;
  }
  await new Promise((resolve) => setTimeout(resolve, plan.idle_ms));
  const idle_mb = instance.memory();

  const product = await openProduct({ port: instance.port, webhook_secret, ...account });
  const floor = await startFloor({ ...instance, webhook_secret });
  say('Warming up');
  await warmUp(plan, product, floor, webhook_secret);
  const load_mb = instance.memory();
  const measured = await measureAll(plan, product, floor, webhook_secret, observerOf(instance, floor, load_mb), say);
  product.close();
  await floor.stop();
  return { machine, ...measured, memory: { idle_mb, load_mb }, start };
}

function observerOf(instance: Instance, floor: Floor, load_mb: Record<Part, number>): Observer {
  const generator = () => (process.cpuUsage().user + process.cpuUsage().system) / 1_000;
  return {
    cpuMs: {
      product: () => ({ ...instance.cpuMs(), 'load generator': generator() }),
      // The load generator starts and signals the bare workflows itself, as web does in the product.
      floor() {
        const { temporal, postgres } = instance.cpuMs();
        return { worker: floor.workerCpuMs(), temporal, postgres, 'load generator': generator() };
      },
    },
    loaded() {
      const now_mb = instance.memory();
      for (const part of parts) load_mb[part] = Math.max(load_mb[part], now_mb[part]);
    },
  };
}

async function fail(error: unknown): Promise<never> {
  console.error(error);
  return end(1);
}

async function end(code: number): Promise<never> {
  await stopInstances();
  home.remove();
  process.exit(code);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function say(line: string): void {
  console.log(line);
}

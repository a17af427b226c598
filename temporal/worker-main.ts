/** The worker process. Everything its activities need is put together here. */
import { fileURLToPath } from 'node:url';

import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { pino } from 'pino';

import { createActivities } from '../activities/index.ts';
import { createPeople } from '../activities/verticals/people.ts';
import { createProcedures } from '../activities/verticals/registry.ts';
import { parseEnvironment, type Environment } from '../domain/environment.ts';
import { settingDefaultsOf } from '../domain/setting-registry.ts';
import type { Wording } from '../domain/sop.ts';
import { openDatabase } from '../prisma/database.ts';
import { withOwnExecutors } from '../prisma/own-executors.ts';
import { createExecutors } from '../providers/registry.ts';
import { createWorker, installRuntime } from './worker.ts';

const workflow_bundle_path = fileURLToPath(new URL('../build/workflows.js', import.meta.url));
const reconnect_ms = 1_000;
const stop_within_ms = 15_000;

const environment = parseEnvironment(process.env);
const logger = pino({
  level: environment.LOG_LEVEL,
  base: { process: 'worker' },
  formatters: { level: (label) => ({ level: label }) },
  timestamp: pino.stdTimeFunctions.isoTime,
});
installRuntime(logger);

let stopping = false;
let stop: () => void = () => undefined;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    stop();
    // Without Temporal there is nobody to say goodbye to.
    setTimeout(() => process.exit(1), stop_within_ms).unref();
  });
}

const db = openDatabase(environment.DATABASE_URL ?? '');
const { executorFor: providersFor, stripe, intercom, github, slack, connected } = await createExecutors(environment);
const activities = createActivities({
  db,
  proceduresFor: createProcedures({ db, stripe, intercom, github, connected, people: createPeople({ db, slack }) }),
  executorFor: withOwnExecutors(providersFor, { db, setting_defaults: settingDefaultsOf(environment) }),
  checkpointer: new PostgresSaver(db.pool, undefined, { schema: 'langgraph' }),
  wording: await wordingOf(environment),
  logger,
});

while (!stopping) {
  try {
    const { worker, close } = await createWorker({ environment, activities, workflows: { bundle_path: workflow_bundle_path } });
    try {
      const ended = worker.run();
      stop = () => worker.shutdown();
      // Asked to stop while it was still connecting.
      if (stopping) stop();
      logger.info('the worker polls');
      await ended;
    } finally {
      stop = () => undefined;
      await close();
    }
  } catch (error) {
    logger.error({ err: error }, 'the worker lost Temporal; it connects again');
    await new Promise((resolve) => setTimeout(resolve, reconnect_ms));
  }
}
await db.close();
logger.info('the worker has stopped');

/** The model's client is large, so it is loaded only where a model is configured. */
async function wordingOf(settings: Environment): Promise<Wording | null> {
  if (settings.OPENAI_API_KEY === undefined && settings.OPENAI_BASE_URL === undefined) return null;
  const { createWording } = await import('../providers/openai/outbound.ts');
  return createWording(settings);
}

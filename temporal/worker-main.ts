/** The worker process. Everything its activities need is put together here. */
import { fileURLToPath } from 'node:url';

import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { pino } from 'pino';

import { createActivities } from '../activities/index.ts';
import { createSops } from '../activities/verticals/registry.ts';
import { parseEnvironment } from '../domain/environment.ts';
import { openDatabase } from '../prisma/database.ts';
import { createWording } from '../providers/openai/outbound.ts';
import { createExecutors } from '../providers/registry.ts';
import { createWorker, installRuntime } from './worker.ts';

const workflow_bundle_path = fileURLToPath(new URL('../build/workflows.js', import.meta.url));
const reconnect_ms = 1_000;

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
    stopping = true;
    stop();
  });
}

const db = openDatabase(environment.DATABASE_URL ?? '');
const { executorFor, stripe, connected } = await createExecutors(environment);
const activities = createActivities({
  db,
  sops: createSops({ db, stripe, connected }),
  executorFor,
  checkpointer: new PostgresSaver(db.pool, undefined, { schema: 'langgraph' }),
  wording: createWording(environment),
  logger,
});

while (!stopping) {
  try {
    const { worker, close } = await createWorker({ environment, activities, workflows: { bundle_path: workflow_bundle_path } });
    stop = () => worker.shutdown();
    logger.info('the worker polls');
    await worker.run();
    await close();
  } catch (error) {
    logger.error({ err: error }, 'the worker lost Temporal; it connects again');
    await new Promise((resolve) => setTimeout(resolve, reconnect_ms));
  }
}
await db.close();
logger.info('the worker has stopped');

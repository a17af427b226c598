/** The web process. Everything it needs is put together here; scripts/prepare.ts has migrated and made the owner before. */
import { parseEnvironment, publicUrlOf } from '../domain/environment.ts';
import { settingDefaultsOf } from '../domain/setting-registry.ts';
import { openDatabase } from '../prisma/database.ts';
import { withOwnExecutors } from '../prisma/own-executors.ts';
import { createExecutors } from '../providers/registry.ts';
import { connectTemporal } from '../temporal/client.ts';
import { createDispatcher } from '../temporal/dispatcher.ts';
import { createActions } from './actions.ts';
import { createLogger } from './log.ts';
import { createServer } from './server.ts';
import { surroundingsOf } from './surroundings.ts';

const environment = parseEnvironment(process.env);
const logger = createLogger(environment.LOG_LEVEL);
if (environment.DATABASE_URL === undefined)
  throw new Error('DATABASE_URL must be set. `npm start` sets it when it starts its own Postgres.');
const db = openDatabase(environment.DATABASE_URL);
const temporal = connectTemporal(environment);
const dispatcher = createDispatcher({ db, temporal: temporal.client, logger });
const { executorFor, connections, trials } = await createExecutors(environment);
const server = await createServer({
  environment,
  db,
  dispatcher,
  temporal,
  actions: createActions(withOwnExecutors(executorFor, { db, setting_defaults: settingDefaultsOf(environment) })),
  surroundings: surroundingsOf(environment, connections()),
  trials,
  logger,
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await server.close();
  await dispatcher.stop();
  await temporal.close();
  await db.close();
  logger.info('the web process has stopped');
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);

await server.listen(environment.PORT);
dispatcher.run();
logger.info({ url: publicUrlOf(environment) }, 'listening');

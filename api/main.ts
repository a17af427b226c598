/** The web process. Everything it needs is put together here. */
import { parseEnvironment, publicUrlOf } from '../domain/environment.ts';
import { openDatabase } from '../prisma/database.ts';
import { createExecutors } from '../providers/registry.ts';
import { connectTemporal } from '../temporal/client.ts';
import { createDispatcher } from '../temporal/dispatcher.ts';
import { createActions } from './actions.ts';
import { createLogger } from './log.ts';
import { ensureOwner } from './owner.ts';
import { createServer } from './server.ts';
import { surroundingsOf } from './surroundings.ts';

const environment = parseEnvironment(process.env);
const logger = createLogger(environment.LOG_LEVEL);
const db = openDatabase(environment.DATABASE_URL ?? '');
const temporal = connectTemporal(environment);
const dispatcher = createDispatcher({ db, temporal: temporal.client, logger });
const { executorFor } = await createExecutors(environment);
const server = await createServer({
  environment,
  db,
  dispatcher,
  temporal,
  actions: createActions((await createExecutors(environment)).executorFor),
  surroundings: surroundingsOf(environment),
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
// Whoever started this process with a channel to it is gone.
process.on('disconnect', stop);

const { sign_in_link } = await ensureOwner(db, environment);
await server.listen(environment.PORT);
dispatcher.run();
// Whoever starts this process reads this line: the link works once, and only for 15 minutes.
logger.info({ url: publicUrlOf(environment), sign_in_link }, 'listening');
process.send?.({ url: publicUrlOf(environment), sign_in_link });

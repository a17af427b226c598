/** The worker: workflows and activities of one process. */
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';

import type { Logger } from 'pino';

import { task_queue, type ExecOpsActivities } from '../domain/contract.ts';
import type { Environment } from '../domain/environment.ts';
import { connectionOptions } from './client.ts';

/** How long running activities may take to finish when the worker stops; what is not done then is resumed elsewhere. */
const shutdown_grace_ms = 10_000;

export interface WorkerSettings {
  environment: Environment;
  activities: ExecOpsActivities;
  /** Bundled beforehand in production; from source in tests. */
  workflows: { bundle_path: string } | { source_path: string };
}

/** Connects and prepares; rejects while Temporal cannot be reached. `run()` of the result polls until `shutdown()`. */
export async function createWorker({
  environment,
  activities,
  workflows,
}: WorkerSettings): Promise<{ worker: Worker; close(): Promise<void> }> {
  const connection = await NativeConnection.connect(connectionOptions(environment));
  const source: Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> =
    'bundle_path' in workflows ? { workflowBundle: { codePath: workflows.bundle_path } } : { workflowsPath: workflows.source_path };
  const worker = await Worker.create({
    connection,
    namespace: environment.TEMPORAL_NAMESPACE,
    taskQueue: task_queue,
    activities: { ...activities },
    shutdownGraceTime: shutdown_grace_ms,
    // Waiting approvals need no memory: what leaves the cache is replayed from its history.
    maxCachedWorkflows: 150,
    ...source,
  });
  return { worker, close: () => connection.close() };
}

/** Temporal's own log lines go where ours go. Call it once, before the first worker. */
export function installRuntime(logger: Logger): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const write = (level: (typeof levels)[keyof typeof levels]) => (message: string, meta?: object) =>
    logger[level]({ ...meta, temporal: true }, message);
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => write(levels[level])(message, meta),
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    },
  });
}

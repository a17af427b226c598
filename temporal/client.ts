/** The one way to a Temporal server. Nothing connects before the first call, so that Temporal being down delays work and stops no process. */
import { randomUUID } from 'node:crypto';

import { Client, Connection, isGrpcServiceError } from '@temporalio/client';

import { replay_workflow, task_queue, type HandleEventInput } from '../domain/contract.ts';
import type { Environment } from '../domain/environment.ts';
import { Problem } from '../domain/problem.ts';

export type TemporalSettings = Pick<Environment, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY' | 'TEMPORAL_TLS'>;

export interface TemporalClient {
  client: Client;
  /** Resolves when the namespace answers within `timeout_ms`; rejects with what is wrong otherwise. */
  check(timeout_ms?: number): Promise<void>;
  /** Has the worker judge an event again; resolves to the answer's id. Throws a Problem when there is none in time. */
  replay(input: HandleEventInput, within_ms?: number): Promise<string>;
  close(): Promise<void>;
}

/** A call that takes longer is repeated later by whoever made it. */
export const call_timeout_ms = 5_000;
const check_timeout_ms = 2_000;
const replay_timeout_ms = 10_000;
/** A run that nobody waits for any more ends by itself. */
const replay_run_timeout = '30s';
const come_back_seconds = 10;

export function connectTemporal(settings: TemporalSettings): TemporalClient {
  const connection = Connection.lazy({ ...connectionOptions(settings), connectTimeout: call_timeout_ms });
  const namespace = settings.TEMPORAL_NAMESPACE;
  const client = new Client({ connection, namespace });
  return {
    client,
    async check(timeout_ms = check_timeout_ms) {
      await connection.withDeadline(Date.now() + timeout_ms, () => connection.workflowService.describeNamespace({ namespace }));
    },
    async replay(input, within_ms = replay_timeout_ms) {
      try {
        return await client.withDeadline(Date.now() + within_ms, () =>
          client.workflow.execute<(input: HandleEventInput) => Promise<string>>(replay_workflow, {
            workflowId: `replay:${input.event_id}:${randomUUID()}`,
            taskQueue: task_queue,
            args: [input],
            workflowExecutionTimeout: replay_run_timeout,
            staticSummary: `replay of event ${input.event_id}`,
          }),
        );
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        throw new Problem('unavailable', 'Temporal or the worker does not answer just now, and the rules run there. Try again shortly.', {
          retry_after_seconds: come_back_seconds,
        });
      }
    },
    close: () => connection.close(),
  };
}

/** Not reached, or no worker took the run in time. */
function isUnanswered(error: unknown): boolean {
  if (isGrpcServiceError(error)) return true;
  return error instanceof Error && error.cause !== error && error.cause !== undefined && isUnanswered(error.cause);
}

/** For the client and the worker's connection alike. */
export function connectionOptions(settings: TemporalSettings) {
  return {
    address: settings.TEMPORAL_ADDRESS ?? 'localhost:7233',
    apiKey: settings.TEMPORAL_API_KEY,
    // An API key must not travel in the clear, so it switches TLS on unless it is switched off by name.
    tls: settings.TEMPORAL_TLS ?? settings.TEMPORAL_API_KEY !== undefined,
  };
}

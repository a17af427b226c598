/** The one way to a Temporal server. Nothing connects before the first call, so that Temporal being down delays work and stops no process. */
import { Client, Connection } from '@temporalio/client';

import type { Environment } from '../domain/environment.ts';

export type TemporalSettings = Pick<Environment, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY' | 'TEMPORAL_TLS'>;

export interface TemporalClient {
  client: Client;
  /** Resolves when the namespace answers within `timeout_ms`; rejects with what is wrong otherwise. */
  check(timeout_ms?: number): Promise<void>;
  close(): Promise<void>;
}

/** A call that takes longer is repeated later by whoever made it. */
export const call_timeout_ms = 5_000;
const check_timeout_ms = 2_000;

export function connectTemporal(settings: TemporalSettings): TemporalClient {
  const connection = Connection.lazy({ ...connectionOptions(settings), connectTimeout: call_timeout_ms });
  const namespace = settings.TEMPORAL_NAMESPACE;
  return {
    client: new Client({ connection, namespace }),
    async check(timeout_ms = check_timeout_ms) {
      await connection.withDeadline(Date.now() + timeout_ms, () => connection.workflowService.describeNamespace({ namespace }));
    },
    close: () => connection.close(),
  };
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

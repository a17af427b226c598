/** The run's one Temporal server, with a namespace of its own for each test file. */
import { randomUUID } from 'node:crypto';

import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

import { registerSearchAttributes } from '../../temporal/search-attributes.ts';
import { shared } from './shared.ts';
import { until } from './wait.ts';

export interface TestTemporal {
  address: string;
  namespace: string;
}

let of_this_file: Promise<TestTemporal> | undefined;

export function testTemporal(): Promise<TestTemporal> {
  return (of_this_file ??= freshNamespace());
}

export async function freshNamespace(): Promise<TestTemporal> {
  const { address } = await shared<{ address: string }>('/temporal');
  const namespace = `test-${randomUUID()}`;
  await registerNamespace(address, namespace);
  return { address, namespace };
}

export async function registerNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
    // The server's caches learn of a new namespace a moment later.
    await until('the namespace takes search attributes', async () => {
      await registerSearchAttributes(connection, namespace);
      return true;
    });
  } finally {
    await connection.close();
  }
}

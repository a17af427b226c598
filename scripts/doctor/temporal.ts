import { task_queue } from '../../domain/contract.ts';
import type { Environment } from '../../domain/environment.ts';
import { connectTemporal } from '../../temporal/client.ts';
import { failed, off, ok, sentenceOf, type Finding } from './finding.ts';

const name = 'Temporal';
const check_ms_max = 6_000;
/** The wire's number for the queue of workflow tasks. */
const workflow_queue = 1;

export async function examineTemporal(environment: Environment): Promise<Finding> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = environment;
  if (address === undefined) return off(name, 'TEMPORAL_ADDRESS is not set: "npm start" brings its own server.');
  const { client, check, close } = connectTemporal(environment);
  try {
    try {
      await check(check_ms_max);
    } catch (error) {
      return failed(name, `${address} does not answer for the namespace ${namespace}: ${sentenceOf(error)}`);
    }
    const { pollers } = await client.withDeadline(Date.now() + check_ms_max, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: task_queue }, taskQueueType: workflow_queue }),
    );
    const count = pollers?.length ?? 0;
    if (count === 0)
      return failed(name, `${address} answers, but no worker polls the queue "${task_queue}". Start a worker, and look into its log.`);
    return ok(name, `${address}, namespace ${namespace}, ${count === 1 ? 'one worker polls' : `${count} workers poll`}.`);
  } finally {
    await close();
  }
}

/** A running system whose clock jumps over waits, for tests of days. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { handle_event_workflow, task_queue, wake_signal, workflowIdOf, type HandleEventInput } from '../../domain/contract.ts';
import { parseEnvironment } from '../../domain/environment.ts';
import type { Wake } from '../../prisma/wakeups.ts';
import { createWorker } from '../../temporal/worker.ts';
import { workflow_bundle_path } from '../build-workflows.ts';
import { member } from './cards.ts';
import { testDatabase } from './database.ts';
import { shared } from './shared.ts';
import { peopleAndCards, quietRuntime, realActivities } from './system.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

export type JumpingClock = NonNullable<Awaited<ReturnType<typeof startJumpingClock>>>;

/** `activitiesOn` may put stand-ins where real providers would be. Undefined where there is no such server. Its clock is its own: what one test sleeps, another on it has slept too. */
export async function startJumpingClock(activitiesOn: typeof realActivities = realActivities) {
  quietRuntime();
  const time = await timeSkippingEnvironment();
  if (time === undefined) return undefined;
  const [database] = await Promise.all([testDatabase(), shared('/workflows')]);
  const { db, org_id } = database;
  const data_dir = mkdtempSync(join(tmpdir(), 'execops-clock-'));
  const environment = parseEnvironment({ TEMPORAL_ADDRESS: time.address, DATA_DIR: data_dir });
  const activities = await activitiesOn(db, environment);
  const { worker, close } = await createWorker({ environment, activities, workflows: { bundle_path: workflow_bundle_path } });
  const running = worker.run();
  const { workflow } = time.client;
  const starts = new Map<string, Promise<unknown>>();
  const started = ({ org_id, event_id }: HandleEventInput) => {
    const workflowId = workflowIdOf(event_id);
    const run = workflow.start(handle_event_workflow, {
      workflowId,
      taskQueue: task_queue,
      args: [{ org_id, event_id }],
      // Without an end of its own, the clock would run on when nothing waits any more.
      workflowExecutionTimeout: '60 days',
    });
    starts.set(workflowId, run);
  };
  const wake = (wanted: Wake | null) =>
    void (wanted && starts.get(wanted.workflow_id)?.then(() => workflow.getHandle(wanted.workflow_id).signal(wake_signal)));
  const dispatcher = { started, wake };
  return {
    ...peopleAndCards({ db, org_id, ana: await member(db, org_id), dispatcher, client: time.client }),
    sleep: (ms: number) => time.sleep(ms),
    async stop() {
      worker.shutdown();
      await running;
      await close();
      await database.close();
      await time.teardown();
      rmSync(data_dir, { recursive: true, force: true });
    },
  };
}

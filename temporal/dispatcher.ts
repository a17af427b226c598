/**
 * Starts a workflow for every committed event and sends every requested wake-up, as soon as it can and until it could.
 * The process that made the change does it at once; what it could not do is found again in Postgres, by any replica.
 */
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Logger } from 'pino';

import { handle_event_workflow, task_queue, wake_signal, workflowIdOf, type HandleEventInput } from '../domain/contract.ts';
import type { Database } from '../prisma/database.ts';
import { markDispatched, undispatchedEvents } from '../prisma/events.ts';
import { listen, type Listening } from '../prisma/listen.ts';
import { leaseWakeups, waitingRuns, wakeSent, type WaitingRun, type Wake } from '../prisma/wakeups.ts';
import { createBatcher } from './batcher.ts';
import { call_timeout_ms } from './client.ts';
import { createPacer } from './pacer.ts';

export interface Dispatcher {
  /** Starts an event's workflow right after its commit. Never throws, never waits. */
  started(event: HandleEventInput): void;
  /** Sends the wake-up that the caller's transaction requested; null when it requested none. */
  wake(wake: Wake | null): void;
  /** Begins to sweep for what nobody could start or send. */
  run(): void;
  stop(): Promise<void>;
}

const in_flight_max = 32;
const sweep_batch_rows = 200;
const sweep_idle_ms = 2_000;
const back_off_max_ms = 10_000;

export function createDispatcher({ db, temporal, logger }: { db: Database; temporal: Client; logger: Logger }): Dispatcher {
  const dispatched = createBatcher<string>((ids) => markDispatched(db, ids), logger);
  const starts = createPacer<HandleEventInput>((event) => beside(start(event), event.event_id));
  const wakes_in_flight = new Set<Promise<void>>();
  let listening: Listening | null = null;
  let sweeping: Promise<void> = Promise.resolve();
  let stopping = false;
  let roused = false;
  let wakeIdler: () => void = () => undefined;

  function rouse(): void {
    roused = true;
    wakeIdler();
  }

  /** Runs beside the caller; a failure is logged and left to the sweep. */
  function beside(work: Promise<void>, event_id: string): Promise<void> {
    return work.catch((error: unknown) => logger.warn({ err: error, event_id }, 'Temporal did not take it now; it is sent later'));
  }

  async function start(event: HandleEventInput): Promise<void> {
    await startWorkflow(temporal, event);
    dispatched.add(event.event_id);
  }

  async function send(wake: Wake): Promise<void> {
    await signalWorkflow(temporal, wake);
    await wakeSent(db.sql, wake);
  }

  async function sweep(): Promise<number> {
    const wakes = await leaseWakeups(db.sql, sweep_batch_rows);
    // What waits in this process's own queue is not left behind.
    const events = starts.waiting() > 0 ? [] : await undispatchedEvents(db, sweep_batch_rows);
    // One that Temporal does not take holds up none of the others.
    const outcomes = await Promise.allSettled([eachOf(wakes, send), eachOf(events, start)]);
    await dispatched.flush();
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return events.length + wakes.length;
  }

  /** What waits without a run to wait in gets one: Temporal may have lost its history, which is told from Postgres again. */
  async function restoreLost(): Promise<void> {
    await eachOf(await waitingRuns(db), async (run) => {
      if (!(await isRunning(temporal, run.workflow_id))) await signalWorkflow(temporal, run);
    });
  }

  async function keepSweeping(): Promise<void> {
    let failures = 0;
    let restored = false;
    while (!stopping) {
      try {
        const found = await sweep();
        if (!restored) await restoreLost();
        restored = true;
        failures = 0;
        // An idle sweep calls nobody, so it asks: a Temporal that was away may be back without its history.
        if (found === 0) await temporal.withDeadline(Date.now() + call_timeout_ms, () => isThere(temporal));
        if (found === 0) await idle(sweep_idle_ms);
      } catch (error) {
        failures += 1;
        // Whatever was down may come back without what it knew.
        restored = false;
        const wait_ms = Math.min(back_off_max_ms, 250 * 2 ** Math.min(failures, 6));
        logger.warn({ err: error, wait_ms }, 'work waits: Temporal or Postgres does not take it');
        await idle(wait_ms);
      }
    }
  }

  function idle(ms: number): Promise<void> {
    // A call that came during the sweep is answered by the next one.
    const called = roused;
    roused = false;
    if (stopping || called) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeIdler = () => {
        roused = false;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    started(event) {
      starts.push(event);
    },
    wake(wake) {
      if (wake === null) return;
      const sent = beside(send(wake), wake.event_id).finally(() => wakes_in_flight.delete(sent));
      wakes_in_flight.add(sent);
    },
    run() {
      listening = listen(
        db.pool,
        'execops_wakeup',
        () => rouse(),
        () => rouse(),
      );
      sweeping = keepSweeping();
    },
    async stop() {
      stopping = true;
      rouse();
      await listening?.stop();
      await sweeping;
      await starts.stop();
      await Promise.all(wakes_in_flight);
      await dispatched.flush();
    },
  };
}

async function startWorkflow(temporal: Client, { org_id, event_id }: HandleEventInput): Promise<void> {
  try {
    await temporal.withDeadline(Date.now() + call_timeout_ms, () =>
      temporal.workflow.start(handle_event_workflow, {
        workflowId: workflowIdOf(event_id),
        taskQueue: task_queue,
        args: [{ org_id, event_id }],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        staticSummary: `event ${event_id}`,
      }),
    );
  } catch (error) {
    // Somebody else has started it, which is what was wanted.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function isThere(temporal: Client): Promise<void> {
  await temporal.workflowService.describeNamespace({ namespace: temporal.options.namespace });
}

async function isRunning(temporal: Client, workflow_id: string): Promise<boolean> {
  try {
    const { status } = await temporal.withDeadline(Date.now() + call_timeout_ms, () => temporal.workflow.getHandle(workflow_id).describe());
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A run whose history is gone or that has ended is started again: it reads from Postgres where things stand. */
async function signalWorkflow(temporal: Client, { workflow_id, org_id, event_id }: WaitingRun): Promise<void> {
  await temporal.withDeadline(Date.now() + call_timeout_ms, () =>
    temporal.workflow.signalWithStart(handle_event_workflow, {
      workflowId: workflow_id,
      taskQueue: task_queue,
      args: [{ org_id, event_id }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `event ${event_id}`,
      signal: wake_signal,
      signalArgs: [],
    }),
  );
}

/** Runs the work with bounded concurrency; throws the first failure once all have ended. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lanes = Array.from({ length: Math.min(in_flight_max, items.length) }, async () => {
    for (const item of queue) await work(item);
  });
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

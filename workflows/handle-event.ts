/**
 * One event, from its router to the last of its proposals' outcomes. It keeps order and waits; every judgement is an
 * activity's, so that a rule can change on Tuesday while Monday's proposal still waits.
 */
import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

import { wake_signal, type ExecOpsActivities, type HandleEventInput, type ProposalState, type Step } from '../domain/contract.ts';
import { createOperatorView } from './operator-view.ts';

/** Steps that only talk to Postgres run inside the workflow task: no round trip to the server for each. */
const local = proxyLocalActivities<ExecOpsActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/** A model or a provider may be slow; the heartbeat tells a dead worker from a slow one. */
const outside = proxyActivities<ExecOpsActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Transient failures of a provider are tried again after about 2, 4, 8 … seconds, for an hour. */
const effects = proxyActivities<ExecOpsActivities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** Something about this event's proposals changed in Postgres. */
export const wake = defineSignal(wake_signal);

export async function handleEvent(input: HandleEventInput): Promise<void> {
  let changes = 0;
  setHandler(wake, () => {
    changes += 1;
  });
  const showOperators = createOperatorView();
  /** Proposals whose step is being taken: a mail that is tried again for an hour holds up no other card. */
  const under_way = new Set<string>();
  let broken: { error: unknown } | null = null;

  const { drafts } = await local.triage(input);
  await Promise.all(drafts.map(({ vertical, outside: slow }) => (slow ? outside : local).draft({ ...input, vertical })));
  for (;;) {
    // Noted before the look: a wake-up that comes during it costs one more look and is never lost.
    const seen = changes;
    const waiting = (await look()).filter(({ proposal_id }) => !under_way.has(proposal_id));
    // A history that has grown long starts afresh: where things stand is in Postgres.
    if (under_way.size === 0 && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof handleEvent>(input);

    let wait_ms = Infinity;
    for (const { proposal_id, next } of waiting) {
      if (next === null) continue;
      if (next.in_ms === 0) begin(proposal_id, next.step);
      else wait_ms = Math.min(wait_ms, next.in_ms);
    }
    if (under_way.size === 0 && wait_ms === Infinity && changes === seen) return;
    await (wait_ms === Infinity ? condition(() => changes > seen) : condition(() => changes > seen, wait_ms));
    if (broken !== null) throw broken.error;
  }

  function begin(proposal_id: string, step: Step): void {
    under_way.add(proposal_id);
    take(proposal_id, step)
      .catch((error: unknown) => {
        broken = { error };
      })
      .finally(() => {
        under_way.delete(proposal_id);
        changes += 1;
      });
  }

  async function take(proposal_id: string, step: Step): Promise<void> {
    const { org_id } = input;
    if (step !== 'execute') return local.due({ org_id, proposal_id, step, now_ms: Date.now() });
    try {
      await effects.execute({ org_id, proposal_id });
    } catch {
      // Its attempts are used up. What became of the last one is in Postgres.
      await local.giveUp({ org_id, proposal_id });
    }
  }

  async function look(): Promise<ProposalState[]> {
    const proposals = await local.look({ ...input, now_ms: Date.now() });
    showOperators(proposals);
    return proposals;
  }
}

/**
 * One event, from its router to the last of its proposals' outcomes. It keeps order and waits; every judgement is an
 * activity's, so that a rule can change on Tuesday while Monday's proposal still waits.
 */
import { condition, continueAsNew, defineSignal, proxyActivities, proxyLocalActivities, setHandler, workflowInfo } from '@temporalio/workflow';

import { wake_signal, type ExecOpsActivities, type HandleEventInput, type ProposalState } from '../domain/contract.ts';
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
  let wakes = 0;
  setHandler(wake, () => {
    wakes += 1;
  });
  const showOperators = createOperatorView();

  const { drafts } = await local.triage(input);
  await Promise.all(drafts.map(({ vertical, outside: slow }) => (slow ? outside : local).draft({ ...input, vertical })));
  await Promise.all((await look()).map(seeThrough));
  // A history that has grown long starts afresh: where things stand is in Postgres.
  if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof handleEvent>(input);

  /** Waits for each next step of one proposal, or for a wake-up, until nothing is left to do for it. */
  async function seeThrough(proposal: ProposalState): Promise<void> {
    // From 0: a wake-up that came before the first look costs one more look and is never lost.
    let seen = 0;
    for (let state: ProposalState | undefined = proposal; state?.next && !workflowInfo().continueAsNewSuggested; ) {
      const { step, in_ms } = state.next;
      const woken = in_ms > 0 && (await condition(() => wakes > seen, in_ms));
      if (!woken) await take(state.proposal_id, step);
      seen = wakes;
      state = (await look()).find(({ proposal_id }) => proposal_id === proposal.proposal_id);
    }
  }

  async function take(proposal_id: string, step: NonNullable<ProposalState['next']>['step']): Promise<void> {
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

/** Slack waits three seconds for an answer. What takes longer goes on behind it, and is told later. */
import { z } from 'zod';

import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../../domain/executor.ts';
import { Problem } from '../../domain/problem.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { Logger } from '../log.ts';
import { toProblem } from '../problems.ts';
import { escaped, link } from './text.ts';

/** What became of a click. */
export type Outcome =
  { done: 'changed'; view: ProposalView } | { done: 'opened' } | { done: 'said'; sentence: string } | { done: 'refused'; problem: Problem };

/** After a verdict: the card as it is now, or, while others still have to approve it, a word to whoever did. */
export function changed(view: ProposalView): Outcome {
  if (view.status !== 'pending') return { done: 'changed', view };
  const left = view.required_approvals - view.approvals;
  const others = left === 1 ? 'Somebody else has' : `${left} others have`;
  return { done: 'said', sentence: `Your approval counts: ${view.approvals} of ${view.required_approvals}. ${others} to approve it too.` };
}

/** Why a click was refused; what can be done about it only on the web has the way there. */
export function refusalOf({ problem, message }: Problem, page: string | null): string {
  return problem === 'step_up_required' && page !== null ? `${escaped(message)} ${link(page, 'Open the card')}` : escaped(message);
}

const answer_within_ms = 2_300;
const arrival = z.object({ arrived_ms: z.number() });

/** What a request brings to its listener through Bolt: the three seconds began when it arrived. */
export const arrivedNow = (): z.infer<typeof arrival> => ({ arrived_ms: Date.now() });

/** True when the work was done before Slack has to be answered. */
export async function finishedInTime(work: Promise<unknown>, context: object): Promise<boolean> {
  const { arrived_ms } = arrival.parse(context);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), arrived_ms + answer_within_ms - Date.now());
  });
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}

/** Runs one click's work. Whatever is thrown becomes a refusal in words, which may name people and so is not logged; what is our mistake is. */
export async function settled(work: () => Promise<Outcome>, logger: Logger): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    const problem = isSlackFailure(error) ? new Problem('unavailable', `${error.message} Decide on the web meanwhile.`) : toProblem(error);
    if (problem.problem === 'internal') logger.error({ err: error }, 'a click in Slack failed');
    else logger.info({ problem: problem.problem }, 'a click in Slack was refused');
    return { done: 'refused', problem };
  }
}

function isSlackFailure(error: unknown): error is Error {
  return [NotNow, ProviderUnreachable, PermanentError, OutcomeUnknown].some((kind) => error instanceof kind);
}

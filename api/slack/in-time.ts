/** Slack waits three seconds for an answer. What takes longer goes on behind it, and is told later. */
import { z } from 'zod';

import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable } from '../../domain/executor.ts';
import { Problem } from '../../domain/problem.ts';
import type { ProposalView } from '../../domain/wire.ts';
import type { Logger } from '../log.ts';
import { toProblem } from '../problems.ts';

/** What became of a click. */
export type Outcome =
  { done: 'changed'; view: ProposalView } | { done: 'opened' } | { done: 'said'; sentence: string } | { done: 'refused'; problem: Problem };

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

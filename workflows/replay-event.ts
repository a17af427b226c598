/** One event judged again for somebody who waits for the answer. Only its id comes back: the answer itself is in Postgres. */
import { proxyActivities } from '@temporalio/workflow';

import type { ExecOpsActivities, HandleEventInput } from '../domain/contract.ts';

/** Whoever asked has given up by then. */
const { replay } = proxyActivities<Pick<ExecOpsActivities, 'replay'>>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumAttempts: 3 },
});

export async function replayEvent(input: HandleEventInput): Promise<string> {
  return replay(input);
}

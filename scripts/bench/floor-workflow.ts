/** The least that any approval on Temporal must do: one row written, one wait, one row changed. */
import { condition, defineSignal, proxyActivities, proxyLocalActivities, setHandler } from '@temporalio/workflow';

export interface FloorActivities {
  insert(id: string): Promise<void>;
  update(id: string): Promise<void>;
}

const { insert } = proxyLocalActivities<FloorActivities>({ startToCloseTimeout: '10s' });
const { update } = proxyActivities<FloorActivities>({ startToCloseTimeout: '10s' });

export const approve = defineSignal('approve');

export async function bareApproval(id: string): Promise<void> {
  let approved = false;
  setHandler(approve, () => {
    approved = true;
  });
  await insert(id);
  await condition(() => approved);
  await update(id);
}

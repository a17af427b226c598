/** What a run left in Temporal, for tests and for recording. */
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;

/** Everything a history holds, its payloads readable. */
export function textOf(history: History): string {
  return JSON.stringify(history).replace(
    /"data":"([A-Za-z0-9+/=]+)"/g,
    (_, data: string) => `"data":${Buffer.from(data, 'base64').toString('utf8')}`,
  );
}

/** How often the run was told to look again. */
export async function wakesOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(
    ({ workflowExecutionSignaledEventAttributes }) => workflowExecutionSignaledEventAttributes?.signalName === 'wake',
  ).length;
}

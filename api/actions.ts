/** What the API has to know of the executors: as whom an action would run and how. It cannot run one. */
import { readAction } from '../domain/action.ts';
import { idempotencyKeyOf, type Executor } from '../domain/executor.ts';
import { Problem } from '../domain/problem.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import type { DryRun } from '../domain/wire/dry-run.ts';

export interface Actions {
  /** The account or sender an action would run as now; null when its provider is not connected. */
  connectionOf(action_type: string, operation: string | null): string | null;
  /** The exact provider request that approving would lead to; nothing is sent. */
  describe(proposal: ProposalView): DryRun;
}

export type DescribesActions = Pick<Executor, 'repeat' | 'connection' | 'describe'>;

export function createActions(executorFor: (action_type: string, operation: string | null) => DescribesActions | null): Actions {
  return {
    connectionOf: (action_type, operation) => executorFor(action_type, operation)?.connection() ?? null,
    describe(proposal) {
      const executor = executorFor(proposal.action_type, proposal.operation);
      const connection = executor?.connection() ?? null;
      const action = readAction(proposal);
      if (executor === null || connection === null || action === null) {
        throw new Problem('blocked_by_policy', 'Its provider is not connected, so there is no request to show. Connect it first.');
      }
      return { connection, request: executor.describe(action, idempotencyKeyOf(proposal.id, proposal.version)), repeat: executor.repeat };
    },
  };
}

/** Gives a conversation to a teammate. A second time changes nothing, and whose it was before is kept for giving it back. */
import type { Action } from '../../domain/action.ts';
import { PermanentError, type ExecutionResult, type Executor, type LookUpOrder } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { assigneeOf, connected, readConversation, writeAsTeammate, type IntercomAccount } from './account.ts';

export function createAssign(account: IntercomAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe: (action) => ({ method: 'POST', path: pathOf(action), body: bodyOf(action, '(the token’s own teammate)') }),
    async run(order): Promise<ExecutionResult> {
      const { action, signal } = order;
      const intercom = connected(account);
      const { conversation, assignee_id } = assignmentOf(action);
      const before = assigneeOf(await readConversation(intercom, conversation, signal));
      if (before === assignee_id) return { conversation, assignee_id };
      await writeAsTeammate(intercom, order, pathOf(action), (admin) => bodyOf(action, admin));
      return { conversation, assignee_id, previous_assignee_id: before };
    },
    async lookUp({ action, signal }: LookUpOrder): Promise<ExecutionResult | null> {
      const { conversation, assignee_id } = assignmentOf(action);
      const now = assigneeOf(await readConversation(connected(account), conversation, signal));
      return now === assignee_id ? { conversation, assignee_id } : null;
    },
  };
}

const pathOf = (action: Action): string => `/conversations/${assignmentOf(action).conversation}/parts`;

function bodyOf(action: Action, admin_id: string) {
  return { message_type: 'assignment', type: 'admin', admin_id, assignee_id: assignmentOf(action).assignee_id };
}

function assignmentOf(action: Action): PayloadOf<'intercom.assign'> {
  if (action.operation === 'intercom.assign') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

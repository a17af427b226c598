/** A reply that the customer reads. Intercom knows no idempotency key: before any repeat we look for our words in the conversation. */
import type { Action } from '../../domain/action.ts';
import { OutcomeUnknown, PermanentError, type ExecutionResult, type Executor, type LookUpOrder } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { htmlOf, wordsOf } from '../html.ts';
import { connected, readConversation, readMe, writeAsTeammate, type IntercomAccount } from './account.ts';

/** Intercom's clock and ours need not agree. */
const clock_skew_seconds = 60;

export function createReply(account: IntercomAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe: (action) => ({ method: 'POST', path: pathOf(action), body: bodyOf(action, '(the token’s own teammate)') }),
    async run(order): Promise<ExecutionResult> {
      const { action } = order;
      const admin = await writeAsTeammate(connected(account), order, pathOf(action), (id) => bodyOf(action, id));
      return { conversation: replyOf(action).conversation, admin };
    },
    lookUp,
  };

  async function lookUp({ action, first_attempt_at, signal }: LookUpOrder): Promise<ExecutionResult | null> {
    const intercom = connected(account);
    const admin = (await readMe(intercom, signal)).id;
    const { conversation, body } = replyOf(action);
    const { conversation_parts: listed } = await readConversation(intercom, conversation, signal);
    const since = first_attempt_at.getTime() / 1_000 - clock_skew_seconds;
    const words = wordsOf(htmlOf(body));
    const part = listed.conversation_parts.find(
      ({ author, created_at, body: said }) =>
        author?.type === 'admin' && author.id === admin && created_at >= since && said != null && wordsOf(said) === words,
    );
    if (part !== undefined) return { conversation, admin, part: part.id };
    if ((listed.total_count ?? 0) > listed.conversation_parts.length)
      throw new OutcomeUnknown('The reply may have gone out, and the conversation is too long for Intercom to show all of it.');
    return null;
  }
}

const pathOf = (action: Action): string => `/conversations/${replyOf(action).conversation}/reply`;

function bodyOf(action: Action, admin_id: string) {
  return { message_type: 'comment', type: 'admin', admin_id, body: htmlOf(replyOf(action).body) };
}

function replyOf(action: Action): PayloadOf<'intercom.reply'> {
  if (action.operation === 'intercom.reply') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

/** What Intercom can be asked to do. */
import type { Executor } from '../../domain/executor.ts';
import type { IntercomAccount } from './account.ts';
import { createAssign } from './assign.ts';
import { createReply } from './reply.ts';

export function intercomExecutors(account: IntercomAccount | null) {
  return { 'intercom.reply': createReply(account), 'intercom.assign': createAssign(account) } satisfies Record<string, Executor>;
}

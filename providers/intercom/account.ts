/** The connected Intercom workspace, and the teammate that our token speaks as. */
import { z } from 'zod';

import { PermanentError, type ExecutionOrder } from '../../domain/executor.ts';
import type { Json } from '../../domain/text.ts';
import { identify, type Identity } from '../identity.ts';
import type { JsonApi } from '../json-api.ts';

export interface IntercomAccount {
  intercom: JsonApi;
  identity: Identity;
}

const id = z.union([z.string(), z.number()]).transform(String);
const me = z.object({ id, app: z.object({ id_code: z.string() }).nullish() });

/** `intercom:<workspace>`. */
export function intercomIdentity(intercom: JsonApi): Promise<Identity> {
  return identify(async () => {
    const { id: admin, app } = await readMe(intercom);
    return `intercom:${app?.id_code ?? admin}`;
  }, 'intercom:unread');
}

export function readMe(intercom: JsonApi, signal?: AbortSignal) {
  return intercom({ method: 'GET', path: '/me', asked: 'read', answer: me, signal });
}

/** Writes as the token's own teammate, once all that only reads is read. Resolves to the teammate's id. */
export async function writeAsTeammate(
  intercom: JsonApi,
  { dispatching, signal }: Pick<ExecutionOrder, 'dispatching' | 'signal'>,
  path: string,
  bodyOf: (admin_id: string) => { [key: string]: Json },
): Promise<string> {
  const admin = (await readMe(intercom, signal)).id;
  signal.throwIfAborted();
  await dispatching();
  await intercom({ method: 'POST', path, body: bodyOf(admin), asked: 'effect', answer: z.object({ id: z.unknown() }), signal });
  return admin;
}

const conversation = z.object({
  admin_assignee_id: id.nullish(),
  conversation_parts: z.object({
    total_count: z.number().optional(),
    conversation_parts: z.array(
      z.object({
        id,
        body: z.string().nullish(),
        created_at: z.number(),
        author: z.object({ type: z.string(), id: id.nullish() }).nullish(),
      }),
    ),
  }),
});
export type Conversation = z.infer<typeof conversation>;

export function readConversation(intercom: JsonApi, conversation_id: string, signal?: AbortSignal): Promise<Conversation> {
  return intercom({ method: 'GET', path: `/conversations/${conversation_id}`, asked: 'read', answer: conversation, signal });
}

/** Intercom writes nobody as null, and in older answers as 0. */
export function assigneeOf({ admin_assignee_id }: Conversation): string {
  return admin_assignee_id ?? '0';
}

export function connected(account: IntercomAccount | null): JsonApi {
  if (account === null) throw new PermanentError('Intercom is not connected: set INTERCOM_TOKEN.');
  return account.intercom;
}

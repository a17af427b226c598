/** Takes a merged pull request back, as the Revert button does: GitHub makes the branch, the commit and a pull request for it. */
import { z } from 'zod';

import type { Action } from '../../domain/action.ts';
import { PermanentError, type ExecutionResult, type Executor } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { garbled } from '../http.ts';
import { connected, placeOf, type GithubAccount } from './account.ts';
import { asking } from './client.ts';
import { markedPull, withMarker } from './pulls.ts';

/** https://docs.github.com/en/graphql/reference/mutations#revertpullrequest */
const mutation = `mutation($input: RevertPullRequestInput!) {
  revertPullRequest(input: $input) { revertPullRequest { number url } }
}`;

const merged_pull = z.object({ node_id: z.string(), merged: z.boolean() });
const reverted = z.object({ revertPullRequest: z.object({ revertPullRequest: z.object({ number: z.int(), url: z.string() }) }) });

export function createRevertPullRequest(account: GithubAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe(action, key) {
      const { repository, pull_request } = revertOf(action);
      return {
        method: 'POST',
        path: '/graphql',
        mutation: 'revertPullRequest',
        pull_request: `${repository}#${pull_request}`,
        input: inputOf(action, key),
      };
    },
    async run({ action, idempotency_key, dispatching, signal }): Promise<ExecutionResult> {
      const github = connected(account);
      const { repository, pull_request } = revertOf(action);
      const request = { ...placeOf(repository), pull_number: pull_request, request: { signal } };
      const pull = merged_pull.safeParse((await asking('read', github.pulls.get(request))).data);
      if (!pull.success) throw garbled('GitHub', 'read');
      if (!pull.data.merged) throw new PermanentError(`Pull request ${pull_request} was never merged, so there is nothing to revert.`);
      signal.throwIfAborted();
      await dispatching();
      const input = { pullRequestId: pull.data.node_id, ...inputOf(action, idempotency_key) };
      const answer = reverted.safeParse(await asking('effect', github.graphql(mutation, { input, request: { signal } })));
      if (!answer.success) throw garbled('GitHub', 'effect');
      const { number, url } = answer.data.revertPullRequest.revertPullRequest;
      return { repository, pull_request: number, url };
    },
    lookUp: async (order) => markedPull(connected(account), revertOf(order.action).repository, order),
  };
}

function inputOf(action: Action, key: string): { title: string; body: string } {
  const { title, body } = revertOf(action);
  return { title, body: withMarker(body, key) };
}

function revertOf(action: Action): PayloadOf<'github.revert_pull_request'> {
  if (action.operation === 'github.revert_pull_request') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

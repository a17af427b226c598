/** Takes one commit back, whichever way it got there: its inverse, merged onto the branch as it is now, in a pull request. */
import { z } from 'zod';

import type { Action } from '../../domain/action.ts';
import { PermanentError, type ExecutionOrder, type ExecutionResult, type Executor } from '../../domain/executor.ts';
import type { PayloadOf } from '../../domain/operations.ts';
import { sha256 } from '../../domain/seal.ts';
import { garbled } from '../http.ts';
import { connected, placeOf, type GithubAccount } from './account.ts';
import { asking } from './client.ts';
import { inverseOn } from './inverse.ts';
import { markedPull, pullFrom, withMarker } from './pulls.ts';

const opened_pull = z.object({ number: z.int(), html_url: z.string() });

export function createRevertCommit(account: GithubAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe(action, key) {
      const { repository, sha, base } = revertOf(action);
      return {
        method: 'POST',
        path: `/repos/${repository}/pulls`,
        branch: `${branchOf(sha, key)}, made from ${base} with ${sha} taken back`,
        body: pullOf(action, key),
      };
    },
    run,
    lookUp: async (order) => markedPull(connected(account), revertOf(order.action).repository, order),
  };

  async function run({ action, idempotency_key, dispatching, signal }: ExecutionOrder): Promise<ExecutionResult> {
    const github = connected(account);
    const { repository, sha, base, title } = revertOf(action);
    const branch = branchOf(sha, idempotency_key);
    const inverse = await inverseOn(github, { repository, sha, base, branch, message: title, signal });
    signal.throwIfAborted();
    await dispatching();
    const is_new = await inverse.openBranch();
    // An earlier attempt got as far as the branch; the list that was looked at may have lagged behind.
    const opened = is_new ? null : await pullFrom(github, repository, branch, signal);
    if (opened !== null) return opened;
    if (!is_new) await inverse.resetBranch();
    await inverse.fillBranch();
    return openPull();

    async function openPull(): Promise<ExecutionResult> {
      const request = { ...placeOf(repository), ...pullOf(action, idempotency_key), request: { signal } };
      const { data } = await asking('effect', github.pulls.create(request)).catch((error: unknown) => {
        if (!(error instanceof PermanentError)) throw error;
        throw new PermanentError(`${error.message} The change lies on the branch ${branch}.`, { cause: error });
      });
      const pull = opened_pull.safeParse(data);
      if (!pull.success) throw garbled('GitHub', 'effect');
      return { repository, pull_request: pull.data.number, url: pull.data.html_url };
    }
  }
}

function pullOf(action: Action, key: string): { title: string; body: string; head: string; base: string } {
  const { sha, base, title, body } = revertOf(action);
  return { title, body: withMarker(body, key), head: branchOf(sha, key), base };
}

const key_chars = 8;

/** The same for every attempt of one execution, and for no other. */
const branchOf = (sha: string, key: string): string => `execops/revert-${sha.slice(0, 7)}-${sha256(key).slice(0, key_chars)}`;

function revertOf(action: Action): PayloadOf<'github.revert_commit'> {
  if (action.operation === 'github.revert_commit') return action.payload;
  throw new PermanentError(`This executor cannot run "${action.operation ?? action.action_type}".`);
}

/** What GitHub can be asked to do. */
import type { Executor } from '../../domain/executor.ts';
import type { GithubAccount } from './account.ts';
import { createRedeploy } from './redeploy.ts';
import { createRevertCommit } from './revert-commit.ts';
import { createRevertPullRequest } from './revert.ts';

export function githubExecutors(account: GithubAccount | null) {
  return {
    'github.revert_pull_request': createRevertPullRequest(account),
    'github.revert_commit': createRevertCommit(account),
    'github.redeploy': createRedeploy(account),
  } satisfies Record<string, Executor>;
}

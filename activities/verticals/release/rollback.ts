/** Which rollback the facts allow: reverting the pull request that was deployed, else deploying again what ran before. Pure. */
import type { Action } from '../../../domain/action.ts';
import { operations } from '../../../domain/operations.ts';
import type { Json } from '../../../domain/text.ts';
import type { FoundDeployment, ReleaseFacts } from './facts-shape.ts';
import { shortSha } from './format.ts';
import { revertWords } from './message.ts';

export interface Rollback {
  action: Action & { action_type: 'api_call' };
  connected: boolean;
  /** What a person would call it: `reverting pull request #12`. */
  called: string;
  /** What it acts on: compared with fresh facts before it runs. */
  target: { [key: string]: Json };
}

/** The first that is connected, else the first there could be; null when nothing known could be rolled back. */
export function rollbackOf(facts: ReleaseFacts, recent: FoundDeployment): Rollback | null {
  const ways = [revertOf(facts, recent), redeployOf(facts, recent)].filter((way) => way !== null);
  return ways.find(({ connected }) => connected) ?? ways[0] ?? null;
}

function revertOf(facts: ReleaseFacts, recent: FoundDeployment): Rollback | null {
  if (recent.pull_request === null) return null;
  const target = { repository: recent.repository, pull_request: recent.pull_request };
  const read = operations['github.revert_pull_request'].payload.safeParse({
    ...target,
    ...revertWords(facts, recent, recent.pull_request),
  });
  if (!read.success) return null;
  return {
    action: { action_type: 'api_call', operation: 'github.revert_pull_request', payload: read.data },
    connected: facts.github.revert_connected,
    called: `reverting pull request #${recent.pull_request}`,
    target,
  };
}

function redeployOf(facts: ReleaseFacts, recent: FoundDeployment): Rollback | null {
  const workflow = recent.workflow ?? facts.previous?.workflow ?? null;
  const target = { repository: recent.repository, workflow, ref: branchOf(recent), sha: facts.previous?.sha ?? null };
  const read = operations['github.redeploy'].payload.safeParse(target);
  if (!read.success) return null;
  return {
    action: { action_type: 'api_call', operation: 'github.redeploy', payload: read.data },
    connected: facts.github.redeploy_connected,
    called: `deploying ${shortSha(read.data.sha)} again`,
    target,
  };
}

/** A workflow is dispatched on a branch or a tag; a deployment may name a commit instead. */
function branchOf({ ref, default_branch }: FoundDeployment): string | null {
  const branch = ref === null || /^[0-9a-f]{7,64}$/i.test(ref) ? default_branch : ref;
  return branch?.replace(/^refs\/(heads|tags)\//, '') ?? null;
}

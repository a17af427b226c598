/**
 * Which rollback the facts allow: reverting the pull request that was deployed, else deploying again what ran before, else
 * taking the deployed commit itself back. The last needs nothing but its SHA. Pure.
 */
import type { Action } from '../../../domain/action.ts';
import { operations } from '../../../domain/operations.ts';
import type { Json } from '../../../domain/text.ts';
import type { FoundDeployment, ReleaseFacts } from './facts-shape.ts';
import { minuteOf } from '../shared/card.ts';
import { shortSha } from './format.ts';
import { revertCommitWords, revertWords } from './message.ts';

export interface Rollback {
  action: Action & { action_type: 'api_call' };
  connected: boolean;
  /** What a person would call it: `reverting pull request #12`. */
  called: string;
  /** What it acts on: compared with fresh facts before it runs. */
  target: { [key: string]: Json };
  /** What it does and what it leaves to a person. */
  notes: string[];
}

/** The first that is connected, else the first there could be; null when not even the whole SHA of the commit is known. */
export function rollbackOf(facts: ReleaseFacts, recent: FoundDeployment): Rollback | null {
  const ways = [revertOf(facts, recent), redeployOf(facts, recent), revertCommitOf(facts, recent)].filter((way) => way !== null);
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
    notes: ['It opens a pull request that takes the change back; merging and deploying that stays with you.'],
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
    notes: [`It goes back to ${shortSha(read.data.sha)}, which was deployed at ${minuteOf(facts.previous?.at ?? recent.at)}.`],
  };
}

/** GitHub's usual name, where nothing stored tells the repository's own. */
const assumed_branch = 'main';

function revertCommitOf(facts: ReleaseFacts, recent: FoundDeployment): Rollback | null {
  const { repository, sha } = recent;
  const told = [deployedBranchOf(recent), recent.default_branch].find(isBranchName);
  const target = { repository, sha, base: told ?? assumed_branch };
  const read = revert_commit.safeParse({ ...target, ...revertCommitWords(facts, recent) });
  if (!read.success) return null;
  const { base } = target;
  const notes = [
    `It opens a pull request that takes ${shortSha(sha)} back on ${base}; merging and deploying that stays with you.`,
    'It takes back that commit alone: neither a merged pull request of it nor an earlier deployment by a workflow is known.',
  ];
  if (told === undefined) notes.push(`The default branch of ${repository} was not told, so it is taken to be ${base}.`);
  return {
    action: { action_type: 'api_call', operation: 'github.revert_commit', payload: read.data },
    connected: facts.github.revert_commit_connected,
    called: `reverting commit ${shortSha(sha)}`,
    target,
    notes,
  };
}

const revert_commit = operations['github.revert_commit'].payload;
const isBranchName = (name: string | null): name is string => revert_commit.shape.base.safeParse(name).success;

/** Null where a commit, a tag or a pull request was deployed. A name like a version's is a tag's. */
function deployedBranchOf({ ref, default_branch }: FoundDeployment): string | null {
  const name = ref?.replace(/^refs\/heads\//, '') ?? null;
  if (name === null || name === default_branch) return name;
  return /^(refs\/.*|HEAD|[0-9a-f]{7,64}|v?\d+(\.\d+)+([-+].*)?)$/i.test(name) ? null : name;
}

/** A workflow is dispatched on a branch or a tag; a deployment may name a commit instead. */
function branchOf({ ref, default_branch }: FoundDeployment): string | null {
  const branch = ref === null || /^[0-9a-f]{7,64}$/i.test(ref) ? default_branch : ref;
  return branch?.replace(/^refs\/(heads|tags)\//, '') ?? null;
}

/**
 * A branch with one commit taken back. GitHub's API has no revert for commits, so a commit is made that undoes it right behind it,
 * and that is merged: the merge's base is the commit itself, so what came later stays as it is.
 */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

import { PermanentError } from '../../domain/executor.ts';
import { garbled } from '../http.ts';
import { placeOf } from './account.ts';
import { asking, statusOf } from './client.ts';

interface Wanted {
  repository: string;
  sha: string;
  base: string;
  /** Where the inverse is put. */
  branch: string;
  message: string;
  signal: AbortSignal;
}

export interface Inverse {
  /** Makes the branch where its base is now; false when there is one of that name. */
  openBranch(): Promise<boolean>;
  /** Puts the branch of an interrupted attempt back to where its base is now. */
  resetBranch(): Promise<void>;
  /** Puts the inverse onto it. When that cannot be done, the branch is removed. */
  fillBranch(): Promise<void>;
}

const tree = z.object({ sha: z.string() });
const branch_shape = z.object({ commit: z.object({ sha: z.string(), commit: z.object({ tree }) }) });
const commit_shape = z.object({ sha: z.string(), tree, parents: z.array(z.object({ sha: z.string() })) });
const comparison_shape = z.object({ status: z.string() });
const ref_shape = z.object({ ref: z.string() });
const merge_shape = z.object({ commit: z.object({ tree }) });

/** Until there is a pull request, all of it can be done once more: a lost answer leaves nothing unknown. */
const repeatable = 'read';

/** Reads what is needed and changes nothing yet. Throws a PermanentError for what cannot be taken back. */
export async function inverseOn(github: Octokit, { repository, sha, base, branch, message, signal }: Wanted): Promise<Inverse> {
  const place = { ...placeOf(repository), request: { signal } };
  const short = sha.slice(0, 7);
  const [head, commit] = await Promise.all([headOf(base), commitOf(sha)]);
  const [parent] = commit.parents;
  if (parent === undefined) throw new PermanentError(`${short} is the first commit of all: there is nothing before it to go back to.`);
  const [before] = await Promise.all([commitOf(parent.sha), refuseForeign()]);
  return { openBranch, resetBranch, fillBranch };

  async function headOf(name: string) {
    const { data } = await asking('read', github.repos.getBranch({ ...place, branch: name }).catch(missing(`no branch "${name}"`)));
    return read(branch_shape, data).commit;
  }

  async function commitOf(commit_sha: string) {
    const { data } = await asking('read', github.git.getCommit({ ...place, commit_sha }).catch(missing(`no commit ${commit_sha}`)));
    return read(commit_shape, data);
  }

  /** Merging the inverse of a commit that never was on the branch would bring everything before it along. */
  async function refuseForeign(): Promise<void> {
    const basehead = `${head.sha}...${sha}`;
    const { data } = await asking('read', github.repos.compareCommitsWithBasehead({ ...place, basehead }));
    if (!['behind', 'identical'].includes(read(comparison_shape, data).status))
      throw new PermanentError(`${short} is not on the branch "${base}", so it cannot be taken back there.`);
  }

  async function openBranch(): Promise<boolean> {
    const made = await asking(
      repeatable,
      github.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: head.sha }).catch((error: unknown) => {
        // "Reference already exists", and GitHub's answer to any other fault of the name: resetting it will tell.
        if (statusOf(error) === 422) return null;
        throw error;
      }),
    );
    if (made === null) return false;
    read(ref_shape, made.data);
    return true;
  }

  async function resetBranch(): Promise<void> {
    const request = { ...place, ref: `heads/${branch}`, sha: head.sha, force: true };
    read(ref_shape, (await asking(repeatable, github.git.updateRef(request))).data);
  }

  async function fillBranch(): Promise<void> {
    const text = `${message}\n\nThis reverts commit ${sha}.`;
    const made = await asking(repeatable, github.git.createCommit({ ...place, message: text, tree: before.tree.sha, parents: [sha] }));
    const inverse = read(tree, made.data).sha;
    const merged = await asking(
      repeatable,
      github.repos.merge({ ...place, base: branch, head: inverse, commit_message: message }).catch((error: unknown) => {
        if (statusOf(error) === 409) return 'conflict' as const;
        throw error;
      }),
    );
    if (merged === 'conflict') return giveUp(`${short} cannot be taken back by itself: it conflicts with later changes.`);
    // 204: everything of it is there already. A merge that changes nothing says the same of what was taken back by other commits.
    const is_empty = Number(merged.status) === 204 || read(merge_shape, merged.data).commit.tree.sha === head.commit.tree.sha;
    if (is_empty) return giveUp(`There is nothing to take back: nothing of ${short} is left on "${base}".`);
  }

  async function giveUp(reason: string): Promise<never> {
    await asking(repeatable, github.git.deleteRef({ ...place, ref: `heads/${branch}` })).catch((error: unknown) => {
      if (!(error instanceof PermanentError)) throw error;
      throw new PermanentError(`${reason} The branch ${branch} could not be removed: ${error.message}`, { cause: error });
    });
    throw new PermanentError(reason);
  }

  function missing(what: string) {
    return (error: unknown): never => {
      throw statusOf(error) === 404 ? new PermanentError(`GitHub shows ${what} in ${repository}.`, { cause: error }) : error;
    };
  }
}

function read<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw garbled('GitHub', repeatable);
  return parsed.data;
}

/** What GitHub's API adds to the stored events of a repository. A slow or broken GitHub costs a draft little, and it says so. */
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

import { PermanentError } from '../../domain/executor.ts';
import type { Json } from '../../domain/text.ts';
import { placeOf } from './account.ts';
import { asking } from './client.ts';
import { readDeployment, readPullRequest, type Deployment } from './shapes.ts';

export interface Unread {
  /** Why some of it could not be read, in a few words; null when all of it was. */
  unreadable: string | null;
  /** GitHub refuses it to this token, and will tomorrow. */
  refused: boolean;
}

export interface DeploymentsRead extends Unread {
  /** One per status of each deployment, as a webhook would tell it. */
  told: Deployment[];
}

export interface CommitRead extends Unread {
  /** As stored objects of kind `pull_request` are. */
  facts: { kind: string; data: Json }[];
}

export interface GithubReader {
  /** The newest deployments of this repository that `counts` is true of, with what became of them. */
  deployments(repository: string, counts: (deployment: Deployment) => boolean, options: Freshness): Promise<DeploymentsRead>;
  /** The merged pull request whose merge commit this is. */
  pullRequestOf(repository: string, sha: string, options: Freshness): Promise<CommitRead>;
}

export interface Freshness {
  /** Before an action runs; otherwise what was read a moment ago will do, for a spike comes as hundreds of events. */
  fresh: boolean;
}

const read_ms_max = 2_000;
const remembered_ms_max = 15_000;
const listed_max = 30;
/** Each costs a request more. */
const followed_max = 3;

export function createGithubReader(github: Octokit, budget_ms = read_ms_max): GithubReader {
  const remembered = remembering();
  return {
    async deployments(repository, counts, { fresh }) {
      const read = (request: Within) => settle(deploymentsIn(github, repository, counts, request), []);
      const { found, ...unread } = await remembered(repository, fresh, () => read(within(budget_ms)));
      return { told: found, ...unread };
    },
    async pullRequestOf(repository, sha, { fresh }) {
      const read = (request: Within) => settle(mergedAs(github, repository, sha, request), []);
      const { found, ...unread } = await remembered(`${repository}@${sha}`, fresh, () => read(within(budget_ms)));
      return { facts: found, ...unread };
    },
  };
}

/** Gives an answer of a moment ago again, also to those who ask while it is still coming. */
function remembering() {
  const answers = new Map<string, { at_ms: number; answer: Promise<unknown> }>();
  return async <T>(question: string, fresh: boolean, ask: () => Promise<T>): Promise<T> => {
    const at_ms = Date.now();
    for (const [old, { at_ms: asked_ms }] of answers) if (at_ms - asked_ms > remembered_ms_max) answers.delete(old);
    const known = fresh ? undefined : answers.get(question);
    const answer = known === undefined ? ask() : (known.answer as Promise<T>);
    if (known === undefined) answers.set(question, { at_ms, answer });
    return answer;
  };
}

const within = (budget_ms: number): Within => ({ signal: AbortSignal.timeout(budget_ms) });

interface Within {
  signal: AbortSignal;
}

const json_list = z.array(z.json());

async function deploymentsIn(
  github: Octokit,
  repository: string,
  counts: (deployment: Deployment) => boolean,
  request: Within,
): Promise<Deployment[]> {
  const place = placeOf(repository);
  const { data } = await asking('read', github.repos.listDeployments({ ...place, per_page: listed_max, request }));
  const followed = json_list
    .parse(data)
    .flatMap((raw) => {
      const deployment = deploymentIn(repository, raw, null);
      return deployment !== null && counts(deployment) ? [{ raw, id: Number(deployment.id) }] : [];
    })
    .slice(0, followed_max);
  const told = await Promise.all(
    followed.map(async ({ raw, id }) => {
      const statuses = await asking(
        'read',
        github.repos.listDeploymentStatuses({ ...place, deployment_id: id, per_page: listed_max, request }),
      );
      return json_list.parse(statuses.data).map((status) => deploymentIn(repository, raw, status));
    }),
  );
  return told.flat().filter((deployment) => deployment !== null);
}

function deploymentIn(repository: string, deployment: Json, deployment_status: Json): Deployment | null {
  return readDeployment({ deployment, deployment_status, repository: { full_name: repository } });
}

async function mergedAs(github: Octokit, repository: string, sha: string, request: Within): Promise<CommitRead['facts']> {
  const place = placeOf(repository);
  const { data } = await asking('read', github.repos.listPullRequestsAssociatedWithCommit({ ...place, commit_sha: sha, request }));
  return json_list.parse(data).flatMap((raw) => {
    const request_read = readPullRequest({ pull_request: raw, repository: { full_name: repository } });
    if (request_read === null || request_read.merge_commit_sha !== sha || request_read.merged_at === null) return [];
    const { number, author, merged_by } = request_read;
    return [{ kind: 'pull_request', data: { number, repository, author, merged_by } }];
  });
}

async function settle<T>(read: Promise<T>, nothing: T): Promise<Unread & { found: T }> {
  try {
    return { found: await read, unreadable: null, refused: false };
  } catch (error) {
    return { found: nothing, ...whyUnread(error) };
  }
}

/** What is not there is an answer too, but a private repository looks the same to a token that may not see it. */
function whyUnread(error: unknown): Unread {
  const said = error instanceof Error && !(error instanceof z.ZodError) ? error.message : 'its answer could not be understood';
  return { unreadable: said.replace(/^GitHub /, 'it ').replace(/\.$/, ''), refused: error instanceof PermanentError };
}

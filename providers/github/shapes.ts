/**
 * GitHub's webhook payloads in our words: https://docs.github.com/en/webhooks/webhook-events-and-payloads.
 * A member that is absent or of another type reads as null.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { flag, id, instant, later, maybe, required_id, text } from '../tolerant.ts';

const login = maybe(z.string().regex(/^[\w.-]{1,100}(\[bot\])?$/));
const sha = maybe(
  z
    .string()
    .regex(/^[0-9a-f]{7,64}$/i)
    .transform((hex) => hex.toLowerCase()),
);

/** `type` is `Bot` for apps; their login ends with `[bot]`. */
const account = maybe(z.object({ login, type: text, email: text, name: text }));
export type Account = z.output<typeof account>;

/** `owner/name` as GitHub writes it; the service is its name in lower case. */
const repository = z
  .object({
    full_name: maybe(z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)),
    name: maybe(z.string().regex(/^[\w.-]{1,100}$/)),
    // Pushes once named the owner by `name` alone.
    owner: maybe(z.object({ login, name: login })),
    default_branch: text,
    pushed_at: instant,
    fork: flag,
  })
  .transform(({ name, owner, ...found }, context) => {
    const owner_name = owner?.login ?? owner?.name ?? null;
    const full_name = found.full_name ?? (owner_name === null || name === null ? null : `${owner_name}/${name}`);
    if (full_name !== null) return { ...found, full_name };
    context.addIssue('a repository is named by its owner and its name');
    return z.NEVER;
  })
  .transform((found) => ({
    ...found,
    subject: `github:repository:${found.full_name.toLowerCase()}`,
    organisation: found.full_name.split('/', 1)[0]?.toLowerCase() ?? '',
    service: found.full_name.split('/')[1]?.toLowerCase() ?? '',
  }));
export type Repository = z.output<typeof repository>;

/** What every webhook of a repository carries. */
const surroundings = z.object({ repository: maybe(repository), sender: account });

const commit = z
  .object({ id: sha, timestamp: instant, distinct: flag, author: commitPerson(), committer: commitPerson() })
  .transform((found) => ({ ...found, bot: isBot({ login: found.author?.login ?? null, type: null }) }));
export type Commit = z.output<typeof commit>;

const push = z
  .object({
    ref: z.string(),
    deleted: flag,
    created: flag,
    forced: flag,
    after: sha,
    head_commit: maybe(commit),
    commits: z.array(maybe(commit)).catch([]),
    pusher: maybe(z.object({ name: login, email: text })),
  })
  .extend(surroundings.shape)
  .transform(({ ref, commits, ...rest }) => ({
    ...rest,
    ref,
    /** Null when a tag was pushed. */
    branch: ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null,
    commits: commits.filter((one) => one !== null),
    /** By GitHub's clock, or by the developer's where that is later. */
    pushed_at: later(rest.repository?.pushed_at ?? null, rest.head_commit?.timestamp ?? null),
  }));
export type Push = z.output<typeof push>;

const workflow = maybe(z.object({ path: text }));
const deployed = z.object({
  id: required_id,
  sha,
  ref: text,
  task: text,
  environment: text,
  production_environment: flag,
  creator: account,
  created_at: instant,
  updated_at: instant,
});
const status = maybe(z.object({ id, state: text, environment: text, creator: account, created_at: instant, updated_at: instant }));

const deployment = z
  .object({ deployment: deployed, deployment_status: status, workflow, workflow_run: maybe(z.object({ path: text })) })
  .extend(surroundings.shape)
  .transform((told) => {
    const { deployment: made, deployment_status: said, repository: where } = told;
    return {
      id: made.id,
      repository: where?.full_name ?? null,
      service: where?.service ?? null,
      default_branch: where?.default_branch ?? null,
      sha: made.sha,
      ref: made.ref,
      task: made.task,
      /** As GitHub names it; null when the payload names none. */
      environment: said?.environment ?? made.environment,
      production_environment: made.production_environment,
      /** `created` until a status says more: `in_progress`, `success`, `failure`, `inactive` … */
      status: said === null ? 'created' : said.state,
      creator: made.creator,
      created_at: made.created_at,
      /** When this status was told. */
      changed_at: said === null ? (made.created_at ?? made.updated_at) : (said.created_at ?? said.updated_at),
      deployed_at: said?.state === 'success' ? (said.created_at ?? said.updated_at) : null,
      /** The workflow's file name, when a workflow deployed it. */
      workflow: fileName(told.workflow?.path ?? told.workflow_run?.path ?? null),
    };
  });
export type Deployment = z.output<typeof deployment>;

const pull_request = z
  .object({
    pull_request: z.object({
      number: z.int().positive(),
      title: text,
      user: account,
      base: maybe(z.object({ ref: text })),
      merged: flag,
      merged_at: instant,
      merge_commit_sha: sha,
      merged_by: account,
      updated_at: instant,
      closed_at: instant,
    }),
  })
  .extend(surroundings.shape)
  .transform(({ pull_request: { base, user, ...request }, repository: where }) => ({
    ...request,
    author: user,
    base_ref: base?.ref ?? null,
    repository: where?.full_name ?? null,
    service: where?.service ?? null,
  }));
export type PullRequest = z.output<typeof pull_request>;

export const readSurroundings = (payload: Json): z.output<typeof surroundings> =>
  surroundings.safeParse(payload).data ?? { repository: null, sender: null };
export const readPush = (payload: Json): Push | null => push.safeParse(payload).data ?? null;
/** Of a `deployment` or a `deployment_status` webhook. */
export const readDeployment = (payload: Json): Deployment | null => deployment.safeParse(payload).data ?? null;
export const readPullRequest = (payload: Json): PullRequest | null => pull_request.safeParse(payload).data ?? null;

/** Apps say `type: Bot`, and their login ends with `[bot]`. */
export function isBot(who: { login: string | null; type: string | null } | null): boolean {
  return who !== null && (who.type === 'Bot' || (who.login ?? '').toLowerCase().endsWith('[bot]'));
}

function commitPerson() {
  return maybe(z.object({ username: login, email: text, name: text })).transform(
    (person) => person && { login: person.username, email: person.email, name: person.name },
  );
}

function fileName(path: string | null): string | null {
  const name = path?.split('@', 1)[0]?.split('/').at(-1) ?? '';
  return /^[\w.-]+\.ya?ml$/.test(name) ? name : null;
}

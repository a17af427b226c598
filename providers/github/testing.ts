/** GitHub's webhooks as it documents them, cut down to what matters; tests sign them. */
import { createHmac } from 'node:crypto';

import type { Json } from '../../domain/text.ts';

type JsonObject = { [key: string]: Json };

export const github_secret = 'a secret for tests of GitHub';

/** The headers GitHub sends with this body. */
export function signGithub(body: string, secret: string, event = 'push'): Record<string, string> {
  return {
    'x-github-event': event,
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}

export interface GithubPerson {
  login: string;
  name?: string;
  email?: string;
  bot?: boolean;
}

const ana: GithubPerson = { login: 'ana-dev', name: 'Ana Dev', email: 'ana.dev@example.com' };

export interface GithubWhere {
  /** `owner/name`. */
  repository?: string;
  default_branch?: string;
  sender?: GithubPerson;
}

let count = 0;
const newSha = (): string => {
  count += 1;
  return createHmac('sha256', String(process.pid)).update(String(count)).digest('hex').slice(0, 40);
};

/** One commit as a push lists it. */
export function githubCommit(more: { sha?: string; at?: Date; author?: GithubPerson; message?: string } = {}): JsonObject {
  const { sha = newSha(), at = new Date(), author = ana, message = 'Round the total once' } = more;
  const person: JsonObject = {
    name: author.name ?? author.login,
    email: author.email ?? `${author.login}@example.com`,
    username: author.login,
  };
  return {
    id: sha,
    tree_id: newSha(),
    distinct: true,
    message,
    timestamp: iso(at),
    url: `https://github.com/acme/shop/commit/${sha}`,
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: ['src/total.ts'],
  };
}

/** A push to a branch; `commits` replaces the one commit by `author` at `at`. */
export function githubPush(
  more: GithubWhere & {
    ref?: string;
    at?: Date;
    author?: GithubPerson;
    commits?: JsonObject[];
    deleted?: boolean;
    forced?: boolean;
    overrides?: JsonObject;
  } = {},
): JsonObject {
  const { ref = 'refs/heads/main', at = new Date(), author = more.sender ?? ana, deleted = false, forced = false } = more;
  const commits = deleted ? [] : (more.commits ?? [githubCommit({ at, author })]);
  const head = commits.at(-1) ?? null;
  return {
    ref,
    before: newSha(),
    after: deleted ? '0'.repeat(40) : ((head as JsonObject | null)?.id ?? newSha()),
    created: false,
    deleted,
    forced,
    base_ref: null,
    compare: 'https://github.com/acme/shop/compare/a...b',
    commits,
    head_commit: head,
    ...where(more, { pushed_at: seconds(at), created_at: 1_557_933_565 }),
    pusher: { name: author.login, email: author.email ?? `${author.login}@example.com` },
    sender: user(more.sender ?? author),
    ...more.overrides,
  };
}

interface DeploymentOptions extends GithubWhere {
  id?: number;
  sha?: string;
  ref?: string;
  environment?: string;
  creator?: GithubPerson;
  created_at?: Date;
  overrides?: JsonObject;
}

/** A deployment that was asked for; nothing is deployed yet. */
export function githubDeployment(more: DeploymentOptions = {}): JsonObject {
  const { created_at = new Date() } = more;
  return {
    action: 'created',
    deployment: deploymentOf(more, created_at),
    ...where(more),
    sender: user(more.sender ?? more.creator ?? ana),
    ...more.overrides,
  };
}

/** What became of a deployment: `success` unless told otherwise; `workflow` is the file name of the workflow that deployed. */
export function githubDeploymentStatus(
  more: DeploymentOptions & { state?: string; at?: Date; workflow?: string | null; status_id?: number } = {},
): JsonObject {
  const { state = 'success', at = new Date(), created_at = new Date(at.getTime() - 60_000), workflow = null } = more;
  const path = `.github/workflows/${workflow ?? ''}`;
  count += 1;
  return {
    action: 'created',
    deployment_status: {
      id: more.status_id ?? 900_000_000 + count,
      node_id: 'MDE2',
      state,
      creator: user(more.creator ?? ana),
      description: '',
      environment: more.environment ?? 'production',
      target_url: '',
      log_url: '',
      environment_url: '',
      created_at: iso(at),
      updated_at: iso(at),
    },
    deployment: deploymentOf(more, created_at),
    check_run: null,
    ...(workflow === null
      ? {}
      : { workflow: { id: 7, name: 'Deploy', path, state: 'active' }, workflow_run: { id: 8, name: 'Deploy', path, event: 'push' } }),
    ...where(more),
    sender: user(more.sender ?? more.creator ?? ana),
    ...more.overrides,
  };
}

/** A pull request that was merged; `merged: false` for one that was closed. */
export function githubPullRequest(
  more: GithubWhere & {
    number?: number;
    title?: string;
    author?: GithubPerson;
    merge_commit_sha?: string;
    merged?: boolean;
    at?: Date;
    base?: string;
    overrides?: JsonObject;
  } = {},
): JsonObject {
  const { number = 12, title = 'Round the total once', author = ana, merged = true, at = new Date(), base = 'main' } = more;
  return {
    action: 'closed',
    number,
    pull_request: {
      id: 191_568_743,
      number,
      state: 'closed',
      title,
      user: user(author),
      body: 'Totals were rounded per line.',
      created_at: iso(new Date(at.getTime() - 3_600_000)),
      updated_at: iso(at),
      closed_at: iso(at),
      merged_at: merged ? iso(at) : null,
      merge_commit_sha: more.merge_commit_sha ?? newSha(),
      merged,
      merged_by: merged ? user(more.sender ?? author) : null,
      base: { ref: base, sha: newSha() },
      head: { ref: 'rounding', sha: newSha() },
    },
    ...where(more),
    sender: user(more.sender ?? author),
    ...more.overrides,
  };
}

function deploymentOf(
  { id = 145_988_746, sha, ref = 'main', environment = 'production', creator = ana }: DeploymentOptions,
  at: Date,
): JsonObject {
  return {
    id,
    node_id: 'MDEw',
    sha: sha ?? newSha(),
    ref,
    task: 'deploy',
    payload: {},
    original_environment: environment,
    environment,
    transient_environment: false,
    production_environment: environment === 'production',
    description: null,
    creator: user(creator),
    created_at: iso(at),
    updated_at: iso(at),
  };
}

function where({ repository = 'acme/shop', default_branch = 'main' }: GithubWhere, more: JsonObject = {}): JsonObject {
  const [owner = '', name = ''] = repository.split('/');
  return {
    repository: {
      id: 186_853_002,
      name,
      full_name: repository,
      private: true,
      owner: { login: owner, name: owner, type: 'Organization' },
      html_url: `https://github.com/${repository}`,
      fork: false,
      default_branch,
      ...more,
    },
    organization: { login: owner, id: 38_302_899 },
  };
}

function user({ login, email, bot = login.endsWith('[bot]') }: GithubPerson): JsonObject {
  return { login, id: 21_031_067, type: bot ? 'Bot' : 'User', site_admin: false, ...(email === undefined ? {} : { email }) };
}

const iso = (time: Date): string => time.toISOString().replace(/\.\d{3}Z$/, 'Z');
const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

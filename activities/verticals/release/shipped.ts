/** Who shipped what before a service broke: by stored events, GitHub's API when it is connected, and who is who. */
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Database } from '../../../prisma/database.ts';
import { team as readTeam } from '../../../prisma/told.ts';
import type { DeploymentsRead, Freshness, GithubReader, Unread } from '../../../providers/github/reads.ts';
import type { People } from '../people.ts';
import { changeOf } from './change.ts';
import { around, deployedOf, type Deployed, type Told } from './deployments.ts';
import { isProduction } from './environment.ts';
import type { FoundDeployment, ReleaseFacts, Shipper } from './facts-shape.ts';
import { commitFacts, deploymentStatuses, pushesBefore, repositoriesOf } from './history.ts';
import type { Incident } from './incident.ts';
import { candidatesOf, type Candidate, type Part } from './shippers.ts';

type Db = Pick<Database, 'sql'>;

export interface ShippedDeps {
  db: Db;
  /** Null when GitHub is not connected. */
  github: GithubReader | null;
  people: People;
}

export interface Shipped extends Pick<ReleaseFacts, 'deployment' | 'previous' | 'newer' | 'last_change'> {
  github: Unread;
  slack_unreadable: string | null;
}

export async function shippedBefore(
  { db, github, people }: ShippedDeps,
  event: StoredEvent,
  { names }: Incident,
  spike_at: string,
  options: Freshness,
): Promise<Shipped> {
  const { org_id } = event;
  const repositories = await repositoriesOf(db, org_id, names);
  const [stored, pushes, team, reads] = await Promise.all([
    deploymentStatuses(db, org_id, repositories),
    pushesBefore(db, org_id, repositories, spike_at),
    readTeam(db.sql, org_id),
    Promise.all(repositories.map((repository) => readDeployments(github, repository, options))),
  ]);
  const read = reads.flatMap(({ told }) => told.map((deployment) => ({ deployment, event_id: null })));
  const { last: newest, previous, newer } = around(spike_at, deployedOf([...stored, ...read]));
  const last = newest && { ...newest, default_branch: defaultBranchOf(newest, stored, pushes) };
  const unread = reads.find(({ unreadable }) => unreadable !== null) ?? null;
  const commit = last === null ? null : await changeShipped(db, unread === null ? github : null, org_id, last, options);

  const by = event.received_at;
  const resolver = resolverOf(people, org_id);
  const deployment = last && commit && (await found(last, commit, candidatesOf(commit.parts, team, by), resolver));
  const pushed = pushes
    .map((one) => ({ ...one, people: candidatesOf(partsOfPush(one.push), team, by) }))
    .find(({ people: who }) => who.length > 0);
  return {
    deployment,
    previous: previous && { id: previous.id, sha: previous.sha, at: previous.at, workflow: previous.workflow },
    newer: newer && { id: newer.id, sha: newer.sha, at: newer.at },
    last_change: await lastChangeOf(deployment, pushed, resolver),
    github: unread ?? commit?.read ?? unasked,
    slack_unreadable: resolver.unreadable(),
  };
}

type Pushes = Awaited<ReturnType<typeof pushesBefore>>;

/** Every webhook of a repository tells it, but not GitHub's list of deployments. */
function defaultBranchOf({ repository, default_branch }: Deployed, stored: readonly Told[], pushes: Pushes): string | null {
  if (default_branch !== null) return default_branch;
  const told = [
    ...stored.map(({ deployment }) => ({ in: deployment.repository, branch: deployment.default_branch })),
    ...pushes.map(({ push }) => ({ in: push.repository?.full_name, branch: push.repository?.default_branch ?? null })),
  ];
  return told.find((one) => one.in?.toLowerCase() === repository.toLowerCase() && one.branch !== null)?.branch ?? null;
}

const unasked: DeploymentsRead = { told: [], unreadable: null, refused: false };

async function readDeployments(github: GithubReader | null, repository: string, options: Freshness): Promise<DeploymentsRead> {
  if (github === null) return unasked;
  return github.deployments(
    repository,
    ({ environment, production_environment }) => isProduction(environment, production_environment),
    options,
  );
}

async function changeShipped(db: Db, github: GithubReader | null, org_id: string, last: Deployed, options: Freshness) {
  const known = changeOf(last, await commitFacts(db, org_id, last.sha));
  if (github === null || known.pull_request !== null) return { ...known, read: unasked };
  const read = await github.pullRequestOf(last.repository, last.sha, options);
  return { ...changeOf(last, [...known.facts, ...read.facts]), read };
}

async function found(
  last: Deployed,
  { pull_request }: { pull_request: number | null },
  candidates: Candidate[],
  resolver: Resolver,
): Promise<FoundDeployment> {
  const { id, repository, sha, ref, default_branch, workflow, at, assumed, event_id } = last;
  return {
    id,
    repository,
    sha,
    ref,
    default_branch,
    workflow,
    at,
    assumed,
    event_id,
    pull_request,
    people: await resolver.shippers(candidates),
  };
}

function partsOfPush({ head_commit, sender }: Pushes[number]['push']): Part[] {
  return [
    { part: 'wrote', account: head_commit?.author ?? null },
    { part: 'committed', account: head_commit?.committer ?? null },
    { part: 'pushed', account: sender },
  ];
}

/** The later of the last push by a person and the last deployment by one. */
async function lastChangeOf(
  deployment: FoundDeployment | null,
  pushed: { at: string; event_id: string; people: Candidate[] } | undefined,
  resolver: Resolver,
): Promise<ReleaseFacts['last_change']> {
  if (deployment !== null && deployment.people.length > 0 && (pushed === undefined || Date.parse(deployment.at) >= Date.parse(pushed.at)))
    return { at: deployment.at, event_id: deployment.event_id, what: 'deployment', people: deployment.people };
  return pushed === undefined
    ? null
    : { at: pushed.at, event_id: pushed.event_id, what: 'push', people: await resolver.shippers(pushed.people) };
}

interface Resolver {
  shippers(candidates: readonly Candidate[]): Promise<Shipper[]>;
  unreadable(): string | null;
}

/** Finds people's Slack users, and remembers whether Slack could be read. */
function resolverOf(people: People, org_id: string): Resolver {
  let unreadable: string | null = null;
  return {
    async shippers(candidates) {
      const shippers: Shipper[] = [];
      for (const { login, email, name, part } of candidates) {
        const known = await people.slackUserOf(org_id, { email, github_login: login });
        unreadable ??= known.unreadable;
        shippers.push({ login, name: name ?? known.user?.name ?? null, part, slack_user_id: known.user?.slack_user_id ?? null });
      }
      return shippers;
    },
    unreadable: () => unreadable,
  };
}

/** Which deployment a spike came after, from everything that was told of a service's deployments. Pure. */
import type { Account, Deployment } from '../../../providers/github/shapes.ts';
import { isProduction } from './environment.ts';

/** One status of one deployment, as an event or GitHub's API showed it. */
export interface Told {
  deployment: Deployment;
  /** Null when the API showed it. */
  event_id: string | null;
}

/** A deployment to production that succeeded, as far as anybody told. Times are ISO 8601. */
export interface Deployed {
  id: string;
  /** `owner/name`. */
  repository: string;
  sha: string;
  ref: string | null;
  default_branch: string | null;
  /** The workflow's file name; null when no workflow is known to have deployed it. */
  workflow: string | null;
  creator: Account;
  began_at: string;
  /** When it succeeded; when it was made, if that is assumed. */
  at: string;
  /** No status of it was ever told, for those who deploy need not tell one. */
  assumed: boolean;
  event_id: string | null;
}

/** The newest first. One that failed, or that some status shows not to have succeeded yet, is not among them. */
export function deployedOf(told: readonly Told[]): Deployed[] {
  const by_deployment = Map.groupBy(
    told.filter(({ deployment }) => isProduction(deployment.environment, deployment.production_environment)),
    ({ deployment }) => `${deployment.repository?.toLowerCase()}#${deployment.id}`,
  );
  return [...by_deployment.values()]
    .map((told) => successOf(told) ?? untold(told))
    .filter((deployed) => deployed !== null)
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || Date.parse(b.began_at) - Date.parse(a.began_at));
}

const outcomes: readonly (string | null)[] = ['success', 'failure', 'error'];

function successOf(statuses: Told[]): Deployed | null {
  const told = statuses.toSorted((a, b) => timeOf(a) - timeOf(b));
  const last = told.findLast(({ deployment }) => outcomes.includes(deployment.status));
  if (last?.deployment.status !== 'success') return null;
  const { deployment, event_id } = told.find(({ deployment: one, event_id: id }) => one.status === 'success' && id !== null) ?? last;
  return deployedBy(told, { deployment, event_id }, deployment.deployed_at);
}

/** One that was only ever told to have been made. */
function untold(told: Told[]): Deployed | null {
  const [first] = told;
  if (first === undefined || told.some(({ deployment }) => deployment.status !== 'created')) return null;
  const deployed = deployedBy(told, first, null);
  return deployed && { ...deployed, assumed: true };
}

function deployedBy(told: readonly Told[], { deployment, event_id }: Told, deployed_at: string | null): Deployed | null {
  const { repository, sha, created_at } = deployment;
  const succeeded = deployed_at ?? created_at;
  if (repository === null || sha === null || succeeded === null) return null;
  return {
    id: deployment.id,
    repository,
    sha,
    ref: deployment.ref,
    // The API tells neither of these, and not every webhook does.
    default_branch: told.find((one) => one.deployment.default_branch !== null)?.deployment.default_branch ?? null,
    workflow: told.find((one) => one.deployment.workflow !== null)?.deployment.workflow ?? null,
    creator: deployment.creator,
    began_at: created_at ?? succeeded,
    // A deployment cannot have succeeded before it was made.
    at: created_at !== null && created_at > succeeded ? created_at : succeeded,
    assumed: false,
    event_id,
  };
}

const timeOf = ({ deployment }: Told): number => Date.parse(deployment.changed_at ?? deployment.created_at ?? '') || 0;

export interface Around {
  /** The newest one that was there when it broke, however old. */
  last: Deployed | null;
  /** What ran before that: the newest earlier one of another commit that is known to have succeeded. */
  previous: Deployed | null;
  /** The newest of all that is known to have succeeded, when that came after. */
  newer: Deployed | null;
}

/** Errors begin while a version rolls out, before its success is told: one that takes no longer than this still came first. */
const rollout_minutes_max = 30;

export function around(spike_at: string, deployed: readonly Deployed[]): Around {
  const last = deployed.find((candidate) => wasThere(candidate, spike_at)) ?? null;
  if (last === null) return { last, previous: null, newer: deployed.find(({ assumed }) => !assumed) ?? null };
  const place = deployed.indexOf(last);
  return {
    last,
    previous:
      deployed.slice(place + 1).find(({ repository, sha, assumed }) => repository === last.repository && sha !== last.sha && !assumed) ??
      null,
    newer: deployed.slice(0, place).find(({ assumed }) => !assumed) ?? null,
  };
}

function wasThere({ began_at, at }: Deployed, spike_at: string): boolean {
  const spike_ms = Date.parse(spike_at);
  if (Date.parse(at) <= spike_ms) return true;
  return Date.parse(began_at) <= spike_ms && Date.parse(at) - Date.parse(began_at) <= rollout_minutes_max * 60_000;
}

/** Everything the Release rules look at, as JSON: it is kept in the graph's checkpoint. Times are ISO 8601. */
import type { Deployed } from './deployments.ts';

export interface ReleaseFacts {
  event_id: string;
  /** Reported by a person rather than signed by Sentry. */
  reported: boolean;
  /** The name of the incident: the issue, or for an alert its service. */
  subject: string;
  /** In lower case; null when neither the event nor a stored issue names one. */
  service: string | null;
  /** As named; null when none is. */
  environment: string | null;
  issue_id: string | null;
  spike_at: string;
  /** What ended it; null while it goes on. */
  settled: string | null;
  /** The window that it happened or arrived in. */
  maintenance: { end: string } | null;
  /** Fractions. */
  error_rate: {
    value: number;
    baseline: number | null;
    from: 'context' | 'sentry';
    as_of: string;
    /** The alert that measured it; null when a person told it. */
    event_id: string | null;
  } | null;
  tickets: { last_hour: number; baseline_per_hour: number; from: 'context' | 'computed' } | null;
  /** Since when production is down, and who says so. */
  down: { since: string; from: 'context' | 'sentry' } | null;
  /** The newest production deployment before the spike that did not fail, however old. */
  deployment: FoundDeployment | null;
  /** The successful production deployment of another commit before that. */
  previous: { id: string; sha: string; at: string; workflow: string | null } | null;
  /** The newest one of all, when it came after the one above. */
  newer: { id: string; sha: string; at: string } | null;
  /** Who changed the service last before the spike, by deployments and pushes. */
  last_change: { at: string; event_id: string | null; what: 'deployment' | 'push'; people: Shipper[] } | null;
  slack: {
    connected: boolean;
    /** Why Slack could not be read just now; null when it was, or is not connected. */
    unreadable: string | null;
  };
  github: {
    revert_connected: boolean;
    revert_commit_connected: boolean;
    redeploy_connected: boolean;
    unreadable: string | null;
  };
}

export interface FoundDeployment extends Omit<Deployed, 'creator' | 'began_at'> {
  /** The merged pull request whose merge commit was deployed. */
  pull_request: number | null;
  /** The first one shipped it; one further down is asked when nobody before has a Slack user. */
  people: Shipper[];
}

export interface Shipper {
  login: string;
  /** As an owner or Slack told it. */
  name: string | null;
  part: 'deployed' | 'wrote' | 'merged' | 'committed' | 'pushed';
  slack_user_id: string | null;
}

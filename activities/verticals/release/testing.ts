/** Facts of one spike after a deployment, for tests of what is made from them. */
import type { FoundDeployment, ReleaseFacts, Shipper } from './facts-shape.ts';

export const ana: Shipper = { login: 'ana-dev', name: 'Ana', part: 'deployed', slack_user_id: 'U0ANA' };

export function sampleDeployment(more: Partial<FoundDeployment> = {}): FoundDeployment {
  return {
    id: '145988746',
    repository: 'acme/shop',
    sha: 'a'.repeat(40),
    ref: 'main',
    default_branch: 'main',
    workflow: 'deploy.yml',
    at: '2026-11-20T10:00:00.000Z',
    assumed: false,
    event_id: '0197a000-0000-7000-8000-000000000002',
    pull_request: 12,
    people: [ana],
    ...more,
  };
}

/** A spike at 11:50 for a clock that shows 12:00. */
export function sampleFacts(more: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return {
    event_id: '0197a000-0000-7000-8000-000000000001',
    reported: false,
    subject: 'sentry:issue:42',
    service: 'shop',
    environment: 'production',
    issue_id: '42',
    spike_at: '2026-11-20T11:50:00.000Z',
    settled: null,
    maintenance: null,
    error_rate: { value: 0.05, baseline: 0.002, from: 'context', as_of: '2026-11-20T11:55:00.000Z', event_id: null },
    tickets: null,
    down: null,
    deployment: sampleDeployment(),
    previous: { id: '145988745', sha: 'b'.repeat(40), at: '2026-11-19T10:00:00.000Z', workflow: 'deploy.yml' },
    newer: null,
    last_change: null,
    slack: { connected: true, unreadable: null },
    github: { revert_connected: true, revert_commit_connected: true, redeploy_connected: true, unreadable: null },
    ...more,
  };
}

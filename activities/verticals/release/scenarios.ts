/**
 * Labelled cases of Release. Payloads are as Sentry and GitHub document them:
 * https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
 */
import type { Json } from '../../../domain/text.ts';
import {
  githubCommit,
  githubDeployment,
  githubDeploymentStatus,
  githubPullRequest,
  githubPush,
} from '../../../providers/github/testing.ts';
import { sentryError, sentryIssue, sentryIssueAlert, sentryLegacyAlert, sentryMetricAlert } from '../../../providers/sentry/testing.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';
import { sparse } from './scenarios-sparse.ts';

type JsonObject = { [key: string]: Json };
type Deliveries = Course['deliveries'];
type Age = Parameters<Moment['ago']>[0];

const ana = { login: 'ana-dev', name: 'Ana Dev' };
const ben = { login: 'ben-dev', name: 'Ben Dev' };
const bot = { login: 'github-actions[bot]', bot: true };
const new_sha = 'a'.repeat(40);
const old_sha = 'b'.repeat(40);

const team: Json = [
  { github_login: 'ana-dev', name: 'Ana', email: 'ana@example.com', slack_user_id: 'U0ANA' },
  { github_login: 'Ben-Dev', name: 'Ben', email: 'ben@example.com', slack_user_id: 'U0BEN' },
  { github_login: 'cleo-dev', name: 'Cleo', email: 'cleo@example.com' },
];
const measured = (error_rate: number, more: JsonObject = {}): JsonObject => ({
  service: 'shop',
  environment: 'production',
  error_rate,
  ...more,
});
const context: JsonObject = { team, metrics: [measured(0.05)] };
const both: Course['connected'] = ['slack', 'github'];

const sentry = (payload: Json, headers: Record<string, string> = {}): Deliveries[number] => ({ source: 'sentry', payload, headers });
const github = (event: string, payload: Json): Deliveries[number] => ({ source: 'github', payload, headers: { 'x-github-event': event } });
const sentAt = (time: Date) => ({ 'sentry-hook-timestamp': String(Math.floor(time.getTime() / 1_000)) });

type DeploymentOptions = NonNullable<Parameters<typeof githubDeploymentStatus>[0]>;
const deployed = (at: Date, more: DeploymentOptions = {}) =>
  github('deployment_status', githubDeploymentStatus({ at, sha: new_sha, creator: ana, workflow: 'deploy.yml', ...more }));
const merged = (at: Date, more: Parameters<typeof githubPullRequest>[0] = {}) =>
  github('pull_request', githubPullRequest({ at, number: 12, author: ana, merge_commit_sha: new_sha, ...more }));
/** A pull request that was merged, and deployed two hours ago. */
const shipped = ({ ago }: Moment) => [merged(ago({ hours: 3 })), deployed(ago({ hours: 2 }))];
const issue = (at: Date, more: Parameters<typeof sentryIssue>[1] = {}) =>
  sentry(sentryIssue('created', { id: '42', first_seen: at, environment: 'production', ...more }));

type Urgency = Course['expect'][number]['urgency'];
const revert = (urgency: Urgency = 'high', subject = 'sentry:issue:42') => ({
  vertical: 'release' as const,
  action_type: 'api_call',
  operation: 'github.revert_pull_request',
  urgency,
  subject,
});
const revert_commit = (urgency: Urgency = 'high') => ({ ...revert(urgency), operation: 'github.revert_commit' });
const redeploy = (urgency: Urgency = 'high') => ({ ...revert(urgency), operation: 'github.redeploy' });
const message = (to = 'U0ANA', urgency: Urgency = 'high', subject = 'sentry:issue:42') => ({
  vertical: 'release' as const,
  action_type: 'slack_dm',
  urgency,
  subject,
  to,
});
const rollback_and_message = [revert(), message()];
const nothing = (reason: RegExp) => ({ expect: [], reason });

function scenario(name: string, build: (at: Moment) => Pick<Course, 'deliveries' | 'expect'> & Partial<Course>): Scenario {
  return { name, build: (at) => ({ context, connected: both, ...build(at) }) };
}

/** A fresh issue after what was shipped, with other metrics or things told. */
function told(name: string, extra: JsonObject, outcome: Pick<Course, 'expect' | 'reason'>): Scenario {
  return scenario(name, (at) => ({
    context: { ...context, ...extra },
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    ...outcome,
  }));
}

/** A fresh issue after one deployment that a person made. */
function after(name: string, deliveries: (at: Moment) => Deliveries, expect: Course['expect']): Scenario {
  return scenario(name, (at) => ({ deliveries: [...deliveries(at), issue(at.ago({ minutes: 5 }))], expect }));
}

const error_rates: Scenario[] = [
  told('an error rate above 2 % after a deployment is a rollback and a message', {}, { expect: rollback_and_message }),
  told('2 % exactly is not above 2 %', { metrics: [measured(0.02)] }, nothing(/not above 2 %/)),
  told('2.01 % is above 2 %', { metrics: [measured(0.0201)] }, { expect: rollback_and_message }),
  told('1.99 % is not above 2 %', { metrics: [measured(0.0199)] }, nothing(/not above 2 %/)),
  told(
    'an error rate of another service says nothing',
    { metrics: [measured(0.5, { service: 'search' })] },
    nothing(/error rate is not known/),
  ),
  told('an error rate of another environment says nothing', { metrics: [measured(0.5, { environment: 'staging' })] }, nothing(/not known/)),
  told('one error rate for all services counts for each', { metrics: { error_rate: 0.05 } }, { expect: rollback_and_message }),
  told(
    'the service is named in any case',
    { metrics: [measured(0.05, { service: 'Shop', environment: 'Production' })] },
    { expect: rollback_and_message },
  ),
  scenario('an error rate that was told more than an hour before has lapsed', (at) => ({
    deliveries: [...shipped(at), { ...issue(at.ahead({ minutes: 62 })), received_at: at.ahead({ minutes: 62 }) }],
    ...nothing(/error rate is not known/),
  })),
  scenario('an error rate that was told within the hour counts', (at) => ({
    deliveries: [...shipped(at), { ...issue(at.ahead({ minutes: 58 })), received_at: at.ahead({ minutes: 58 }) }],
    expect: rollback_and_message,
  })),
  scenario('without any figure the error rate is not known', (at) => ({
    context: { team },
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    ...nothing(/error rate is not known/),
  })),
  scenario('a metric alert on the failure rate says it itself', (at) => ({
    context: { team },
    deliveries: [...shipped(at), failureRate(at, '0.0213')],
    expect: [revert('high', 'service:shop'), message('U0ANA', 'high', 'service:shop')],
  })),
  scenario('a measured failure rate of 2 % exactly is not above 2 %', (at) => ({
    context: { team },
    deliveries: [...shipped(at), failureRate(at, '0.02')],
    ...nothing(/not above 2 %/),
  })),
  told(
    'a surge of tickets changes nothing but the card',
    { metrics: [measured(0.05, { tickets_last_hour: 9, tickets_baseline_per_hour: 3 })] },
    { expect: rollback_and_message },
  ),
  told(
    'a surge of tickets alone is none',
    { metrics: [measured(0.01, { tickets_last_hour: 90, tickets_baseline_per_hour: 3 })] },
    nothing(/not above 2 %/),
  ),
];

function failureRate({ ago }: Moment, value: string): Deliveries[number] {
  const payload = sentryMetricAlert('critical', { detected_at: ago({ minutes: 5 }), started_at: ago({ minutes: 15 }) });
  const data = { ...(payload.data as JsonObject), description_text: `${value} failure_rate() in the last 10 minutes` };
  return sentry({ ...payload, data });
}

const triggers: Scenario[] = [
  scenario('an issue alert', (at) => ({
    deliveries: [...shipped(at), sentry(sentryIssueAlert({ issue_id: '42', at: at.ago({ minutes: 5 }) }))],
    expect: rollback_and_message,
  })),
  scenario('an issue alert of the older webhooks plugin', (at) => ({
    deliveries: [...shipped(at), sentry(sentryLegacyAlert({ issue_id: '42', at: at.ago({ minutes: 5 }) }))],
    expect: rollback_and_message,
  })),
  scenario('a single error', (at) => ({
    deliveries: [...shipped(at), sentry(sentryError({ issue_id: '42', at: at.ago({ minutes: 5 }) }))],
    expect: rollback_and_message,
  })),
  scenario('an issue that came back', (at) => ({
    deliveries: [
      ...shipped(at),
      sentry(sentryIssue('unresolved', { id: '42', first_seen: at.ago({ days: 30 }), last_seen: at.ago({ minutes: 5 }) })),
    ],
    expect: rollback_and_message,
  })),
  ...(['critical', 'warning'] as const).map((state) =>
    scenario(`a metric alert that is ${state}`, (at) => ({
      deliveries: [...shipped(at), sentry(sentryMetricAlert(state, { aggregate: 'count()', detected_at: at.ago({ minutes: 5 }) }))],
      expect: [revert('high', 'service:shop'), message('U0ANA', 'high', 'service:shop')],
    })),
  ),
  scenario('an issue that was assigned starts nothing', (at) => ({
    deliveries: [...shipped(at), sentry(sentryIssue('assigned', { id: '42', first_seen: at.ago({ minutes: 5 }) }))],
    ...nothing(/no procedure lists issue.assigned/),
  })),
  scenario('a deployment alone is none', (at) => ({ deliveries: shipped(at), ...nothing(/a deployment alone asks for nothing/) })),
];

const deployments: Scenario[] = [
  scenario('a deployment of exactly 24 hours before counts', ({ ago }) => ({
    deliveries: [deployed(ago({ hours: 24, minutes: 5 })), merged(ago({ hours: 25 })), issue(ago({ minutes: 5 }))],
    expect: rollback_and_message,
  })),
  scenario('a deployment of a second more than 24 hours before does not: the message alone', ({ ago }) => ({
    deliveries: [deployed(ago({ hours: 24, minutes: 5, seconds: 1 })), merged(ago({ hours: 25 })), issue(ago({ minutes: 5 }))],
    expect: [message()],
  })),
  after(
    'a deployment after the spike did not cause it',
    ({ ago }) => [merged(ago({ hours: 1 })), deployed(ago({ minutes: 1 })), pushed(ago({ hours: 5 }), ben)],
    [message('U0BEN')],
  ),
  after(
    'a deployment to staging does not count',
    ({ ago }) => [merged(ago({ hours: 3 })), deployed(ago({ hours: 2 }), { environment: 'staging' }), pushed(ago({ hours: 4 }), ben)],
    [message('U0BEN')],
  ),
  after(
    'a deployment that failed does not count',
    ({ ago }) => [merged(ago({ hours: 3 })), deployed(ago({ hours: 2 }), { state: 'failure' }), pushed(ago({ hours: 4 }), ben)],
    [message('U0BEN')],
  ),
  after(
    'a deployment that has not ended does not count',
    ({ ago }) => [
      github('deployment', githubDeployment({ created_at: ago({ hours: 2 }), sha: new_sha })),
      deployed(ago({ hours: 2 }), { state: 'in_progress' }),
      pushed(ago({ hours: 4 }), ben),
    ],
    [message('U0BEN')],
  ),
  after(
    'a deployment of which no status is told counts from when it was made',
    ({ ago }) => [
      merged(ago({ hours: 3 })),
      github('deployment', githubDeployment({ created_at: ago({ hours: 2 }), sha: new_sha, creator: ana })),
    ],
    rollback_and_message,
  ),
  after(
    'a deployment of which no status is told counts for no longer than others',
    ({ ago }) => [
      merged(ago({ hours: 26 })),
      github('deployment', githubDeployment({ created_at: ago({ hours: 25 }), sha: new_sha, creator: ana })),
    ],
    [message()],
  ),
  after(
    'statuses may arrive in any order',
    ({ ago }) => [
      deployed(ago({ hours: 2 }), { id: 1 }),
      deployed(ago({ hours: 2, minutes: 3 }), { id: 1, state: 'in_progress' }),
      merged(ago({ hours: 3 })),
    ],
    rollback_and_message,
  ),
  after(
    'a deployment that was made inactive by a later one is still known',
    ({ ago }) => [
      merged(ago({ hours: 3 })),
      deployed(ago({ hours: 2 }), { id: 1 }),
      deployed(ago({ hours: 1 }), { id: 1, state: 'inactive' }),
    ],
    rollback_and_message,
  ),
  after(
    'a deployment that names no environment is to production',
    ({ ago }) => {
      const payload = githubDeploymentStatus({ at: ago({ hours: 2 }), sha: new_sha, creator: ana });
      for (const part of ['deployment', 'deployment_status']) delete (payload[part] as JsonObject).environment;
      return [merged(ago({ hours: 3 })), github('deployment_status', payload)];
    },
    rollback_and_message,
  ),
  after(
    'a commit of no known pull request goes back to what ran before',
    ({ ago }) => [deployed(ago({ hours: 30 }), { id: 1, sha: old_sha }), deployed(ago({ hours: 2 }), { id: 2 })],
    [redeploy(), message()],
  ),
  after('a first deployment of no known pull request is taken back as the commit that it is', ({ ago }) => [deployed(ago({ hours: 2 }))], [
    revert_commit(),
    message(),
  ]),
  after('a commit that nothing but its deployment tells of is taken back', ({ ago }) => [onlyDeployed(ago({ hours: 2 }))], [
    revert_commit(),
  ]),
  after(
    'an earlier deployment of which no workflow is known is nothing to go back to',
    ({ ago }) => [
      deployed(ago({ hours: 30 }), { id: 1, sha: old_sha, workflow: null }),
      deployed(ago({ hours: 2 }), { id: 2, workflow: null }),
    ],
    [revert_commit(), message()],
  ),
  after(
    'a direct push that was deployed is taken back, and who pushed is asked',
    ({ ago }) => [
      github(
        'push',
        githubPush({ at: ago({ hours: 3 }), author: ben, commits: [githubCommit({ at: ago({ hours: 3 }), sha: new_sha, author: ben })] }),
      ),
      deployed(ago({ hours: 2 }), { creator: bot, workflow: null }),
    ],
    [revert_commit(), message('U0BEN')],
  ),
  after(
    'a deployment of another repository does not count',
    ({ ago }) => [deployed(ago({ hours: 2 }), { repository: 'acme/search' }), pushed(ago({ hours: 4 }), ben)],
    [message('U0BEN')],
  ),
  after(
    'the repository is named in any case',
    ({ ago }) => [merged(ago({ hours: 3 }), { repository: 'Acme/Shop' }), deployed(ago({ hours: 2 }), { repository: 'Acme/Shop' })],
    rollback_and_message,
  ),
];

/** As little as a deployment can say of itself. */
function onlyDeployed(at: Date): Deliveries[number] {
  return github('deployment_status', {
    deployment: { id: 7, sha: new_sha, created_at: at.toISOString() },
    deployment_status: { state: 'success', created_at: at.toISOString() },
    repository: { full_name: 'acme/shop' },
  });
}

const people: Scenario[] = [
  after(
    'a bot deployed what a person wrote',
    ({ ago }) => [merged(ago({ hours: 3 }), { author: ben }), deployed(ago({ hours: 2 }), { creator: bot })],
    [revert(), message('U0BEN')],
  ),
  after(
    'a bot deployed what a bot wrote and a person merged',
    ({ ago }) => [
      merged(ago({ hours: 3 }), { author: { login: 'renovate[bot]', bot: true }, sender: ben }),
      deployed(ago({ hours: 2 }), { creator: bot }),
    ],
    [revert(), message('U0BEN')],
  ),
  after(
    'a bot gets no message',
    ({ ago }) => [merged(ago({ hours: 3 }), { author: bot, sender: bot }), deployed(ago({ hours: 2 }), { creator: bot })],
    [revert()],
  ),
  after(
    'who has no linked Slack user gets no message',
    ({ ago }) => [
      merged(ago({ hours: 3 }), { author: { login: 'cleo-dev' } }),
      deployed(ago({ hours: 2 }), { creator: { login: 'cleo-dev' } }),
    ],
    [revert()],
  ),
  scenario('who has left gets no message', (at) => ({
    context: { ...context, team: [{ github_login: 'ana-dev', slack_user_id: 'U0ANA', departed_at: at.ago({ days: 3 }).toISOString() }] },
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    expect: [revert()],
  })),
  after(
    'without a deployment the last committer is asked, and no bot',
    ({ ago }) => [
      pushed(ago({ hours: 9 }), ana),
      pushed(ago({ hours: 4 }), ben),
      pushed(ago({ hours: 2 }), { login: 'renovate[bot]', bot: true }),
    ],
    [message('U0BEN')],
  ),
  after(
    'a push to another branch changed nothing that runs',
    ({ ago }) => [
      pushed(ago({ hours: 9 }), ben),
      github('push', githubPush({ at: ago({ hours: 2 }), author: ana, ref: 'refs/heads/try' })),
    ],
    [message('U0BEN')],
  ),
  scenario('when nobody is known and nothing was deployed, nothing can be drafted', ({ ago }) => ({
    deliveries: [issue(ago({ minutes: 5 }))],
    ...nothing(/nothing can be drafted/),
  })),
];

function pushed(at: Date, author: { login: string; bot?: boolean }): Deliveries[number] {
  return github('push', githubPush({ at, author, commits: [githubCommit({ at, author })] }));
}

const connections: Scenario[] = [
  scenario('without GitHub the message alone', (at) => ({
    connected: ['slack'],
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    expect: [message()],
  })),
  scenario('without GitHub no commit is taken back either', (at) => ({
    connected: ['slack'],
    deliveries: [deployed(at.ago({ hours: 2 })), issue(at.ago({ minutes: 5 }))],
    expect: [message()],
  })),
  scenario('without either the reason names the commit that could be taken back', (at) => ({
    connected: [],
    deliveries: [onlyDeployed(at.ago({ hours: 2 })), issue(at.ago({ minutes: 5 }))],
    ...nothing(/With GitHub connected \(GITHUB_TOKEN\), reverting commit aaaaaaa would be offered/),
  })),
  scenario('with a GitHub that cannot be read the deployed commit is taken back', (at) => ({
    unreadable: ['github'],
    deliveries: [deployed(at.ago({ hours: 2 })), issue(at.ago({ minutes: 5 }))],
    expect: [revert_commit(), message()],
  })),
  scenario('with a GitHub that cannot be read a pull request that was stored is reverted all the same', (at) => ({
    unreadable: ['github'],
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    expect: rollback_and_message,
  })),
  scenario('without Slack the rollback alone', (at) => ({
    connected: ['github'],
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    expect: [revert()],
  })),
  scenario('without either nothing, and the reason says what connecting would add', (at) => ({
    connected: [],
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    ...nothing(/With GitHub connected .* With Slack connected/),
  })),
];

const environments: Scenario[] = [
  ...['staging', 'preview', 'development'].map((environment) =>
    scenario(`an issue in ${environment} is none`, (at) => ({
      deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }), { environment })],
      ...nothing(/another environment/),
    })),
  ),
  scenario('an event in staging is none', (at) => ({
    deliveries: [...shipped(at), sentry(sentryIssueAlert({ issue_id: '42', environment: 'staging', at: at.ago({ minutes: 5 }) }))],
    ...nothing(/another environment/),
  })),
  scenario('a metric alert for staging is none', (at) => ({
    deliveries: [...shipped(at), sentry(sentryMetricAlert('critical', { environment: 'staging', detected_at: at.ago({ minutes: 5 }) }))],
    ...nothing(/another environment/),
  })),
  scenario('no environment named is production', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }), { environment: null })],
    expect: rollback_and_message,
  })),
  window('a maintenance window that it broke in', { hours: 1 }, { hours: 1 }, nothing(/maintenance window/)),
  window('a maintenance window that ended just before', { hours: 2 }, { minutes: -6 }, { expect: rollback_and_message }),
  window('a maintenance window that begins later', { minutes: -1 }, { hours: 2 }, { expect: rollback_and_message }),
  window('a maintenance window of another service', { hours: 1 }, { hours: 1 }, { expect: rollback_and_message }, 'search'),
];

function window(name: string, since: Age, until: Age, outcome: Pick<Course, 'expect' | 'reason'>, service = 'shop'): Scenario {
  return scenario(name, (at) => ({
    context: { ...context, maintenance_windows: [{ service, start: at.ago(since).toISOString(), end: at.ahead(until).toISOString() }] },
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    ...outcome,
  }));
}

const urgent = [revert('critical'), message('U0ANA', 'critical')];

function down(name: string, since: Age, expect: Course['expect'], more: JsonObject = {}): Scenario {
  return scenario(name, (at) => ({
    context: { ...context, incidents: [{ service: 'shop', status: 'down', started_at: at.ago(since).toISOString(), ...more }] },
    deliveries: [...shipped(at), issue(at.ago({ minutes: 5 }))],
    expect,
  }));
}

function outage(name: string, since: Age, expect: Course['expect']): Scenario {
  return scenario(name, (at) => ({
    deliveries: [...shipped(at), issue(at.ago(since), { category: 'outage' })],
    expect,
  }));
}

const urgencies: Scenario[] = [
  down('down for 15 minutes exactly is not critical', { minutes: 15 }, rollback_and_message),
  down('down for more than 15 minutes is critical', { minutes: 15, seconds: 1 }, urgent),
  down('degraded for an hour is not down', { hours: 1 }, rollback_and_message, { status: 'degraded' }),
  down('what was down and is resolved is not down', { hours: 1 }, rollback_and_message, { status: 'resolved' }),
  down('another service that is down is not this one', { hours: 1 }, rollback_and_message, { service: 'search' }),
  down('staging that is down is not production', { hours: 1 }, rollback_and_message, { environment: 'staging' }),
  outage('an outage first seen 15 minutes ago is not critical', { minutes: 15 }, rollback_and_message),
  outage('an outage first seen more than 15 minutes ago is critical', { minutes: 15, seconds: 1 }, urgent),
  scenario('an error first seen an hour ago is no outage', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ hours: 1 }))],
    expect: rollback_and_message,
  })),
  scenario('an event of a known outage is critical with it', (at) => ({
    deliveries: [
      ...shipped(at),
      sentry(sentryIssue('assigned', { id: '42', category: 'outage', first_seen: at.ago({ minutes: 20 }) })),
      sentry(sentryIssueAlert({ issue_id: '42', at: at.ago({ minutes: 1 }) })),
    ],
    expect: urgent,
  })),
];

const resolutions: Scenario[] = [
  scenario('a resolved issue withdraws what waits', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 9 })), ended(at, 'resolved', '42')],
    ...nothing(/withdrew 2 of 2/),
  })),
  ...(['archived', 'ignored'] as const).map((state) =>
    scenario(`an issue that is ${state} withdraws what waits`, (at) => ({
      deliveries: [...shipped(at), issue(at.ago({ minutes: 9 })), ended(at, state, '42')],
      expect: [],
    })),
  ),
  scenario('an issue whose resolution arrived first is none', (at) => ({
    deliveries: [...shipped(at), ended(at, 'resolved', '42'), issue(at.ago({ minutes: 9 }))],
    ...nothing(/already settled/),
  })),
  scenario('an issue that says itself that it is resolved is none', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 9 }), { status: 'resolved' })],
    ...nothing(/already settled/),
  })),
  scenario('an issue that comes back after its resolution starts anew', (at) => ({
    deliveries: [
      ...shipped(at),
      issue(at.ago({ minutes: 20 })),
      ended(at, 'resolved', '42', { minutes: 10 }),
      sentry(sentryIssue('unresolved', { id: '42', first_seen: at.ago({ minutes: 20 }), last_seen: at.ago({ minutes: 2 }) })),
    ],
    expect: rollback_and_message,
  })),
  scenario('a card of two issues waits until both are resolved', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 9 })), issue(at.ago({ minutes: 8 }), { id: '43' }), ended(at, 'resolved', '42')],
    expect: rollback_and_message,
  })),
  scenario('the last of two issues ends their card, whichever started it', (at) => ({
    deliveries: [
      ...shipped(at),
      issue(at.ago({ minutes: 9 })),
      issue(at.ago({ minutes: 8 }), { id: '43' }),
      ended(at, 'resolved', '42', { minutes: 3 }),
      ended(at, 'resolved', '43', { minutes: 2 }),
    ],
    ...nothing(/withdrew 2 of 2/),
  })),
  scenario('a metric alert that is over withdraws what waits', (at) => ({
    deliveries: [...shipped(at), alert(at, 'critical', '4'), alert(at, 'resolved', '4')],
    ...nothing(/withdrew 2 of 2/),
  })),
  scenario('another metric alert goes on', (at) => ({
    deliveries: [...shipped(at), alert(at, 'critical', '4'), alert(at, 'critical', '5'), alert(at, 'resolved', '4')],
    expect: [revert('high', 'service:shop'), message('U0ANA', 'high', 'service:shop')],
  })),
  ...(['alert B that broke before alert A was over', 'alert B that broke after alert A was over'] as const).map((name, place) =>
    scenario(`${name} goes on when it is delivered late`, (at) => ({
      deliveries: [
        ...shipped(at),
        alert(at, 'critical', '4'),
        alert(at, 'resolved', '4', { minutes: 4 }),
        alert(at, 'critical', '5', { minutes: place === 0 ? 6 : 3 }),
      ],
      expect: [revert('high', 'service:shop'), message('U0ANA', 'high', 'service:shop')],
    })),
  ),
  scenario('an alert whose end arrived first is none', (at) => ({
    deliveries: [...shipped(at), alert(at, 'resolved', '4'), alert(at, 'critical', '4')],
    ...nothing(/already settled: metric_alert.resolved arrived/),
  })),
  scenario('an issue that comes back within the second of its resolution starts anew', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 20 })), ended(at, 'resolved', '42'), returned(at, '42')],
    expect: rollback_and_message,
  })),
  scenario('an issue that is resolved within the second of its return is over', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 20 })), returned(at, '42'), ended(at, 'resolved', '42')],
    ...nothing(/withdrew 2 of 2/),
  })),
  scenario('the resolution of another issue withdraws nothing', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 9 })), ended(at, 'resolved', '99')],
    expect: rollback_and_message,
  })),
];

function ended({ ago }: Moment, state: 'resolved' | 'archived' | 'ignored', id: string, when: Age = { minutes: 3 }): Deliveries[number] {
  return sentry(sentryIssue(state, { id, first_seen: ago({ minutes: 20 }), last_seen: ago({ minutes: 12 }) }), sentAt(ago(when)));
}

/** As Sentry sends it in the same second as `ended`. */
function returned({ ago }: Moment, id: string): Deliveries[number] {
  return sentry(
    sentryIssue('unresolved', { id, first_seen: ago({ minutes: 20 }), last_seen: ago({ minutes: 12 }) }),
    sentAt(ago({ minutes: 3 })),
  );
}

/** `when` it was detected, or for one that is resolved, closed. */
function alert(
  { ago }: Moment,
  state: 'critical' | 'resolved',
  id: string,
  when: Age = { minutes: state === 'resolved' ? 1 : 9 },
): Deliveries[number] {
  const times = state === 'resolved' ? { detected_at: ago({ minutes: 9 }), closed_at: ago(when) } : { detected_at: ago(when) };
  return sentry(sentryMetricAlert(state, { id, aggregate: 'count()', ...times }));
}

const one_card: Scenario[] = [
  scenario('many issues and alerts of one service are one card of each type', (at) => ({
    deliveries: [
      ...shipped(at),
      ...Array.from({ length: 12 }, (_, index) => issue(at.ago({ minutes: 9, seconds: index }), { id: String(42 + index) })),
      alert(at, 'critical', '4'),
      sentry(sentryIssueAlert({ issue_id: '44', at: at.ago({ minutes: 2 }) })),
    ],
    expect: rollback_and_message,
  })),
  scenario('the same issue again joins its card', (at) => ({
    deliveries: [...shipped(at), issue(at.ago({ minutes: 9 })), sentry(sentryIssueAlert({ issue_id: '42', at: at.ago({ minutes: 2 }) }))],
    expect: rollback_and_message,
  })),
  scenario('an outage of the service raises the card of another issue', (at) => ({
    deliveries: [
      ...shipped(at),
      issue(at.ago({ minutes: 9 })),
      sentry(
        sentryIssue('created', { id: '43', category: 'outage', first_seen: at.ago({ minutes: 16 }), last_seen: at.ago({ minutes: 1 }) }),
      ),
    ],
    expect: urgent,
  })),
  scenario('two services are two incidents', (at) => ({
    context: { ...context, metrics: [measured(0.05), measured(0.03, { service: 'search' })] },
    deliveries: [
      ...shipped(at),
      issue(at.ago({ minutes: 9 })),
      pushed(at.ago({ hours: 3 }), ben),
      github('push', githubPush({ at: at.ago({ hours: 3 }), author: ben, repository: 'acme/search' })),
      issue(at.ago({ minutes: 8 }), { id: '43', project: 'search' }),
    ],
    expect: [...rollback_and_message, message('U0BEN', 'high', 'sentry:issue:43')],
  })),
];

export const scenarios: Scenario[] = [
  ...error_rates,
  ...triggers,
  ...deployments,
  ...people,
  ...connections,
  ...environments,
  ...urgencies,
  ...resolutions,
  ...one_card,
  ...sparse,
];

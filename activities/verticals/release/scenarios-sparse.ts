/**
 * Labelled cases with as little in their payloads as Sentry and GitHub may send, or with their words spelled otherwise. They are
 * written out rather than built by the samples of the other cases, so that what those always carry is not relied upon.
 */
import type { Json } from '../../../domain/text.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';

type JsonObject = { [key: string]: Json };
type Delivery = Course['deliveries'][number];
type Age = Parameters<Moment['ago']>[0];
type Outcome = Pick<Course, 'expect' | 'reason'>;

const sha = 'a'.repeat(40);
const ana = { login: 'ana-dev', type: 'User' };
const acme_shop = { full_name: 'acme/shop', default_branch: 'main' };
const five_minutes: Age = { minutes: 5 };

/** Deliveries of one moment. */
function peers({ ago }: Moment) {
  const iso = (age: Age) => ago(age).toISOString();
  const github = (event: string, payload: Json): Delivery => ({ source: 'github', payload, headers: { 'x-github-event': event } });
  const sentry = (payload: Json): Delivery => ({ source: 'sentry', payload });
  const merged = (more: JsonObject = {}, repository: JsonObject = acme_shop) => {
    const pull_request = {
      number: 12,
      merged: true,
      merged_at: iso({ hours: 3 }),
      merge_commit_sha: sha,
      user: ana,
      merged_by: ana,
      ...more,
    };
    return github('pull_request', { action: 'closed', pull_request, repository });
  };
  const deployed = (deployment: JsonObject = {}, status: JsonObject = {}, repository: JsonObject = acme_shop) => {
    const created_at = iso({ hours: 2 });
    return github('deployment_status', {
      action: 'created',
      deployment_status: { state: 'success', created_at, ...status },
      deployment: { id: 1, sha, ref: 'main', environment: 'production', created_at, creator: ana, ...deployment },
      repository,
    });
  };
  const issue = (action = 'created', more: JsonObject = {}, age = five_minutes) =>
    sentry({ action, data: { issue: { id: '42', project: { slug: 'shop' }, firstSeen: iso(age), ...more } } });
  const event = (more: JsonObject = {}, beside: JsonObject = {}) =>
    sentry({
      action: 'triggered',
      data: { event: { event_id: 'e1', issue_id: '42', project: 'shop', datetime: iso(five_minutes), ...more }, ...beside },
    });
  const alert = (action = 'critical', more: JsonObject = {}) =>
    sentry({ action, data: { metric_alert: { id: '4', projects: ['shop'], date_detected: iso(five_minutes), ...more } } });
  return { github, sentry, merged, deployed, issue, event, alert, iso };
}
type Peers = ReturnType<typeof peers>;

const team: Json = [{ github_login: 'ana-dev', name: 'Ana', slack_user_id: 'U0ANA' }];
const metrics: Json = [{ service: 'shop', error_rate: 0.05 }];

function answered(urgency: 'high' | 'critical' = 'high', subject = 'sentry:issue:42'): Outcome {
  const card = { vertical: 'release' as const, urgency, subject };
  return {
    expect: [
      { ...card, action_type: 'api_call', operation: 'github.revert_pull_request' },
      { ...card, action_type: 'slack_dm', to: 'U0ANA' },
    ],
  };
}
const of_service = answered('high', 'service:shop');
const none = (reason?: RegExp): Outcome => ({ expect: [], ...(reason && { reason }) });

function scenario(
  name: string,
  deliveries: (send: Peers) => Delivery[],
  outcome: Outcome,
  told: (send: Peers) => JsonObject = () => ({}),
): Scenario {
  return {
    name,
    build: (at) => {
      const send = peers(at);
      return { context: { team, metrics, ...told(send) }, connected: ['slack', 'github'], deliveries: deliveries(send), ...outcome };
    },
  };
}

/** After what a person merged and deployed two hours ago. */
const after = (name: string, what: (send: Peers) => Delivery[], outcome: Outcome, told?: (send: Peers) => JsonObject) =>
  scenario(name, (send) => [send.merged(), send.deployed(), ...what(send)], outcome, told);

/** A fresh issue, with this told besides. */
const with_told = (name: string, told: (send: Peers) => JsonObject, outcome: Outcome) =>
  after(name, ({ issue }) => [issue()], outcome, told);

const environments: Scenario[] = [
  ...['production', 'Production', 'PRODUCTION', 'prod', 'Prod', ' production '].map((environment) =>
    after(`an event in "${environment}"`, ({ event }) => [event({ environment })], answered()),
  ),
  ...['Staging', 'preprod', 'non-production', 'prod-test'].map((environment) =>
    after(`an event in "${environment}"`, ({ event }) => [event({ environment })], none(/another environment/)),
  ),
  after('an event whose tags name staging', ({ event }) => [event({ tags: [['environment', 'staging']] })], none(/another environment/)),
  after('an issue that names staging itself', ({ issue }) => [issue('created', { environment: 'staging' })], none(/another environment/)),
  after(
    'an alert whose query names staging',
    ({ alert }) => [alert('critical', { alert_rule: { query: 'environment:staging level:error', projects: ['shop'] } })],
    none(/another environment/),
  ),
  ...['prod', 'PROD', 'Production'].map((environment) =>
    with_told(
      `an error rate that was told for "${environment}"`,
      () => ({ metrics: [{ service: 'shop', environment, error_rate: 0.05 }] }),
      answered(),
    ),
  ),
  with_told(
    'a high rate that was told for staging and a low one for production',
    () => ({
      metrics: [
        { service: 'shop', environment: 'staging', error_rate: 0.5 },
        { service: 'shop', environment: 'production', error_rate: 0.01 },
      ],
    }),
    none(/not above 2 %/),
  ),
];

const spellings: JsonObject[] = [{ environment: 'prod' }, { service: 'Shop', status: 'DOWN' }];

const incidents: Scenario[] = [
  ...spellings.map((more) =>
    with_told(
      `an incident that was told with ${JSON.stringify(more)}`,
      ({ iso }) => ({ incidents: [{ service: 'shop', status: 'down', started_at: iso({ minutes: 20 }), ...more }] }),
      answered('critical'),
    ),
  ),
  with_told('an incident that begins as it is told', () => ({ incidents: [{ service: 'shop', status: 'down' }] }), answered()),
  with_told(
    'an incident that is up again',
    ({ iso }) => ({ incidents: [{ service: 'shop', status: 'up', started_at: iso({ hours: 1 }) }] }),
    answered(),
  ),
  after('an outage that says since when', ({ issue }) => [issue('created', { category: 'outage' }, { minutes: 16 })], answered('critical')),
  after('an outage that does not', ({ issue }) => [issue('created', { issueCategory: 'outage', firstSeen: null })], answered()),
];

const windows: Scenario[] = [
  with_told('a window that begins as it breaks', ({ iso }) => window(iso(five_minutes), iso({ minutes: 4 })), none(/maintenance/)),
  with_told('a window that ends as it breaks', ({ iso }) => window(iso({ hours: 1 }), iso(five_minutes)), answered()),
  with_told('a window of all services', ({ iso }) => window(iso({ hours: 1 }), iso({ minutes: -1 }), null), none(/maintenance/)),
  with_told(
    'a window of the service in capitals',
    ({ iso }) => window(iso({ hours: 1 }), iso({ minutes: -1 }), 'SHOP'),
    none(/maintenance/),
  ),
];

function window(start: string, end: string, service: string | null = 'shop'): JsonObject {
  return { maintenance_windows: [{ service, start, end }] };
}

const projects: Scenario[] = [
  after('an issue whose project is its slug', ({ issue }) => [issue('created', { project: 'shop' })], answered()),
  after('an issue whose project is written in capitals', ({ issue }) => [issue('created', { project: { slug: 'Shop' } })], answered()),
  after('an issue whose id is a number', ({ issue }) => [issue('created', { id: 42 })], answered()),
  after(
    'an issue of a service of which nothing was told',
    ({ issue }) => [issue('created', { project: 'search' })],
    none(/error rate is not known/),
  ),
  after('an event without its time', ({ event }) => [event({ datetime: null })], answered()),
  after('an event whose project is a number', ({ event }) => [event({ project: 1 })], none(/names no service/)),
  after(
    'an event whose project is a number, with its address',
    ({ event }) => [event({ project: 1, url: 'https://sentry.io/api/0/projects/acme/shop/events/e1/' })],
    answered(),
  ),
  after(
    'an alert whose rule names the project',
    ({ alert }) => [alert('critical', { projects: null, alert_rule: { projects: ['shop'] } })],
    of_service,
  ),
  after('an alert that names no project', ({ alert }) => [alert('critical', { projects: null })], none(/names no service/)),
  after('an issue of a metric', ({ issue }) => [issue('created', { issueCategory: 'metric' })], answered()),
  after(
    'a service hook',
    ({ sentry }) => [sentry({ project: { slug: 'shop' }, group: { id: '42' }, event: { event_id: 'e1' } })],
    answered(),
  ),
];

const endings: Scenario[] = [
  after(
    'an alert that was over first',
    ({ alert, iso }) => [alert('resolved', { date_closed: iso({ minutes: 1 }) }), alert()],
    none(/settled/),
  ),
  after(
    'an event of an issue that it shows resolved',
    ({ event }) => [event({}, { issue: { id: '42', status: 'resolved', project: { slug: 'shop' } } })],
    none(/the issue is resolved/),
  ),
];

const nameless = { name: 'shop', owner: { login: 'acme' } };

const deployments: Scenario[] = [
  scenario(
    'a repository by its owner and its name',
    ({ merged, deployed, issue }) => [merged({}, nameless), deployed({}, {}, nameless), issue()],
    answered(),
  ),
  scenario('a deployment to Prod', ({ merged, deployed, issue }) => [merged(), deployed({ environment: 'Prod' }), issue()], answered()),
  scenario(
    'a deployment to staging',
    ({ merged, deployed, issue }) => [merged(), deployed({ environment: 'staging' }), issue()],
    none(/nothing can be drafted/),
  ),
  ...['created_at', 'creator'].map((member) =>
    scenario(
      `a deployment without its ${member}`,
      ({ merged, deployed, issue }) => [merged(), deployed({ [member]: null }), issue()],
      answered(),
    ),
  ),
  scenario(
    'a status without its time',
    ({ merged, deployed, issue }) => [merged(), deployed({}, { created_at: null }), issue()],
    answered(),
  ),
  scenario(
    'what broke while it was rolled out',
    ({ merged, deployed, issue, iso }) => [
      merged(),
      deployed({ created_at: iso({ minutes: 10 }) }, { created_at: iso({ minutes: 1 }) }),
      issue(),
    ],
    answered(),
  ),
  scenario(
    'an app without a mark in its name',
    ({ merged, deployed, issue }) => [merged(), deployed({ creator: { login: 'acme-deploys', type: 'Bot' } }), issue()],
    answered(),
  ),
];

export const sparse: Scenario[] = [...environments, ...incidents, ...windows, ...projects, ...endings, ...deployments];

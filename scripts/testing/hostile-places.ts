/** Every field in which a stranger's text comes in, within deliveries that otherwise make cards. */
import type { IngestSource } from '../../domain/event.ts';
import type { Vertical } from '../../domain/proposal.ts';
import type { Json } from '../../domain/text.ts';
import { githubCommit, githubDeploymentStatus, githubPullRequest, githubPush, type GithubPerson } from '../../providers/github/testing.ts';
import { intercomConversation, intercomTicket } from '../../providers/intercom/testing.ts';
import { sentryIssue, sentryIssueAlert, sentryMetricAlert } from '../../providers/sentry/testing.ts';
import { stripeCharge, stripeCustomer, stripeEvent, stripeInvoice, stripeSubscription } from '../../providers/stripe/testing.ts';
import type { Course } from '../eval/scenario.ts';

type JsonObject = { [key: string]: Json };
export type HostileDelivery = Course['deliveries'][number];

export interface HostilePlace {
  name: string;
  vertical: Vertical;
  /**
   * The text stands for the customer's name, by which a card has to be recognised: it is shown, as one inert line. Here is what
   * is shown when nothing is left of it. Null when nothing of the text may be shown.
   */
  shown_or: string | null;
  connected: NonNullable<Course['connected']>;
  context: JsonObject;
  /** In this order; `placeholder` stands where the text goes. The last one is what the procedure is asked about. */
  deliveries: HostileDelivery[];
}

/** A text that nobody minds. */
export const placeholder = 'Harmless Words';

/** The same deliveries with another text in the place. */
export function withText(delivery: HostileDelivery, text: string): HostileDelivery {
  return { ...delivery, payload: replaced(delivery.payload, text) };
}

function replaced(value: Json, text: string): Json {
  if (typeof value === 'string') return value.replaceAll(placeholder, () => text);
  if (Array.isArray(value)) return value.map((item) => replaced(item, text));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replaceAll(placeholder, () => text), replaced(item, text)]));
}

export function isHostile({ payload }: HostileDelivery): boolean {
  return JSON.stringify(payload).includes(placeholder);
}

/** Relative to one whole second, so that the same place has the same times whatever the text. */
export function hostilePlaces(now: Date): HostilePlace[] {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  return [...moneyPlaces(ago), ...customerFirePlaces(ago), ...releasePlaces(ago), ...teamPulsePlaces(ago)];
}

type Ago = (minutes: number) => Date;

const github = (event: string, payload: JsonObject): HostileDelivery => ({
  source: 'github',
  payload,
  headers: { 'x-github-event': event },
});
const from = (source: IngestSource, payload: JsonObject): HostileDelivery => ({ source, payload });

function moneyPlaces(ago: Ago): HostilePlace[] {
  const deliver = (type: string, created: Date, object: JsonObject, more: JsonObject = {}) =>
    from('stripe', stripeEvent(type, { ...object, ...more }, { created }));
  const customer = (more?: JsonObject) => deliver('customer.created', ago(9_000), stripeCustomer('cus_1'), more);
  const subscription = (more?: JsonObject) =>
    deliver('customer.subscription.created', ago(9_000), stripeSubscription('new', 'sub_1', 'cus_1'), more);
  const failed = (more?: JsonObject) =>
    deliver('invoice.payment_failed', ago(60), stripeInvoice('new', 'in_1', 'cus_1', { created: ago(60) }), more);
  const charged = (more?: JsonObject) =>
    deliver('charge.failed', ago(60), stripeCharge('old', 'ch_1', 'cus_1', { created: ago(60) }), more);
  const place = (name: string, deliveries: HostileDelivery[], shown_or: string | null = null): HostilePlace => ({
    name: `Stripe: ${name}`,
    vertical: 'money',
    shown_or,
    connected: ['stripe', 'slack'],
    context: {
      customers: [{ stripe_customer_id: 'cus_1', owner_email: 'owner@example.com' }],
      team: [{ github_login: 'owner-dev', name: 'Olga', email: 'owner@example.com', slack_user_id: 'U0OLGA' }],
    },
    deliveries,
  });
  const noted = { description: placeholder, metadata: { note: placeholder, [placeholder]: placeholder } };
  const address = { line1: placeholder, city: placeholder };
  return [
    place('a customer’s name', [customer({ name: placeholder }), subscription(), failed()], 'ana@example.com'),
    place('the name on an invoice', [subscription(), failed({ customer_name: placeholder })], 'ana@example.com'),
    place('whatever else a customer, a plan and an invoice carry', [
      customer({ ...noted, phone: placeholder, address, shipping: { name: placeholder, address } }),
      subscription(noted),
      failed({
        ...noted,
        number: placeholder,
        footer: placeholder,
        statement_descriptor: placeholder,
        customer_address: address,
        custom_fields: [{ name: placeholder, value: placeholder }],
        last_finalization_error: { message: placeholder },
        lines: { data: [{ ...noted, proration: false }] },
      }),
    ]),
    place('whatever a failed charge carries', [
      customer(),
      subscription(),
      charged({
        ...noted,
        failure_message: placeholder,
        statement_descriptor: placeholder,
        billing_details: { name: placeholder, email: placeholder, address },
        outcome: { reason: 'insufficient_funds', seller_message: placeholder, advice_code: placeholder },
      }),
    ]),
  ];
}

function customerFirePlaces(ago: Ago): HostilePlace[] {
  const times = { created_at: ago(60), at: ago(50) };
  const contact = { id: 'contact_1', name: 'Bo Marin', email: 'bo@example.com', external_id: null };
  const vip = { intercom_contact_id: 'contact_1', email: 'bo@example.com', vip: true, churn_score: 0.9, mrr_percentile: 99 };
  const place = (name: string, payload: JsonObject, shown_or: string | null = null): HostilePlace => ({
    name: `Intercom: ${name}`,
    vertical: 'customer_fire',
    shown_or,
    connected: ['intercom'],
    context: { customers: [shown_or === null ? { ...vip, name: 'Bo Marin' } : vip], founder: { email: 'founder@example.com' } },
    deliveries: [from('intercom', payload)],
  });
  const conversation = (more: Parameters<typeof intercomConversation>[1], topic = 'conversation.user.created') =>
    intercomConversation(topic, { ...times, id: '7001', contact, ...more });
  const ticket = (more: Parameters<typeof intercomTicket>[1]) =>
    intercomTicket('ticket.created', { ...times, id: '7002', conversation_id: '7001', contact, ...more });
  const around = {
    title: placeholder,
    tags: { type: 'tag.list', tags: [{ type: 'tag', id: '1', name: placeholder }] },
    custom_attributes: { [placeholder]: placeholder },
    conversation_parts: { conversation_parts: [{ body: placeholder, author: { name: placeholder, type: 'user' } }] },
    conversation_rating: { rating: null, remark: placeholder },
  };
  const said = { subject: placeholder, body: `<p>${placeholder}</p>`, author: { ...contact, name: placeholder } };
  return [
    place('a conversation', conversation({ ...said, overrides: around })),
    place('a reply, in the old shape', conversation({ ...said, shape: 'old' }, 'conversation.user.replied')),
    place('a ticket', ticket({ title: placeholder, description: placeholder, author: { ...contact, name: placeholder } })),
    place('the name of who writes', conversation({ contact: { ...contact, name: placeholder } }), 'bo@example.com'),
  ];
}

const new_sha = 'a'.repeat(40);
const old_sha = 'b'.repeat(40);
const ana: GithubPerson = { login: 'ana-dev', name: 'Ana Dev', email: 'ana.dev@example.com' };
/** What somebody on GitHub calls themselves is their own text; who they are is their login. */
const boaster = { login: 'ana-dev', type: 'User', name: placeholder, company: placeholder, bio: placeholder };

function releasePlaces(ago: Ago): HostilePlace[] {
  const merged = (more: JsonObject = {}) => {
    const payload = githubPullRequest({ number: 12, author: ana, merge_commit_sha: new_sha, at: ago(180) });
    return github('pull_request', { ...payload, pull_request: { ...object(payload.pull_request), ...more } });
  };
  const deployed = (age: number, sha: string, more: JsonObject = {}, status: JsonObject = {}) => {
    const payload = githubDeploymentStatus({ at: ago(age), sha, id: age, status_id: age, creator: ana, workflow: 'deploy.yml' });
    return github('deployment_status', {
      ...payload,
      deployment: { ...object(payload.deployment), ...more },
      deployment_status: { ...object(payload.deployment_status), ...status },
    });
  };
  const shipped = [merged(), deployed(120, new_sha)];
  const place = (name: string, deliveries: HostileDelivery[]): HostilePlace => ({
    name,
    vertical: 'release',
    shown_or: null,
    connected: ['slack', 'github'],
    context: {
      team: [{ github_login: 'ana-dev', name: 'Ana', email: 'ana.dev@example.com', slack_user_id: 'U0ANA' }],
      metrics: [{ service: 'shop', error_rate: 0.05 }],
    },
    deliveries,
  });
  const issue = (overrides: JsonObject = {}) =>
    from('sentry', sentryIssue('created', { id: '42', first_seen: ago(5), environment: 'production', overrides }));
  const thrown = {
    title: placeholder,
    culprit: placeholder,
    logger: placeholder,
    location: placeholder,
    message: placeholder,
    metadata: { type: placeholder, value: placeholder, filename: placeholder, function: placeholder },
    user: { username: placeholder },
    tags: [
      ['environment', 'production'],
      ['user', placeholder],
      [placeholder, placeholder],
    ],
  };
  return [
    place('Sentry: an issue', [...shipped, issue({ ...thrown, assignedTo: { name: placeholder } })]),
    place('Sentry: an event of an alert', [
      ...shipped,
      from('sentry', sentryIssueAlert({ issue_id: '42', event_id: 'e'.repeat(32), at: ago(5), rule: placeholder, overrides: thrown })),
    ]),
    place('Sentry: a metric alert', [
      ...shipped,
      from('sentry', {
        ...sentryMetricAlert('critical', { started_at: ago(5), overrides: { title: placeholder } }),
        actor: { name: placeholder },
      }),
    ]),
    place('GitHub: a pull request and its deployment', [
      merged({
        title: placeholder,
        body: placeholder,
        user: boaster,
        head: { ref: placeholder, sha: old_sha },
        labels: [{ name: placeholder }],
      }),
      deployed(
        120,
        new_sha,
        { ref: placeholder, description: placeholder, payload: { note: placeholder }, creator: boaster },
        { description: placeholder, log_url: placeholder, creator: boaster },
      ),
      issue(),
    ]),
    place('GitHub: the deployed commit', [
      deployed(2_000, old_sha),
      github(
        'push',
        githubPush({
          at: ago(130),
          author: ana,
          commits: [githubCommit({ sha: new_sha, at: ago(130), author: { ...ana, name: placeholder }, message: placeholder })],
        }),
      ),
      deployed(120, new_sha),
      issue(),
    ]),
  ];
}

function teamPulsePlaces(ago: Ago): HostilePlace[] {
  const signs = { commits_previous_14d: 20, commits_last_14d: 5, pto_days_last_14d: 5, pto_days_baseline_14d: 1, sentiment: -0.6 };
  const commit = githubCommit({
    sha: new_sha,
    at: ago(10),
    author: { ...ana, name: placeholder, email: placeholder },
    message: placeholder,
  });
  const push = githubPush({ at: ago(10), author: ana, ref: `refs/heads/${placeholder}`, commits: [{ ...commit, added: [placeholder] }] });
  return [
    {
      name: 'GitHub: a push',
      vertical: 'team_pulse',
      shown_or: null,
      connected: [],
      context: { team: [{ github_login: 'ana-dev', name: 'Ana', ...signs }], founder: { email: 'founder@example.com' } },
      deliveries: [github('push', { ...push, compare: placeholder, pusher: { name: placeholder, email: placeholder } })],
    },
  ];
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

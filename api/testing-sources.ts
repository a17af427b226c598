/** Every door's scheme in one table, so that one suite asks the same of each. */
import { stripe_secret, stripeEvent } from './testing.ts';
import type { IngestSource } from '../domain/event.ts';
import { rawMail } from '../providers/email/testing.ts';
import { formSubmission } from '../providers/forms/testing.ts';
import { github_secret, githubPush, signGithub } from '../providers/github/testing.ts';
import { hubspot_secret, hubspotStageChange, signHubspot } from '../providers/hubspot/testing.ts';
import { intercom_secret, intercomConversation, signIntercom } from '../providers/intercom/testing.ts';
import { bank_csv } from '../providers/ledger/testing.ts';
import { sentry_secret, sentryIssueAlert, signSentry } from '../providers/sentry/testing.ts';
import { signSlack, slack_secret, slackMessage } from '../providers/slack/testing.ts';
import { signStripe } from '../providers/stripe/inbound.ts';
import { signStandardWebhook, standard_secret } from '../providers/testing.ts';

export interface TestSource {
  source: IngestSource;
  /** The variable that holds the secret, and the secret. */
  env: Record<string, string>;
  /** The headers a sender of this body adds; `url` is where it is sent to. Called once for each message: attempts at it repeat the headers. */
  sign(body: string, secret: string, at: Date, url: string): Record<string, string>;
  /** A body the source would send, different for each text. JSON unless `media_type` says otherwise. */
  body(unique: string): string;
  media_type?: string;
  /** Whether the time is signed, so that an old message is refused. */
  timestamped: boolean;
}

export const sources: readonly TestSource[] = [
  {
    source: 'stripe',
    env: { STRIPE_WEBHOOK_SECRET: stripe_secret },
    sign: (body, secret, at) => ({ 'stripe-signature': signStripe(body, secret, at) }),
    body: (unique) => JSON.stringify(stripeEvent({ id: `evt_${unique}` })),
    timestamped: true,
  },
  {
    source: 'github',
    env: { GITHUB_WEBHOOK_SECRET: github_secret },
    sign: (body, secret) => signGithub(body, secret, 'push'),
    body: (unique) => JSON.stringify(githubPush({ overrides: { unique } })),
    timestamped: false,
  },
  {
    source: 'sentry',
    env: { SENTRY_CLIENT_SECRET: sentry_secret },
    sign: (body, secret, at) => signSentry(body, secret, { resource: 'event_alert', at }),
    body: (unique) => JSON.stringify(sentryIssueAlert({ overrides: { unique } })),
    timestamped: false,
  },
  {
    source: 'intercom',
    env: { INTERCOM_CLIENT_SECRET: intercom_secret },
    sign: (body, secret) => signIntercom(body, secret),
    body: (unique) => JSON.stringify(intercomConversation('conversation.user.created', { notification_id: `notif_${unique}` })),
    timestamped: false,
  },
  {
    source: 'slack',
    env: { SLACK_SIGNING_SECRET: slack_secret },
    sign: (body, secret, at) => signSlack(body, secret, at),
    body: (unique) => JSON.stringify(slackMessage('Is the shop down?', { event_id: `Ev${unique}` })),
    timestamped: true,
  },
  {
    source: 'hubspot',
    env: { HUBSPOT_CLIENT_SECRET: hubspot_secret },
    sign: (body, secret, at, url) => signHubspot(body, secret, at, url),
    body: (unique) => JSON.stringify(hubspotStageChange(4711, 'closedwon', { sourceId: unique })),
    timestamped: true,
  },
  {
    source: 'forms',
    env: { FORMS_WEBHOOK_SECRET: standard_secret },
    sign: (body, secret, at) => signStandardWebhook(body, secret, at),
    body: (unique) => JSON.stringify(formSubmission({ reference: unique })),
    timestamped: true,
  },
  {
    source: 'email',
    env: { EMAIL_WEBHOOK_SECRET: standard_secret },
    sign: (body, secret, at) => signStandardWebhook(body, secret, at),
    body: (unique) => rawMail({ message_id: `<${unique}@mail.example.com>` }),
    media_type: 'message/rfc822',
    timestamped: true,
  },
  {
    source: 'ledger',
    env: { LEDGER_WEBHOOK_SECRET: standard_secret },
    sign: (body, secret, at) => signStandardWebhook(body, secret, at),
    body: (unique) => `${bank_csv}2026-11-20,Rent ${unique},-10.00,USD,5990.00\n`,
    media_type: 'text/csv',
    timestamped: true,
  },
];

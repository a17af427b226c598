/** Every door's scheme in one table, so that one suite asks the same of each. */
import { stripe_secret, stripeEvent } from './testing.ts';
import type { IngestSource } from '../domain/event.ts';
import { github_secret, githubPush, signGithub } from '../providers/github/testing.ts';
import { intercom_secret, intercomConversation, signIntercom } from '../providers/intercom/testing.ts';
import { sentry_secret, sentryIssueAlert, signSentry } from '../providers/sentry/testing.ts';
import { signStripe } from '../providers/stripe/inbound.ts';

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
];

/** Every provider's door, one line each. A source without a receiver yet is a 404. */
import type { IngestSource, Receiver } from '../domain/event.ts';
import { email_receiver } from './email/inbound.ts';
import { forms_receiver } from './forms/inbound.ts';
import { github_receiver } from './github/inbound.ts';
import { hubspot_receiver } from './hubspot/inbound.ts';
import { intercom_receiver } from './intercom/inbound.ts';
import { ledger_receiver } from './ledger/inbound.ts';
import { sentry_receiver } from './sentry/inbound.ts';
import { slack_receiver } from './slack/inbound.ts';
import { stripe_receiver } from './stripe/inbound.ts';

export const receivers: { readonly [source in IngestSource]?: Receiver } = {
  stripe: stripe_receiver,
  intercom: intercom_receiver,
  github: github_receiver,
  sentry: sentry_receiver,
  slack: slack_receiver,
  hubspot: hubspot_receiver,
  forms: forms_receiver,
  email: email_receiver,
  ledger: ledger_receiver,
};

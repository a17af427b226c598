/** Every provider's door, one line each. A source without a receiver yet is a 404. */
import type { IngestSource, Receiver } from '../domain/event.ts';
import { github_receiver } from './github/inbound.ts';
import { intercom_receiver } from './intercom/inbound.ts';
import { sentry_receiver } from './sentry/inbound.ts';
import { stripe_receiver } from './stripe/inbound.ts';

export const receivers: { readonly [source in IngestSource]?: Receiver } = {
  stripe: stripe_receiver,
  intercom: intercom_receiver,
  github: github_receiver,
  sentry: sentry_receiver,
};

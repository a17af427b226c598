/** Every provider's door, one line each. A source without a receiver yet is a 404. */
import type { IngestSource, Receiver } from '../domain/event.ts';
import { stripe_receiver } from './stripe/inbound.ts';

export const receivers: { readonly [source in IngestSource]?: Receiver } = {
  stripe: stripe_receiver,
};

/** What the product and its floor have in common, so that both are put under exactly the same load. */
import type { SignedEvent } from './events.ts';
import type { HttpAnswer } from './http-client.ts';

export interface AckTarget {
  /** The bytes of one delivery. */
  ackRequest(event: SignedEvent): Buffer;
  send(request: Buffer): Promise<HttpAnswer>;
}

export interface RoundTrip {
  /** From the event until somebody could decide. */
  to_pending_ms: number;
  /** From the decision until its effect is recorded. */
  to_executed_ms: number;
  whole_ms: number;
}

export interface TripTarget {
  /** Makes what these round trips need; what it returns is to be called once each. */
  prepareTrips(count: number): Promise<(() => Promise<RoundTrip>)[]>;
}

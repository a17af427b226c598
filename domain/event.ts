/** An event as every provider's `inbound.ts` returns it: verified, parsed, and in our words. */
import type { Json } from './text.ts';

/** Doors under /ingest/. */
export const ingest_sources = ['stripe', 'intercom', 'github', 'sentry', 'slack', 'hubspot', 'forms', 'email', 'ledger'] as const;
export type IngestSource = (typeof ingest_sources)[number];

/** `agent` carries complete drafts, `manual` what a person reports, `system` what the product itself starts, such as a rollback. */
export type EventSource = IngestSource | 'agent' | 'manual' | 'system';

export const event_statuses = ['received', 'processed', 'ignored'] as const;
export type EventStatus = (typeof event_statuses)[number];

export interface InboundEvent {
  source: EventSource;
  /** The provider's own name, such as `invoice.payment_failed`. */
  type: string;
  /** By the provider's clock. */
  occurred_at: Date;
  /** What identifies the delivery at the provider, signed by it. Hashed into the dedupe key. */
  identity: string;
  payload: Json;
  /** What it is about, when the payload alone tells. */
  subject: string | null;
  /** Why no workflow is started for it; null when one is. */
  ignored: string | null;
  /** The provider's objects this event carries the newest state of. */
  objects: ProviderObject[];
}

/** A provider's object as an event showed it: what later drafts take their facts from. */
export interface ProviderObject {
  /** The provider's own name for the kind: `invoice`, `subscription`, `customer`, `charge`. */
  kind: string;
  id: string;
  /** The customer it belongs to; for a customer, itself. */
  customer: string | null;
  data: Json;
}

/** One request to a webhook's door, as it came. */
export interface Delivery {
  /** The bytes as they were signed, inflated when they came compressed. */
  body: Buffer;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Where it was sent: the public address and the path. HubSpot signs it. */
  url: string;
  /** Lower case, without parameters: `application/json`. */
  media_type: string;
  /** Any of them may have signed. */
  secrets: readonly string[];
  now: Date;
}

/** What a delivery says: events to store, or an answer that the provider asks for before it sends any. */
export type Parsed = { events: [InboundEvent, ...InboundEvent[]] } | { answer: Json };

/** A provider's side of its door. */
export interface Receiver {
  /** What may be delivered; another media type is a 415. */
  readonly media_types: readonly string[];
  /** Throws a SignatureError. */
  verify(delivery: Delivery): void | Promise<void>;
  /** Throws a ShapeError. `json` reads the body as JSON whose depth is bounded and whose text Postgres can keep; it throws a Problem. */
  parse(delivery: Delivery, json: () => Json): Parsed | Promise<Parsed>;
}

/** Who may not be trusted to sign says so with this; the door answers 401 and stores nothing. */
export class SignatureError extends Error {
  override name = 'SignatureError';
}

/** The body is signed but is not what the provider's format says; the door answers 400. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

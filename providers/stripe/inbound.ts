/** Stripe's webhooks: verified with Stripe's own library, then parsed into our event. Pure: secrets and clock are arguments. */
import Stripe from 'stripe';
import { z } from 'zod';

import { ShapeError, SignatureError, type Delivery, type InboundEvent, type ProviderObject, type Receiver } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { readCharge, readInvoice, readInvoicePayment, readOwned, readPaymentIntent, readSubscription } from './shapes.ts';

export const signature_age_seconds_max = 300;
/** A clock that runs ahead of ours is forgiven this much. */
const signature_lead_seconds_max = 300;

/** Types that say money did not arrive. */
export const failure_types: readonly string[] = ['invoice.payment_failed', 'charge.failed', 'customer.subscription.updated'];
/** Types after which nobody needs to be asked for this invoice any more. */
export const settling_types: readonly string[] = [
  'invoice.paid',
  'invoice.payment_succeeded',
  'invoice.voided',
  'invoice.marked_uncollectible',
];

export const stripe_receiver: Receiver = {
  media_types: ['application/json'],
  verify: verifyStripe,
  parse: (_delivery, json) => ({ events: [parseStripe(json())] }),
};

/** Throws a SignatureError unless one of the secrets signed exactly these bytes at about this time. */
export function verifyStripe(request: Pick<Delivery, 'body' | 'headers' | 'secrets' | 'now'>): void {
  const header = request.headers['stripe-signature'];
  if (typeof header !== 'string' || header === '') throw new SignatureError('The Stripe-Signature header is missing.');
  const failures = request.secrets.map((secret) => failureOf(request.body, header, secret, request.now));
  if (failures.includes(null)) return;
  throw new SignatureError('No signature in Stripe-Signature fits this body, a configured secret and the last five minutes.', {
    cause: failures[0],
  });
}

function failureOf(body: Buffer, header: string, secret: string, now: Date): unknown {
  try {
    Stripe.webhooks.signature?.verifyHeader(body, header, secret, signature_age_seconds_max, undefined, now.getTime());
  } catch (error) {
    return error ?? new Error('refused');
  }
  // The library reads the last `t` and lets it lie in the future.
  const signed_at = Number.parseInt(
    header
      .split(',')
      .findLast((part) => part.startsWith('t='))
      ?.slice(2) ?? '',
    10,
  );
  const lead_seconds = signed_at - now.getTime() / 1000;
  return lead_seconds > signature_lead_seconds_max ? new Error('signed in the future') : null;
}

/** The header that Stripe would send with this body now. */
export function signStripe(body: string, secret: string, now: Date): string {
  return Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(now.getTime() / 1000) });
}

/** 2100: later is no honest clock, and dates counted from it would leave what Postgres and JSON can hold. */
export const latest_second = 4_102_444_800;
const name = z.string().min(1).max(255);
/** The body is JSON already, so that it is an object is all there is to check. */
const object = z.custom<{ [key: string]: Json }>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);
const envelope = z.object({
  id: name,
  type: name,
  created: z.int().min(0).max(latest_second),
  livemode: z.boolean().nullish(),
  data: z.object({ object, previous_attributes: object.nullish() }),
});
type Envelope = z.output<typeof envelope>;

/** Throws a ShapeError for what is no Stripe event. */
export function parseStripe(value: Json): InboundEvent {
  const parsed = envelope.safeParse(value);
  if (!parsed.success)
    throw new ShapeError(
      `Not a Stripe event: ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'} ${issue.message}`).join('; ')}`,
    );
  const { id, type, created, livemode, data } = parsed.data;
  return {
    source: 'stripe',
    type,
    occurred_at: new Date(created * 1000),
    identity: id,
    payload: value,
    // Test mode tells nothing about real money: it neither names a subject nor leaves facts behind.
    subject: livemode === true ? subjectOf(type, data.object) : null,
    ignored: livemode === true ? reasonToIgnore(type, data) : 'test mode',
    objects: livemode === true ? objectsOf(type, data) : [],
  };
}

/** Why no procedure may want it; null when one may. */
export function reasonToIgnore(type: string, data: { object: Json; previous_attributes?: { [key: string]: Json } | null }): string | null {
  if (!failure_types.includes(type) && !settling_types.includes(type)) return `no procedure lists ${type}`;
  if (type !== 'customer.subscription.updated') return null;
  if (readSubscription(data.object)?.status !== 'past_due') return 'the subscription is not past due';
  const before = data.previous_attributes;
  const was_already = before && (!Object.hasOwn(before, 'status') || before.status === 'past_due');
  return was_already ? 'the subscription did not become past due with this change' : null;
}

/** What an event is about, from its payload alone. */
export function subjectOf(type: string, data: Json): string | null {
  switch (kindOf(type, data)) {
    case 'invoice':
      return named('invoice', readInvoice(data)?.id);
    case 'charge': {
      const charge = readCharge(data);
      return named('invoice', charge?.invoice) ?? named('payment_intent', charge?.payment_intent) ?? named('charge', charge?.id);
    }
    case 'payment_intent': {
      const intent = readPaymentIntent(data);
      return named('invoice', intent?.invoice) ?? named('payment_intent', intent?.id);
    }
    case 'invoice_payment':
      return named('invoice', readInvoicePayment(data)?.invoice);
    case 'subscription': {
      const subscription = readSubscription(data);
      return named('invoice', subscription?.latest_invoice) ?? named('subscription', subscription?.id);
    }
    case 'customer':
      return named('customer', readOwned(data)?.id);
    default:
      return null;
  }
}

const named = (kind: string, id: string | null | undefined): string | null => (id ? `stripe:${kind}:${id}` : null);

/** By the object's own word, else by the event's type. */
export function kindOf(type: string, data: Json): string | null {
  const stated = data !== null && typeof data === 'object' && !Array.isArray(data) ? data.object : undefined;
  if (typeof stated === 'string') return stated;
  if (type.startsWith('customer.subscription.')) return 'subscription';
  const family = type.split('.', 1)[0];
  return family === 'invoice' || family === 'charge' || family === 'payment_intent' || family === 'invoice_payment' || family === 'customer'
    ? family
    : null;
}

const kept_kinds = new Set(['customer', 'subscription', 'invoice', 'charge', 'payment_intent', 'invoice_payment']);

function objectsOf(type: string, { object: data, previous_attributes }: Envelope['data']): ProviderObject[] {
  const kind = kindOf(type, data);
  const owned = readOwned(data);
  if (kind === null || owned === null || !kept_kinds.has(kind) || !/^(customer|invoice|charge|payment_intent|invoice_payment)\./.test(type))
    return [];
  const { id, customer } = owned;
  switch (kind) {
    case 'invoice_payment':
      // Stored under the payment it ties to an invoice, which is how it is looked for.
      return [{ kind, id: readInvoicePayment(data)?.payment ?? id, customer, data }];
    case 'customer':
      return [{ kind, id, customer: id, data: type === 'customer.deleted' ? { ...data, deleted: true } : data }];
    case 'subscription':
      // When the terms last changed decides whether a revenue figure that a person entered still stands.
      return [
        { kind, id, customer, data },
        ...(changesTerms(type, previous_attributes) ? [{ kind: 'subscription_terms', id, customer, data: {} }] : []),
      ];
    default:
      return [{ kind, id, customer, data }];
  }
}

function changesTerms(type: string, previous: { [key: string]: Json } | null | undefined): boolean {
  if (type !== 'customer.subscription.updated') return type === 'customer.subscription.created' || type === 'customer.subscription.deleted';
  return ['items', 'plan', 'quantity'].some((member) => previous && Object.hasOwn(previous, member));
}

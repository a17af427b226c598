/** Stripe's payloads in both shapes, as recorded from its webhooks and cut down to what matters; tests sign them. */
import type { Json } from '../../domain/text.ts';

export type JsonObject = { [key: string]: Json };
/** `old` is any API version before 2025-03-31, `new` that one and later. */
export type Shape = 'old' | 'new';
export const shapes: readonly Shape[] = ['old', 'new'];

/** The members a sample takes by name, and any others, which overwrite its own. */
type More<Named> = Named & { [member: string]: Json | Date | undefined };

let count = 0;

export function stripeEvent(
  type: string,
  object: JsonObject,
  more: { created?: Date; livemode?: boolean; previous_attributes?: JsonObject; id?: string } = {},
): JsonObject {
  count += 1;
  return {
    id: more.id ?? `evt_test${count}x${process.pid}`,
    object: 'event',
    api_version: '2024-06-20',
    created: seconds(more.created ?? new Date()),
    livemode: more.livemode ?? true,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: more.previous_attributes === undefined ? { object } : { object, previous_attributes: more.previous_attributes },
  };
}

export function stripeCustomer(id: string, more: JsonObject = {}): JsonObject {
  return {
    id,
    object: 'customer',
    name: 'Ana Marin',
    email: 'ana@example.com',
    currency: 'usd',
    delinquent: false,
    livemode: true,
    ...more,
  };
}

export function stripeSubscription(
  shape: Shape,
  id: string,
  customer: string,
  more: More<{ unit_amount?: number; quantity?: number; currency?: string; interval?: string; period_end?: Date }> = {},
): JsonObject {
  const {
    unit_amount = 49_900,
    quantity = 1,
    currency = 'usd',
    interval = 'month',
    period_end = new Date('2027-01-15T00:00:00Z'),
    ...rest
  } = more;
  const plan = { id: 'plan_1', object: 'plan', amount: unit_amount, currency, interval, interval_count: 1 };
  const price = {
    id: 'price_1',
    object: 'price',
    unit_amount,
    unit_amount_decimal: String(unit_amount),
    currency,
    recurring: { interval, interval_count: 1 },
  };
  const item: JsonObject = { id: 'si_1', object: 'subscription_item', quantity, plan, price };
  if (shape === 'new') item.current_period_end = seconds(period_end);
  return {
    id,
    object: 'subscription',
    customer,
    status: 'active',
    currency,
    cancel_at_period_end: false,
    pause_collection: null,
    latest_invoice: null,
    items: { object: 'list', data: [item], has_more: false },
    ...(shape === 'old' ? { plan, quantity, current_period_end: seconds(period_end) } : {}),
    ...members(rest),
  };
}

export function stripeInvoice(
  shape: Shape,
  id: string,
  customer: string,
  more: More<{ subscription?: string; payment_intent?: string; created?: Date }> = {},
): JsonObject {
  const { subscription = 'sub_1', payment_intent = 'pi_1', created = new Date(), ...rest } = more;
  const start = seconds(created);
  return {
    id,
    object: 'invoice',
    customer,
    customer_email: 'ana@example.com',
    customer_name: 'Ana Marin',
    currency: 'usd',
    status: 'open',
    amount_due: 49_900,
    amount_paid: 0,
    amount_remaining: 49_900,
    total: 49_900,
    attempt_count: 1,
    attempted: true,
    billing_reason: 'subscription_cycle',
    created: start,
    hosted_invoice_url: `https://invoice.stripe.com/i/acct_1/live_${id}`,
    next_payment_attempt: start + 3 * 86_400,
    lines: {
      object: 'list',
      data: [{ id: 'il_1', object: 'line_item', amount: 49_900, proration: false, period: { start, end: start + 30 * 86_400 } }],
    },
    ...(shape === 'old'
      ? { subscription, payment_intent, charge: null }
      : { parent: { type: 'subscription_details', quote_details: null, subscription_details: { metadata: {}, subscription } } }),
    ...members(rest),
  };
}

export function stripeCharge(
  shape: Shape,
  id: string,
  customer: string,
  more: More<{ invoice?: string; payment_intent?: string | null; created?: Date }> = {},
): JsonObject {
  const { invoice = 'in_1', payment_intent = 'pi_1', created = new Date(), ...rest } = more;
  return {
    id,
    object: 'charge',
    customer,
    amount: 49_900,
    currency: 'usd',
    created: seconds(created),
    status: 'failed',
    paid: false,
    failure_code: 'card_declined',
    failure_message: 'Your card has insufficient funds. <b>call me</b>',
    outcome: { network_status: 'declined_by_network', reason: 'insufficient_funds', type: 'issuer_declined' },
    payment_intent,
    ...(shape === 'old' ? { invoice } : {}),
    ...members(rest),
  };
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

const members = (rest: { [member: string]: Json | Date | undefined }): JsonObject => JSON.parse(JSON.stringify(rest)) as JsonObject;

/** Stripe events of about 2 KB, signed as Stripe signs them, each of a customer and an invoice of its own. */
import { randomBytes } from 'node:crypto';

import Stripe from 'stripe';

export interface SignedEvent {
  customer: string;
  body: string;
  signature: string;
}

/** `ignored` is a type that no procedure lists: it is stored, and that is all. `failed_payment` starts a workflow. */
export type EventKind = 'ignored' | 'failed_payment';

export const event_bytes = 2_048;

export function signedEvents(kind: EventKind, count: number, secret: string): SignedEvent[] {
  return Array.from({ length: count }, () => {
    const id = randomBytes(12).toString('hex');
    const customer = `cus_${id}`;
    const body = padded(kind === 'ignored' ? paymentMethodAttached(id, customer) : invoicePaymentFailed(id, customer));
    return { customer, body, signature: Stripe.webhooks.generateTestHeaderString({ payload: body, secret }) };
  });
}

/** Metadata fills the event up to the size. */
function padded(event: (filler: string) => object): string {
  const missing = event_bytes - JSON.stringify(event('')).length;
  return JSON.stringify(event('x'.repeat(Math.max(0, missing))));
}

function invoicePaymentFailed(id: string, customer: string) {
  const at = now_seconds() - 300;
  const period = { start: at - 86_400, end: at + 29 * 86_400 };
  return (filler: string) =>
    envelope(id, 'invoice.payment_failed', at, {
      id: `in_${id}`,
      object: 'invoice',
      account_country: 'US',
      amount_due: 4900,
      amount_paid: 0,
      amount_remaining: 4900,
      attempt_count: 1,
      attempted: true,
      auto_advance: true,
      billing_reason: 'subscription_cycle',
      collection_method: 'charge_automatically',
      created: at - 3_600,
      currency: 'usd',
      customer,
      customer_email: `billing@${id}.example.com`,
      customer_name: `Customer ${id}`,
      hosted_invoice_url: `https://invoice.stripe.com/i/acct_bench/${id}`,
      lines: {
        object: 'list',
        data: [{ id: `il_${id}`, object: 'line_item', amount: 4900, currency: 'usd', period, proration: false, quantity: 1 }],
        has_more: false,
      },
      metadata: { filler },
      next_payment_attempt: at + 3 * 86_400,
      number: `BENCH-${id.slice(0, 8)}`,
      parent: { type: 'subscription_details', subscription_details: { subscription: `sub_${id}` } },
      status: 'open',
      subtotal: 4900,
      total: 4900,
    });
}

function paymentMethodAttached(id: string, customer: string) {
  const at = now_seconds();
  return (filler: string) =>
    envelope(id, 'payment_method.attached', at, {
      id: `pm_${id}`,
      object: 'payment_method',
      billing_details: { email: `billing@${id}.example.com`, name: `Customer ${id}`, phone: null },
      card: { brand: 'visa', country: 'US', exp_month: 8, exp_year: 2031, funding: 'credit', last4: '4242' },
      created: at,
      customer,
      metadata: { filler },
      type: 'card',
    });
}

function envelope(id: string, type: string, created: number, object: object) {
  return {
    id: `evt_${id}`,
    object: 'event',
    api_version: '2025-03-31.basil',
    created,
    data: { object },
    livemode: true,
    pending_webhooks: 1,
    type,
  };
}

const now_seconds = () => Math.floor(Date.now() / 1_000);

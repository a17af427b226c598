/** A subscription and a new invoice of it that could not be collected, as Stripe would send them. */
import { randomBytes } from 'node:crypto';

import { signStripe } from '../../providers/stripe/inbound.ts';
import type { Sample, SampleDelivery } from './sender.ts';

export const failed_payment: Sample = (now) => {
  const { subscription_created, payment_failed } = deliveriesOf(now);
  return {
    // Whoever else is stored already, the sample customer counts as a large one: the sample is there to be seen.
    context: { customers: [{ stripe_customer_id: customer.id, mrr_percentile: 99 }] },
    deliveries: [byStripe(subscription_created), byStripe(payment_failed)],
  };
};

function byStripe(body: object): SampleDelivery {
  return { source: 'stripe', body, sign: (text, secret, now) => ({ 'stripe-signature': signStripe(text, secret, now) }) };
}

const customer = { id: 'cus_ExecOpsSample', name: 'Northwind Studio', email: 'maria@example.com' };
const subscription_id = 'sub_ExecOpsSample';
const monthly_cents = 240_000;
const day_seconds = 86_400;

/** A customer's subscription and a new invoice of it that could not be collected five minutes ago. */
function deliveriesOf(now: Date) {
  const at = Math.floor(now.getTime() / 1000);
  const period = { start: at - 10 * day_seconds, end: at + 20 * day_seconds };
  const invoice = `in_Sample${randomBytes(8).toString('hex')}`;
  const subscription = {
    id: subscription_id,
    object: 'subscription',
    customer: customer.id,
    status: 'active',
    currency: 'usd',
    created: at - 300 * day_seconds,
    current_period_start: period.start,
    current_period_end: period.end,
    latest_invoice: invoice,
    cancel_at_period_end: false,
    collection_method: 'charge_automatically',
    items: {
      object: 'list',
      data: [
        {
          id: 'si_ExecOpsSample',
          object: 'subscription_item',
          quantity: 1,
          current_period_end: period.end,
          price: {
            id: 'price_ExecOpsSample',
            object: 'price',
            currency: 'usd',
            unit_amount: monthly_cents,
            recurring: { interval: 'month', interval_count: 1 },
          },
        },
      ],
    },
  };
  const failed_invoice = {
    id: invoice,
    object: 'invoice',
    customer: customer.id,
    customer_name: customer.name,
    customer_email: customer.email,
    subscription: subscription_id,
    parent: { type: 'subscription_details', subscription_details: { subscription: subscription_id } },
    status: 'open',
    currency: 'usd',
    total: monthly_cents,
    amount_due: monthly_cents,
    amount_paid: 0,
    amount_remaining: monthly_cents,
    attempted: true,
    attempt_count: 1,
    billing_reason: 'subscription_cycle',
    created: at - 3_600,
    next_payment_attempt: at + 3 * day_seconds,
    hosted_invoice_url: `https://invoice.example.com/i/${invoice}`,
    lines: {
      object: 'list',
      data: [{ id: 'il_ExecOpsSample', object: 'line_item', amount: monthly_cents, currency: 'usd', period, proration: false }],
    },
  };
  return {
    subscription_created: envelope('customer.subscription.created', at - 600, subscription),
    payment_failed: envelope('invoice.payment_failed', at - 300, failed_invoice),
  };
}

function envelope(type: string, created: number, object: object) {
  return {
    id: `evt_Sample${randomBytes(8).toString('hex')}`,
    object: 'event',
    api_version: '2025-03-31.basil',
    type,
    created,
    livemode: true,
    pending_webhooks: 1,
    data: { object },
  };
}

/**
 * Stripe's objects in our words, whichever API version shaped them. From 2025-03-31 on an invoice names its
 * subscription under `parent`, a charge no longer names its invoice, and periods sit on subscription items:
 * https://docs.stripe.com/changelog/basil. A member that is absent or of another type reads as null.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { maybe } from '../tolerant.ts';
import { itemPerMonth, monthsOf, sumOfKnown } from './prices.ts';

const plain_id = z.string().regex(/^[\w.:-]{1,255}$/);
/** An id, or the object itself where the sender expanded it. */
const id = z.union([plain_id, z.object({ id: plain_id }).transform((expanded) => expanded.id)]);
const text = maybe(z.string());
const count = maybe(z.int());
const latest_second = 253_402_300_799;
/** Seconds since 1970, as ISO 8601. */
const instant = maybe(
  z
    .int()
    .min(0)
    .max(latest_second)
    .transform((seconds) => new Date(seconds * 1000).toISOString()),
);
const currency = maybe(
  z
    .string()
    .regex(/^[A-Za-z]{3}$/)
    .transform((code) => code.toLowerCase()),
);
const https_url = maybe(
  z
    .string()
    .max(2_000)
    .refine((url) => URL.canParse(url) && new URL(url).protocol === 'https:' && !/[\s<>"]/.test(url)),
);
const list = <T extends z.ZodType>(item: T) =>
  z
    .object({ data: z.array(item) })
    .transform((page) => page.data)
    .catch([]);

const recurring = z.object({ interval: z.enum(['day', 'week', 'month', 'year']), interval_count: z.int().min(1).catch(1) });
const price = z.object({ unit_amount: count, unit_amount_decimal: text, recurring: maybe(recurring) });
const plan = z.object({ amount: count, interval: maybe(recurring.shape.interval), interval_count: z.int().min(1).catch(1) });

const invoice = z
  .object({
    id,
    customer: maybe(id),
    customer_email: text,
    customer_name: text,
    currency,
    status: text,
    amount_due: count,
    amount_remaining: count,
    amount_paid: count,
    total: count,
    attempt_count: count,
    created: instant,
    next_payment_attempt: instant,
    hosted_invoice_url: https_url,
    subscription: maybe(id),
    parent: maybe(z.object({ subscription_details: maybe(z.object({ subscription: maybe(id) })) })),
    payment_intent: maybe(id),
    charge: maybe(id),
    payments: list(z.object({ payment: maybe(z.object({ payment_intent: maybe(id), charge: maybe(id) })) })),
    lines: list(z.object({ period: maybe(z.object({ start: count, end: count })), proration: z.boolean().catch(false) })),
  })
  .transform(({ parent, payments, lines, ...rest }) => ({
    ...rest,
    subscription: rest.subscription ?? parent?.subscription_details?.subscription ?? null,
    /** Everything that paid or tried to pay it, as far as the invoice itself tells. */
    payment_ids: [
      rest.payment_intent,
      rest.charge,
      ...payments.flatMap(({ payment }) => [payment?.payment_intent, payment?.charge]),
    ].filter((payment): payment is string => typeof payment === 'string'),
    months: monthsOf(lines),
  }));
export type Invoice = z.output<typeof invoice>;

/** Expanded, it may name the invoice that the charge does not. */
const paying_intent = z.union([
  plain_id.transform((name) => ({ id: name, invoice: null })),
  z.object({ id: plain_id, invoice: maybe(id) }),
]);

const charge = z
  .object({
    id,
    customer: maybe(id),
    amount: count,
    currency,
    created: instant,
    invoice: maybe(id),
    payment_intent: maybe(paying_intent),
    failure_code: text,
    outcome: maybe(z.object({ reason: text })),
    payment_details: maybe(z.object({ order_reference: text })),
    receipt_email: text,
    billing_details: maybe(z.object({ email: text })),
  })
  .transform(({ outcome, payment_details, payment_intent: intent, receipt_email, billing_details, ...rest }) => ({
    ...rest,
    payment_intent: intent?.id ?? null,
    invoice: rest.invoice ?? intent?.invoice ?? invoiceReference(payment_details?.order_reference),
    decline_code: outcome?.reason ?? rest.failure_code,
    /** As given with the payment. */
    email: receipt_email ?? billing_details?.email ?? null,
  }));
export type Charge = z.output<typeof charge>;

const payment_intent = z
  .object({
    id,
    customer: maybe(id),
    status: text,
    invoice: maybe(id),
    last_payment_error: maybe(z.object({ code: text, decline_code: text })),
    payment_details: maybe(z.object({ order_reference: text })),
  })
  .transform(({ last_payment_error, payment_details, ...rest }) => ({
    ...rest,
    invoice: rest.invoice ?? invoiceReference(payment_details?.order_reference),
    decline_code: last_payment_error?.decline_code ?? last_payment_error?.code ?? null,
  }));
export type PaymentIntent = z.output<typeof payment_intent>;

/** Ties a payment to its invoice since charges stopped naming it. */
const invoice_payment = z
  .object({ id, invoice: maybe(id), payment: maybe(z.object({ payment_intent: maybe(id), charge: maybe(id) })) })
  .transform((link) => ({ id: link.id, invoice: link.invoice, payment: link.payment?.payment_intent ?? link.payment?.charge ?? null }));
export type InvoicePayment = z.output<typeof invoice_payment>;

const subscription = z
  .object({
    id,
    customer: maybe(id),
    status: text,
    currency,
    latest_invoice: maybe(id),
    current_period_end: instant,
    cancel_at_period_end: z.boolean().catch(false),
    pause_collection: maybe(z.object({ behavior: text, resumes_at: instant })),
    items: list(z.object({ quantity: count, price: maybe(price), plan: maybe(plan), current_period_end: instant })),
    plan: maybe(plan),
    quantity: count,
  })
  .transform(({ items, plan: only_plan, quantity, ...rest }) => ({
    ...rest,
    current_period_end:
      rest.current_period_end ??
      items
        .map((item) => item.current_period_end)
        .filter((end) => end !== null)
        .sort()[0] ??
      null,
    /** What it costs per month in minor units; null when no item has a fixed price. */
    per_month: sumOfKnown((items.length > 0 ? items : [{ quantity, price: null, plan: only_plan }]).map(itemPerMonth)),
  }));
export type Subscription = z.output<typeof subscription>;

const owned = z.object({ id: plain_id, customer: maybe(id) });

const customer = z.object({ id, name: text, email: text, deleted: z.boolean().catch(false) });
export type Customer = z.output<typeof customer>;

/** Any object's id and the customer it belongs to. */
export const readOwned = (data: Json): z.output<typeof owned> | null => owned.safeParse(data).data ?? null;
export const readInvoice = (data: Json): Invoice | null => invoice.safeParse(data).data ?? null;
export const readCharge = (data: Json): Charge | null => charge.safeParse(data).data ?? null;
export const readPaymentIntent = (data: Json): PaymentIntent | null => payment_intent.safeParse(data).data ?? null;
export const readInvoicePayment = (data: Json): InvoicePayment | null => invoice_payment.safeParse(data).data ?? null;
export const readSubscription = (data: Json): Subscription | null => subscription.safeParse(data).data ?? null;
export const readCustomer = (data: Json): Customer | null => customer.safeParse(data).data ?? null;

/** Payments that an invoice started carry its id as their order reference. */
function invoiceReference(order_reference: string | null | undefined): string | null {
  return order_reference?.startsWith('in_') ? order_reference : null;
}

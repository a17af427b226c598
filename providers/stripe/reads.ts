/** What Stripe's API adds to the stored events. A slow or broken Stripe costs a draft at most `read_ms_max`. */
import Stripe from 'stripe';

import type { ProviderObject } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { readInvoicePayment } from './shapes.ts';

const read_ms_max = 3_000;
const subscriptions_max = 20;
const invoices_max = 8;

export interface StripeQuestion {
  customer: string | null;
  invoice: string | null;
  /** A payment whose invoice is not known yet. */
  payment_intent: string | null;
}

export interface StripeReading {
  objects: ProviderObject[];
  /** Why some of it could not be read, in a few words; null when all of it was. */
  unreadable: string | null;
}

export type StripeReader = (question: StripeQuestion) => Promise<StripeReading>;

export function createStripeReader(stripe: Stripe, budget_ms = read_ms_max): StripeReader {
  return async ({ customer, invoice, payment_intent }) => {
    const options = { timeout: budget_ms };
    const reads: Promise<ProviderObject[]>[] = [];
    if (customer !== null) {
      reads.push(
        stripe.customers.retrieve(customer, {}, options).then((found) => [objectOf('customer', found.id, found.id, found)]),
        stripe.subscriptions
          .list({ customer, status: 'all', limit: subscriptions_max }, options)
          .then((page) => page.data.map((item) => objectOf('subscription', item.id, customer, item))),
        stripe.invoices
          .list({ customer, limit: invoices_max }, options)
          .then((page) => page.data.map((item) => objectOf('invoice', item.id, customer, item))),
      );
    }
    if (invoice !== null)
      reads.push(stripe.invoices.retrieve(invoice, {}, options).then((found) => [objectOf('invoice', found.id, customer, found)]));
    if (payment_intent !== null)
      reads.push(
        linksOf(stripe, payment_intent, options),
        // Versions of the API before 2025-03-31 name the invoice here, and every one tells whether it was paid since.
        stripe.paymentIntents
          .retrieve(payment_intent, {}, options)
          .then((found) => [objectOf('payment_intent', found.id, customer, found)]),
      );
    const results = await Promise.all(reads.map((read) => settle(read, budget_ms)));
    return {
      objects: results.flatMap(({ objects }) => objects),
      unreadable: results.find((result) => result.unreadable !== null)?.unreadable ?? null,
    };
  };
}

/** Stored under the payment, as inbound events of this kind are. */
async function linksOf(stripe: Stripe, payment_intent: string, options: Stripe.RequestOptions): Promise<ProviderObject[]> {
  const page = await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent } }, options);
  return page.data.map((link) => objectOf('invoice_payment', readInvoicePayment(asJson(link))?.payment ?? link.id, null, link));
}

function objectOf(kind: string, id: string, customer: string | null, data: object): ProviderObject {
  return { kind, id, customer, data: asJson(data) };
}

/** The library hands out the parsed body with extra properties of its own, which JSON leaves out. */
function asJson(data: object): Json {
  return JSON.parse(JSON.stringify(data)) as Json;
}

async function settle(read: Promise<ProviderObject[]>, budget_ms: number): Promise<StripeReading> {
  const { promise: late, resolve } = Promise.withResolvers<StripeReading>();
  const timer = setTimeout(() => resolve({ objects: [], unreadable: 'it did not answer in time' }), budget_ms);
  const done = read.then(
    (objects): StripeReading => ({ objects, unreadable: null }),
    (error: unknown): StripeReading => ({ objects: [], unreadable: whyUnreadable(error) }),
  );
  const result = await Promise.race([done, late]);
  clearTimeout(timer);
  return result;
}

/** An object that does not exist is an answer; everything else is a reading that failed. */
function whyUnreadable(error: unknown): string | null {
  if (!(error instanceof Stripe.errors.StripeError)) return 'its answer could not be understood';
  if (error.statusCode === 404) return null;
  if (error.statusCode === 401 || error.statusCode === 403) return 'it refused the API key';
  return error.statusCode === undefined ? 'it could not be reached' : `it answered ${error.statusCode}`;
}

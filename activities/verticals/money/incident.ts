/** Which charges, payments and invoices are one failed payment. Pure. */
import { kindOf } from '../../../providers/stripe/inbound.ts';
import {
  readCharge,
  readInvoice,
  readInvoicePayment,
  readOwned,
  readPaymentIntent,
  readSubscription,
} from '../../../providers/stripe/shapes.ts';
import type { Charge, Invoice, PaymentIntent } from '../../../providers/stripe/shapes.ts';
import type { Json } from '../../../domain/text.ts';

/** A provider's object as it was last seen. */
export interface SeenObject {
  kind: string;
  object_id: string;
  data: Json;
  as_of: string;
  /** The event that showed it; null when the provider's API did. */
  event_id: string | null;
}

export type Seen<T> = T & { seen: SeenObject };

export interface Incident {
  /** Every name of the incident, the preferred one first. */
  subjects: string[];
  invoice: Seen<Invoice> | null;
  charge: Seen<Charge> | null;
  payment_intent: Seen<PaymentIntent> | null;
  /** The subscription that the failing invoice, or the event, is about. */
  subscription_id: string | null;
}

/** A charge that names no invoice is taken for the attempt on one of the same customer and amount this close in time. */
const attempt_window_minutes = 60;

/** The incident that the object `data` of an event of this type belongs to. `seen` holds everything known of its customer. */
export function incidentOf(type: string, data: Json, seen: readonly SeenObject[]): Incident {
  const invoices = pick(seen, 'invoice', readInvoice);
  const charges = pick(seen, 'charge', readCharge);
  const intents = pick(seen, 'payment_intent', readPaymentIntent);
  const start = startOf(type, data, invoices);
  const names = closure(start.name, [...linksOf(seen, invoices, charges, intents)]);
  const among = <T extends { id: string }>(kind: string, objects: T[]) => objects.filter(({ id }) => names.has(`stripe:${kind}:${id}`));
  const invoice = newest(among('invoice', invoices));
  const subscription_id = start.subscription_id ?? invoice?.subscription ?? null;
  if (subscription_id !== null && invoice !== null) names.add(`stripe:subscription:${subscription_id}`);
  return {
    subjects: [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)),
    invoice,
    charge: newest(among('charge', charges)),
    payment_intent: newest(among('payment_intent', intents)),
    subscription_id,
  };
}

function startOf(type: string, data: Json, invoices: Seen<Invoice>[]): { name: string; subscription_id: string | null } {
  const kind = kindOf(type, data) ?? 'object';
  const subscription = kind === 'subscription' ? readSubscription(data) : null;
  const owed = subscription && newest(invoices.filter((invoice) => invoice.subscription === subscription.id && invoice.status === 'open'));
  const invoice_id = subscription?.latest_invoice ?? owed?.id;
  if (subscription && invoice_id) return { name: `stripe:invoice:${invoice_id}`, subscription_id: subscription.id };
  return { name: `stripe:${kind}:${readOwned(data)?.id ?? 'unknown'}`, subscription_id: subscription?.id ?? null };
}

type Link = readonly [string, string];

function* linksOf(
  seen: readonly SeenObject[],
  invoices: Seen<Invoice>[],
  charges: Seen<Charge>[],
  intents: Seen<PaymentIntent>[],
): Generator<Link> {
  const paymentName = (id: string) => (id.startsWith('pi_') ? `stripe:payment_intent:${id}` : `stripe:charge:${id}`);
  for (const invoice of invoices) for (const payment of invoice.payment_ids) yield [`stripe:invoice:${invoice.id}`, paymentName(payment)];
  const links = pick(seen, 'invoice_payment', readInvoicePayment);
  for (const link of links) {
    if (link.invoice && link.payment) yield [`stripe:invoice:${link.invoice}`, paymentName(link.payment)];
  }
  for (const intent of intents) if (intent.invoice) yield [`stripe:invoice:${intent.invoice}`, `stripe:payment_intent:${intent.id}`];
  const named = new Set([
    ...invoices.flatMap(({ payment_ids }) => payment_ids),
    ...links.map(({ payment }) => payment),
    ...intents.map(({ id, invoice }) => invoice && id),
  ]);
  for (const charge of charges) {
    if (charge.payment_intent) yield [`stripe:charge:${charge.id}`, `stripe:payment_intent:${charge.payment_intent}`];
    if (charge.invoice) yield [`stripe:charge:${charge.id}`, `stripe:invoice:${charge.invoice}`];
    if (charge.invoice || named.has(charge.id) || named.has(charge.payment_intent)) continue;
    const attempted = invoices.find((invoice) => isAttempt(charge, invoice))?.id ?? lateInvoiceOf(charge, seen, invoices);
    if (attempted) yield [`stripe:charge:${charge.id}`, `stripe:invoice:${attempted}`];
  }
}

/** Since 2025-03-31 neither side of a failed attempt names the other, so customer, amount and time have to tell. */
function isAttempt(charge: Charge, { seen, ...invoice }: Seen<Invoice>): boolean {
  const { created } = charge;
  if (created === null || charge.amount === null || charge.customer === null || charge.customer !== invoice.customer) return false;
  if (
    invoice.payment_ids.length > 0 ||
    charge.currency !== invoice.currency ||
    ![invoice.amount_remaining, invoice.amount_due].includes(charge.amount)
  )
    return false;
  // What the API showed is of no particular time.
  const times = [invoice.created, seen.event_id === null ? null : seen.as_of];
  return times.some((time) => time !== null && isClose(created, time));
}

/** The invoice of a subscription that fell due with this charge, while the invoice itself was not seen yet. */
function lateInvoiceOf({ created, customer }: Charge, seen: readonly SeenObject[], invoices: Seen<Invoice>[]): string | null {
  if (created === null || customer === null) return null;
  const late = pick(seen, 'subscription', readSubscription).find(
    (subscription) =>
      subscription.status === 'past_due' &&
      subscription.customer === customer &&
      subscription.seen.event_id !== null &&
      !invoices.some(({ id }) => id === subscription.latest_invoice) &&
      isClose(created, subscription.seen.as_of),
  );
  return late?.latest_invoice ?? null;
}

function isClose(time: string, other: string): boolean {
  return Math.abs(Date.parse(time) - Date.parse(other)) <= attempt_window_minutes * 60_000;
}

function closure(start: string, links: Link[]): Set<string> {
  const names = new Set([start]);
  for (const name of names) {
    for (const [left, right] of links) {
      if (left === name) names.add(right);
      if (right === name) names.add(left);
    }
  }
  return names;
}

function pick<T extends { id: string }>(seen: readonly SeenObject[], kind: string, read: (data: Json) => T | null): Seen<T>[] {
  return seen.flatMap((object) => {
    const value = object.kind === kind ? read(object.data) : null;
    return value === null ? [] : [{ ...value, seen: object }];
  });
}

function newest<T extends { seen: SeenObject }>(objects: T[]): T | null {
  return objects.toSorted((a, b) => Date.parse(b.seen.as_of) - Date.parse(a.seen.as_of))[0] ?? null;
}

const preference = ['invoice', 'payment_intent', 'charge', 'subscription'];
const rank = (subject: string): number => preference.indexOf(subject.split(':')[1] ?? '');

/** Failed payments of customers that are worth a card, each with a customer, an invoice and an address of its own. */
import { randomUUID } from 'node:crypto';

import type { Person } from '../../domain/app.ts';
import { storeContext } from '../../prisma/context.ts';
import type { Database } from '../../prisma/database.ts';
import { stripeEvent, stripeInvoice, type JsonObject } from '../../providers/stripe/testing.ts';

export interface Payment {
  customer: string;
  invoice: string;
  email: string;
  /** Stripe's event of the failure; what is given overwrites members of the invoice. */
  failed(invoice?: JsonObject, at?: Date): JsonObject;
  /** Any other event about the same invoice. */
  event(type: string, invoice?: JsonObject): JsonObject;
}

/** Tells the product that the customer is one of the largest, so that its failed payment makes a card. */
export async function payment(db: Pick<Database, 'tx'>, person: Person): Promise<Payment> {
  const one = newPayment();
  await storeContext(db, person, { customers: [{ stripe_customer_id: one.customer, mrr_percentile: 99 }] });
  return one;
}

export function newPayment(): Payment {
  const name = randomUUID().slice(0, 13).replace('-', '');
  const [customer, invoice_id, email] = [`cus_${name}`, `in_${name}`, `${name}@customer.example`];
  const about = (invoice: JsonObject) =>
    stripeInvoice('new', invoice_id, customer, {
      subscription: `sub_${name}`,
      customer_email: email,
      customer_name: `Customer ${name}`,
      ...invoice,
    });
  return {
    customer,
    invoice: invoice_id,
    email,
    failed: (invoice = {}, created = new Date()) => stripeEvent('invoice.payment_failed', about(invoice), { created }),
    event: (type, invoice = {}) => stripeEvent(type, about(invoice)),
  };
}

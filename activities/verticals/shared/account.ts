/** What one customer pays per month, by what was signed and by what people told. Pure. */
import type { ContextCustomer } from '../../../domain/context.ts';
import type { Money } from '../../../domain/money.ts';
import type { Subscription } from '../../../providers/stripe/shapes.ts';

/** What a person told about a customer. */
export interface Told {
  data: ContextCustomer;
  as_of: string;
}

/** What is known of one customer's payments. */
export interface Account {
  subscriptions: Map<string, Subscription>;
  /** When a signed event last changed what the customer buys. */
  terms_as_of: string | null;
  /** The newest invoice of a subscription, for customers whose subscriptions were never seen. */
  invoice: { id: string; as_of: string; per_month: Money | null } | null;
}

export interface Revenue extends Money {
  from: 'subscriptions' | 'invoice' | 'context';
}

/** A told fact that no newer change of terms has overtaken. */
export function toldRevenue(told: readonly Told[], terms_as_of: string | null): { amount_minor: number; currency: string | null } | null {
  const fact = told.find(({ data, as_of }) => data.mrr_cents !== undefined && !isNewer(terms_as_of, as_of));
  return fact?.data.mrr_cents === undefined ? null : { amount_minor: fact.data.mrr_cents, currency: fact.data.currency ?? null };
}

export function isNewer(time: string | null, than: string): boolean {
  return time !== null && Date.parse(time) > Date.parse(than);
}

const paying = new Set(['active', 'past_due', 'unpaid']);

/** The sum over what is being paid for, in the currency that most of it is in; null when nothing of it has a price we can read. */
export function accountRevenue({ subscriptions, invoice }: Account): Revenue | null {
  if (subscriptions.size === 0) return invoice?.per_month ? { ...invoice.per_month, from: 'invoice' } : null;
  const paid = [...subscriptions.values()].filter(({ status }) => paying.has(status ?? ''));
  const priced = paid.flatMap(({ per_month, currency }) => (per_month === null || currency === null ? [] : [{ per_month, currency }]));
  const sums = [...Map.groupBy(priced, ({ currency }) => currency)].map(([currency, same]): Revenue => {
    return { amount_minor: same.reduce((sum, { per_month }) => sum + per_month, 0), currency, from: 'subscriptions' };
  });
  const most = sums.toSorted((a, b) => b.amount_minor - a.amount_minor || (a.currency < b.currency ? -1 : 1))[0];
  if (most !== undefined || paid.length > 0) return most ?? null;
  const currency = [...subscriptions.values()].find((subscription) => subscription.currency !== null)?.currency;
  return currency ? { amount_minor: 0, currency, from: 'subscriptions' } : null;
}

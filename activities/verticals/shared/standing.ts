/** What a customer pays, and how that compares with the others. */
import { accountRevenue, isNewer, toldRevenue, type Account, type Revenue, type Told } from './account.ts';
import type { Population } from './revenue.ts';

export interface Standing {
  /** Null when nobody knows, or when it was told without a currency. */
  revenue: Revenue | null;
  /** 0 to 100; null when the revenue is not known. */
  percentile: { value: number; from: 'context' | 'computed' } | null;
}

export interface StandingInput {
  account: Account;
  told: readonly Told[];
  population: Population;
  /** Keys under which the customer itself is ranked. */
  own_keys: readonly string[];
  /** For an amount that was told without one. */
  fallback_currency: string | null;
}

export function standingOf({ account, told, population, own_keys, fallback_currency }: StandingInput): Standing {
  const computed = accountRevenue(account);
  const fact = toldRevenue(told, account.terms_as_of);
  const currency = fact?.currency ?? computed?.currency ?? fallback_currency;
  const revenue: Revenue | null =
    fact !== null && currency !== null ? { amount_minor: fact.amount_minor, currency, from: 'context' } : computed;
  const figure = fact === null ? revenue : { amount_minor: fact.amount_minor, currency };
  return { revenue, percentile: toldPercentile(account, told) ?? computedPercentile(figure, population, own_keys) };
}

export function isTop(percentile: number, { top_percent }: { top_percent: number }): boolean {
  return percentile >= 100 - top_percent;
}

function toldPercentile(account: Account, told: readonly Told[]): Standing['percentile'] {
  const fact = told.find(({ data, as_of }) => data.mrr_percentile !== undefined && !isNewer(account.terms_as_of, as_of));
  return fact?.data.mrr_percentile === undefined ? null : { value: fact.data.mrr_percentile, from: 'context' };
}

function computedPercentile(
  figure: { amount_minor: number; currency: string | null } | null,
  population: Population,
  own_keys: readonly string[],
): Standing['percentile'] {
  if (figure === null) return null;
  return { value: figure.amount_minor > 0 ? population.percentileOf(figure, own_keys) : 0, from: 'computed' };
}

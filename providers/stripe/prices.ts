/** What a subscription costs a month, and how many months an invoice is for. Pure. */
import { perMonth, type BillingInterval } from '../../domain/money.ts';

interface Recurring {
  interval: BillingInterval;
  interval_count: number;
}

/** Of a subscription; older versions tell its plan only. */
export interface PricedItem {
  quantity: number | null;
  price: { unit_amount: number | null; unit_amount_decimal: string | null; recurring: Recurring | null } | null;
  plan: { amount: number | null; interval: BillingInterval | null; interval_count: number } | null;
}

export function itemPerMonth(item: PricedItem): number | null {
  const quantity = item.quantity ?? 1;
  const interval: BillingInterval | null = item.price?.recurring?.interval ?? item.plan?.interval ?? null;
  const interval_count = item.price?.recurring?.interval_count ?? item.plan?.interval_count ?? 1;
  const decimal = Number(item.price?.unit_amount_decimal ?? Number.NaN);
  const unit = item.price?.unit_amount ?? item.plan?.amount ?? (Number.isFinite(decimal) ? decimal : null);
  if (unit === null || interval === null) return null;
  return perMonth(Math.round(unit * quantity), interval, interval_count);
}

export function sumOfKnown(amounts: (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length === 0 ? null : known.reduce((sum, amount) => sum + amount, 0);
}

const seconds_per_day = 86_400;
const seconds_per_month = (365 * seconds_per_day) / 12;

/** How many months the longest billed period covers, a day at least; null without periods. */
export function monthsOf(lines: { period: { start: number | null; end: number | null } | null; proration: boolean }[]): number | null {
  const seconds = lines.filter((line) => !line.proration).map(({ period }) => (period?.end ?? 0) - (period?.start ?? 0));
  const longest = Math.max(0, ...seconds);
  if (longest <= 0) return null;
  const months = Math.max(longest, seconds_per_day) / seconds_per_month;
  return months >= 0.9 ? Math.max(1, Math.round(months)) : months;
}

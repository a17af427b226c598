/** How cards and reasons tell what a customer pays, and how that ranks. */
import { formatMoney } from '../../../domain/money.ts';
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';
import { claim, row } from './card.ts';
import type { Standing } from './standing.ts';

type Percentile = NonNullable<Standing['percentile']>;
interface Settings {
  top_percent: number;
}

export function revenueRow({ revenue, percentile }: Standing, { top_percent }: Settings): Fact | null {
  const parts = [revenue && `${formatMoney(revenue)} a month`, percentile && `top ${top_percent} % (${rankOf(percentile)})`];
  return row('Revenue', parts.filter((part) => part !== null).join(', ') || null, false, null);
}

export function topSentence({ percentile }: Standing, { top_percent }: Settings): string | null {
  return percentile && `The customer is in the top ${top_percent} % by monthly revenue (${rankOf(percentile)}).`;
}

export function whySmall(percentile: Percentile, { top_percent }: Settings): string {
  return `a small customer: ${rankOf(percentile)}, and the top ${top_percent} % begins at ${100 - top_percent}`;
}

export function revenueClaims({ revenue, percentile }: Standing): Evidence[] {
  const claims = [
    revenue && claim(`Monthly revenue is ${formatMoney(revenue)}`, null, sourceOf(revenue)),
    percentile && claim(`By monthly revenue, the customer ${standsAt(percentile)}`, null, sourceOf(percentile)),
  ];
  return claims.filter((one) => one !== null);
}

const sourceOf = ({ from }: { from: string }): string => (from === 'context' ? 'context' : 'mrr');

function rankOf(percentile: Percentile): string {
  return percentile.from === 'context' ? `percentile ${shown(percentile.value)} as told` : standsAt(percentile);
}

function standsAt({ value, from }: Percentile): string {
  return from === 'context' ? `is at percentile ${shown(value)}` : `pays more than ${shown(value)} % of the others`;
}

/** One decimal, rounded down, so that 89.96 is never shown as 90. */
const shown = (percentile: number): string => String(Math.floor(percentile * 10) / 10);

/** Amounts are whole numbers of the currency's smallest unit, as Stripe sends them. Never floats, never summed across currencies. */
export interface Money {
  amount_minor: number;
  /** ISO 4217 code, lower case. */
  currency: string;
}

/** Currencies whose Stripe amount has no fraction: https://docs.stripe.com/currencies#zero-decimal */
const zero_decimal = new Set(['bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf']);
/** https://docs.stripe.com/currencies#three-decimal */
const three_decimal = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);
/*
 * ISK and UGX have no fraction either, but Stripe keeps them in hundredths for backward
 * compatibility, always ending in 00: https://docs.stripe.com/currencies#special-cases
 */

/** How many decimal places an amount of this currency has in Stripe's smallest unit. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
  const code = currency.toLowerCase();
  if (zero_decimal.has(code)) return 0;
  return three_decimal.has(code) ? 3 : 2;
}

/** `$1,234.50`, `¥5,000`, `KWD 1.234`: exact, by integer arithmetic, in English notation. */
export function formatMoney({ amount_minor, currency }: Money): string {
  if (!Number.isSafeInteger(amount_minor)) throw new RangeError(`${amount_minor} is not a whole number of minor units`);
  const code = currency.toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new RangeError(`"${currency}" is not a currency code`);
  const places = decimalsOf(currency);
  const digits = String(Math.abs(amount_minor)).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const decimal = places === 0 ? whole : `${whole}.${digits.slice(-places)}`;
  // A numeric string is formatted exactly, without passing through a float.
  return formatFor(code, places).format(`${amount_minor < 0 ? '-' : ''}${decimal}` as Intl.StringNumericLiteral);
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making one costs a hundred times what using it does. */
function formatFor(code: string, places: number): Intl.NumberFormat {
  const made =
    formats.get(code) ??
    new Intl.NumberFormat('en-US', { style: 'currency', currency: code, minimumFractionDigits: places, maximumFractionDigits: places });
  formats.set(code, made);
  return made;
}

const months_per = { day: 12 / 365, week: (12 * 7) / 365, month: 1, year: 12 } as const;
export type BillingInterval = keyof typeof months_per;

/** An amount per billing interval as an amount per month, rounded to a whole minor unit. */
export function perMonth(amount_minor: number, interval: BillingInterval, interval_count: number): number {
  return Math.round(amount_minor / (months_per[interval] * interval_count));
}

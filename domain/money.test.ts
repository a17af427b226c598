import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decimalsOf, formatMoney, perMonth } from './money.ts';

describe('an amount', () => {
  test.each([
    [49_900, 'usd', '$499.00'],
    [5, 'usd', '$0.05'],
    [123_456_789, 'eur', '€1,234,567.89'],
    [5_000, 'jpy', '¥5,000'],
    [5_000, 'JPY', '¥5,000'],
    [1_234, 'kwd', 'KWD\u00A01.234'],
    [500_000, 'isk', 'ISK\u00A05,000.00'],
    [0, 'gbp', '£0.00'],
    [-1_050, 'usd', '-$10.50'],
    [Number.MAX_SAFE_INTEGER, 'usd', '$90,071,992,547,409.91'],
  ])('%i %s reads %s', (amount_minor, currency, text) => {
    expect(formatMoney({ amount_minor, currency })).toBe(text);
  });

  test('is shown exactly: its digits are the minor units', () => {
    const currency = fc.constantFrom('usd', 'eur', 'jpy', 'krw', 'kwd', 'bhd', 'clp', 'isk', 'ugx', 'chf');
    fc.assert(
      fc.property(fc.maxSafeInteger(), currency, (amount_minor, code) => {
        const digits = formatMoney({ amount_minor, currency: code }).replace(/\D/g, '');
        expect(BigInt(digits)).toBe(BigInt(Math.abs(amount_minor)));
        const fraction = /\.(\d+)$/.exec(formatMoney({ amount_minor, currency: code }))?.[1] ?? '';
        expect(fraction).toHaveLength(decimalsOf(code));
      }),
    );
  });

  test('that is no whole number, or in no currency, is refused', () => {
    for (const amount_minor of [0.5, Number.NaN, 2 ** 53]) expect(() => formatMoney({ amount_minor, currency: 'usd' })).toThrow(RangeError);
    for (const currency of ['', 'us', '$$$', 'usdx']) expect(() => formatMoney({ amount_minor: 1, currency })).toThrow(RangeError);
  });
});

describe('an amount per month', () => {
  test.each([
    [49_900, 'month', 1, 49_900],
    [120_000, 'year', 1, 10_000],
    [30_000, 'month', 3, 10_000],
    [100, 'week', 1, 435],
    [100, 'day', 1, 3_042],
    [100, 'year', 3, 3],
  ] as const)('%i every %s × %i is %i', (amount, interval, count, expected) => {
    expect(perMonth(amount, interval, count)).toBe(expected);
  });

  test('is whole, keeps its sign, and times the interval comes back to within rounding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000_000 }),
        fc.constantFrom('month', 'year'),
        fc.integer({ min: 1, max: 12 }),
        (amount, interval, count) => {
          const months = (interval === 'year' ? 12 : 1) * count;
          const monthly = perMonth(amount, interval, count);
          expect(Number.isSafeInteger(monthly)).toBe(true);
          expect(Math.abs(monthly * months - amount)).toBeLessThanOrEqual(months / 2 + 1e-3);
        },
      ),
    );
  });
});

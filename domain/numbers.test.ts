import { describe, expect, test } from 'vitest';

import { numbersIn, unsupportedNumbers } from './numbers.ts';

const valuesIn = (text: string) => numbersIn(text).map(({ value, unit }) => (unit === null ? value : `${value} ${unit}`));

describe('a number in prose', () => {
  test.each([
    ['$1,234.50', ['1234.5 usd']],
    ['1.234,50 €', ['1234.5 eur']],
    ['USD 49.00', ['49 usd']],
    ['1 234 567', ['1234567']],
    ['¥5,000', ['5000 jpy']],
    ['12,345', ['12345']],
    ['0.025', ['0.025']],
    ['3 %', ['3 %']],
    ['three percent', ['3 %']],
    ['twenty dollars', ['20 usd']],
    ['٣٤ days', ['34']],
    ['𝟛𝟜 days', ['34']],
    ['twenty-four hours', ['24']],
    ['two hundred and five', ['205']],
    ['three thousand', ['3000']],
    ['no one and none', []],
    ['Someone', []],
    ['on 2026-11-20 at 14:05', ['2026', '11', '20', '14', '5']],
  ])('%s is read by its value', (text, values) => expect(valuesIn(text)).toEqual(values));
});

describe('held against the evidence', () => {
  const support = ['$1,234.50 is due', 'The contract renews in 12 days', '2.5 %', 'Failed 2026-11-20 14:05 UTC'];
  test.each([
    ['Your payment of $1,234.50 failed.', []],
    ['Your payment of 1234.5 failed twelve days ago.', []],
    ['We give you 20% off.', ['20%']],
    ['You owe €1,234.50.', ['€1,234.50']],
    ['Call +1 555 0100 now.', ['1 555', '0100']],
    ['Three of us, on 20 November.', ['Three']],
    ['2.5 percent', []],
    ['99 problems, 99 of them', ['99']],
  ])('%s', (text, unsupported) => expect(unsupportedNumbers(text, support)).toEqual(unsupported));
});

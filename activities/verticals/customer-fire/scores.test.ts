import { expect, test } from 'vitest';

import { churnScore, type ChurnSignals } from './scores.ts';

const now = new Date('2026-11-20T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const quiet: ChurnSignals = { cancelling: false, failed_payments: [], unpaid_since: null, opened: [], ratings: [] };
const scoreOf = (more: Partial<ChurnSignals>) => churnScore({ ...quiet, ...more }, now).score;

test('nothing that speaks for leaving is a score of 0', () => {
  expect(churnScore(quiet, now)).toEqual({ score: 0, parts: [] });
});

test('a subscription that ends is worth 0.4', () => {
  expect(scoreOf({ cancelling: true })).toBe(0.4);
});

test('each failed payment within 90 days is worth 0.1, three at most', () => {
  expect(scoreOf({ failed_payments: [ago(89)] })).toBe(0.1);
  expect(scoreOf({ failed_payments: [ago(90)] })).toBe(0);
  expect(scoreOf({ failed_payments: [1, 2, 3, 4, 5].map(ago) })).toBe(0.3);
});

test('an invoice unpaid for more than 30 days is worth 0.2', () => {
  expect(scoreOf({ unpaid_since: ago(30) })).toBe(0);
  expect(scoreOf({ unpaid_since: ago(30.001) })).toBe(0.2);
});

test('three conversations in 30 days are worth 0.2 when they are twice as many as before', () => {
  expect(scoreOf({ opened: [1, 2].map(ago) })).toBe(0);
  expect(scoreOf({ opened: [1, 2, 3].map(ago) })).toBe(0.2);
  // Four in ninety days are one and a third in thirty; five are more than half of three.
  expect(scoreOf({ opened: [1, 2, 3, 40, 50, 60, 70].map(ago) })).toBe(0.2);
  expect(scoreOf({ opened: [1, 2, 3, 40, 50, 60, 70, 80].map(ago) })).toBe(0);
});

test('answers rated 2 of 5 or less on average are worth 0.25', () => {
  expect(
    scoreOf({
      ratings: [
        { rating: 1, at: ago(9) },
        { rating: 3, at: ago(8) },
      ],
    }),
  ).toBe(0.25);
  expect(
    scoreOf({
      ratings: [
        { rating: 2, at: ago(9) },
        { rating: 3, at: ago(8) },
      ],
    }),
  ).toBe(0);
  expect(scoreOf({ ratings: [{ rating: 1, at: ago(181) }] })).toBe(0);
});

test('the parts add up to 1 at most', () => {
  const everything = {
    cancelling: true,
    failed_payments: [1, 2, 3].map(ago),
    unpaid_since: ago(60),
    opened: [1, 2, 3].map(ago),
    ratings: [{ rating: 1, at: ago(1) }],
  };
  const { score, parts } = churnScore(everything, now);
  expect(score).toBe(1);
  expect(parts.map(({ points }) => points)).toEqual([40, 30, 20, 20, 25]);
});

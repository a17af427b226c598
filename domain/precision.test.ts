import { describe, expect, test } from 'vitest';

import { isTooImprecise, precisionOf, wilsonInterval } from './precision.ts';

const none = { approved_unchanged: 0, edited: 0, rejected: 0, bad_outcome: 0 };

test.each([
  [0, 0, 0, 1],
  [0, 10, 0, 0.2775],
  [5, 10, 0.2366, 0.7634],
  [6, 10, 0.3127, 0.8318],
  [10, 10, 0.7225, 1],
  [90, 100, 0.8256, 0.9448],
])('%i of %i lie between %f and %f', (hits, n, lower, upper) => {
  const [low, high] = wilsonInterval(hits, n);
  expect(low).toBeCloseTo(lower, 4);
  expect(high).toBeCloseTo(upper, 4);
});

describe('a procedure is too imprecise', () => {
  test.each([
    ['nine rejections are too few to tell', { ...none, rejected: 9 }, false],
    ['ten rejections tell', { ...none, rejected: 10 }, true],
    ['five of ten wanted', { ...none, approved_unchanged: 5, rejected: 5 }, true],
    ['six of ten wanted', { ...none, approved_unchanged: 4, edited: 2, rejected: 4 }, false],
    ['taken back afterwards counts against it', { ...none, approved_unchanged: 5, rejected: 4, bad_outcome: 1 }, true],
  ])('%s', (_what, record, expected) => expect(isTooImprecise(precisionOf(record))).toBe(expected));
});

test('without decisions nothing is claimed', () => {
  expect(precisionOf(none)).toEqual({ ...none, n: 0, precision: null, lower: 0, upper: 1 });
});

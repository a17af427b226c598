import { describe, expect, it } from 'vitest';

import { figuresOf, percentile } from './statistics.ts';

describe('percentile', () => {
  it('is the smallest value that the share does not exceed, in any order', () => {
    const values = [5, 1, 4, 2, 3];
    expect(percentile(values, 0.5)).toBe(3);
    expect(percentile(values, 0.99)).toBe(5);
    expect(percentile(values, 0.2)).toBe(1);
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });

  it('of one hundred values leaves one above the 99th', () => {
    expect(
      percentile(
        Array.from({ length: 100 }, (_, index) => index + 1),
        0.99,
      ),
    ).toBe(99);
  });

  it('of nothing is an error', () => {
    expect(() => percentile([], 0.5)).toThrow('a percentile of nothing');
  });
});

describe('figures', () => {
  it('pool the rounds and count work by the time that both took', () => {
    const rounds = [
      { took_ms: [1, 2, 3], elapsed_ms: 10 },
      { took_ms: [4], elapsed_ms: 30 },
    ];
    expect(figuresOf(rounds)).toEqual({ p50_ms: 2, p99_ms: 4, per_second: 100, count: 4 });
  });

  it('of a part of the work have no rate', () => {
    expect(figuresOf([{ took_ms: [7], elapsed_ms: null }])).toEqual({ p50_ms: 7, p99_ms: 7, per_second: null, count: 1 });
  });
});

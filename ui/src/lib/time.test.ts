import { expect, test } from 'vitest';

import { ago, distance, duration } from './time.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test('a duration shows its two largest units', () => {
  expect(duration(8_400)).toBe('8 s');
  expect(duration(59_700)).toBe('1 m');
  expect(duration(12 * minute + 30_000)).toBe('12 m');
  expect(duration(22 * hour + 12 * minute)).toBe('22 h 12 m');
  expect(duration(6 * day + 9 * hour + 59 * minute)).toBe('6 d 9 h');
  expect(duration(2 * day)).toBe('2 d');
});

test('a duration that is over is nothing, never negative', () => {
  expect(duration(0)).toBe('0 s');
  expect(duration(-5_000)).toBe('0 s');
});

test('a moment may lie on either side of now', () => {
  expect(distance(26 * hour)).toBe('26 h ago');
  expect(distance(-2 * hour - 5 * minute)).toBe('in 2 h 5 m');
});

test('the past is told in one unit', () => {
  expect(ago(20_000)).toBe('just now');
  expect(ago(2 * hour + 59 * minute)).toBe('2 h ago');
});

import { expect, test } from 'vitest';

import { until } from '../scripts/testing/wait.ts';
import { createPacer } from './pacer.ts';

test('an item that comes alone is worked on before push returns', () => {
  const begun: number[] = [];
  const pacer = createPacer<number>(async (item) => void begun.push(item));
  expect(pacer.push(1)).toBe(true);
  expect(begun).toEqual([1]);
});

test('a burst waits until it is over, and then all of it is worked on in order', async () => {
  const begun: number[] = [];
  const pacer = createPacer<number>(async (item) => void begun.push(item));
  const items = Array.from({ length: 600 }, (_, index) => index);
  for (const item of items) pacer.push(item);
  expect(begun).toEqual([0]);
  expect(pacer.waiting()).toBe(599);
  await until('the burst is worked on', () => begun.length === items.length);
  expect(begun).toEqual(items);
});

test('a burst that does not end still lets some through', async () => {
  const begun: number[] = [];
  const pacer = createPacer<number>(async (item) => void begun.push(item));
  let pushed = 0;
  const flood = setInterval(() => pacer.push(pushed++), 5);
  await until('items of the flood are worked on', () => begun.length >= 10).finally(() => clearInterval(flood));
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
});

test('what cannot be queued is refused, and stopping forgets what waits', async () => {
  const begun: number[] = [];
  const pacer = createPacer<number>(async (item) => void begun.push(item));
  const taken = Array.from({ length: 10_002 }, (_, index) => pacer.push(index));
  expect(taken.filter((ok) => !ok)).toHaveLength(1);
  await pacer.stop();
  expect(pacer.waiting()).toBe(0);
  expect(begun).toEqual([0]);
});

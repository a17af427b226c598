import { expect, test } from 'vitest';

import { merged } from './merge.ts';

const items = (ids: string) => [...ids].map((id) => ({ id }));
const ids = (list: { id: string }[]) => list.map((item) => item.id).join('');

test('what the new list no longer holds stays behind its neighbour', () => {
  expect(ids(merged(items('abcd'), items('acd')))).toBe('abcd');
  expect(ids(merged(items('abcd'), items('cd')))).toBe('abcd');
});

test('what is new comes in at its place', () => {
  expect(ids(merged(items('ab'), items('xab')))).toBe('xab');
  expect(ids(merged(items('ab'), items('xb')))).toBe('axb');
  expect(ids(merged([], items('ab')))).toBe('ab');
});

test('the newer state of an item replaces the older one', () => {
  expect(merged([{ id: 'a', n: 1 }], [{ id: 'a', n: 2 }])).toEqual([{ id: 'a', n: 2 }]);
});

import { expect, test } from 'vitest';

import { fromShown, said, toShown, unitOf } from './shown.ts';

const share = { unit: 'share', kind: 'number' } as const;
const hours = { unit: 'hours', kind: 'number' } as const;

test('a share is written as per cent and read back as the same number', () => {
  for (const value of [0, 0.02, 0.07, 0.1, 0.29, 0.575, 1, 2.5]) expect(fromShown(share, toShown(share, value))).toBe(value);
  expect([toShown(share, 0.07), unitOf(share)]).toEqual(['7', '%']);
});

test('other numbers are written as they are, with a comma or a point', () => {
  expect(toShown(hours, 0.25)).toBe('0.25');
  expect(fromShown(hours, '0,25')).toBe(0.25);
});

test.each(['', ' ', 'many', '1e999', '1.2.3'])('%j is no number', (typed) => {
  expect(fromShown(hours, typed)).toBeNull();
});

test('a value is said with its unit', () => {
  expect(said(share, 0.1)).toBe('10 %');
  expect(said(hours, 24)).toBe('24 hours');
  expect(said({ unit: null, kind: 'switch' }, true)).toBe('on');
  expect(said({ unit: null, kind: 'text' }, '')).toBe('nothing');
});

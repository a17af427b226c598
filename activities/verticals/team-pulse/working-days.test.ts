import { expect, test } from 'vitest';

import { nextWorkingDay, workingDays } from './working-days.ts';

const friday = new Date('2026-11-20T12:00:00Z');
const off = (start: string, end: string) => ({ start, end });

test('two weeks have ten working days, whenever they end', () => {
  for (let day = 0; day < 7; day += 1) {
    expect(workingDays(new Date(friday.getTime() + day * 86_400_000), 14, [])).toEqual({ weekdays: 10, working: 10 });
  }
});

test('a holiday counts once, and not on a weekend', () => {
  const week = off('2026-11-13T00:00:00Z', '2026-11-17T00:00:00Z');
  expect(workingDays(friday, 14, [week, off('2026-11-16T00:00:00Z', '2026-11-17T00:00:00Z')])).toEqual({ weekdays: 10, working: 8 });
});

test('a holiday of another time zone lies on the day that it covers half of', () => {
  expect(workingDays(friday, 14, [off('2026-11-17T23:00:00Z', '2026-11-18T23:00:00Z')])).toEqual({ weekdays: 10, working: 9 });
  expect(workingDays(friday, 14, [off('2026-11-18T09:00:00Z', '2026-11-18T17:00:00Z')])).toEqual({ weekdays: 10, working: 10 });
});

test('the next working day is never today, a weekend or a holiday', () => {
  const after = (moment: string, ...holidays: ReturnType<typeof off>[]) => nextWorkingDay(new Date(moment), holidays).toISOString();
  expect(after('2026-11-19T00:00:00Z')).toBe('2026-11-20T00:00:00.000Z');
  expect(after('2026-11-20T23:59:59Z')).toBe('2026-11-23T00:00:00.000Z');
  expect(after('2026-11-20T12:00:00Z', off('2026-11-23T00:00:00Z', '2026-11-28T00:00:00Z'))).toBe('2026-11-30T00:00:00.000Z');
  expect(after('2026-11-20T12:00:00Z', off('2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z'))).toBe('2026-11-23T00:00:00.000Z');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { quietUntil } from './quiet-hours.ts';

const berlin = { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' };
const untilAt = (hours: typeof berlin, now: string) => quietUntil(hours, new Date(now))?.toISOString() ?? null;

describe('a night over midnight', () => {
  test.each([
    ['before it', '2026-11-20T20:59:59Z', null],
    ['its first second', '2026-11-20T21:00:00Z', '2026-11-21T06:00:00.000Z'],
    ['after midnight', '2026-11-21T02:30:00Z', '2026-11-21T06:00:00.000Z'],
    ['its last second', '2026-11-21T05:59:59.999Z', '2026-11-21T06:00:00.000Z'],
    ['the first second after it', '2026-11-21T06:00:00Z', null],
  ])('%s', (_when, now, until) => {
    expect(untilAt(berlin, now)).toBe(until);
  });
});

test('a pause within a day', () => {
  const noon = { from: '12:30', to: '13:15', time_zone: 'UTC' };
  expect(untilAt(noon, '2026-11-20T12:45:10Z')).toBe('2026-11-20T13:15:00.000Z');
  expect(untilAt(noon, '2026-11-20T13:15:00Z')).toBeNull();
});

describe('when the clocks change', () => {
  test('a spring night is an hour shorter', () => {
    // 28 to 29 March 2026: 02:00 becomes 03:00.
    expect(untilAt(berlin, '2026-03-28T21:00:00Z')).toBe('2026-03-29T05:00:00.000Z');
  });

  test('an autumn night is an hour longer', () => {
    // 24 to 25 October 2026: 03:00 becomes 02:00.
    expect(untilAt(berlin, '2026-10-24T20:00:00Z')).toBe('2026-10-25T06:00:00.000Z');
  });

  test('an end inside the hour that is skipped comes with the skip', () => {
    const early = { ...berlin, to: '02:30' };
    expect(untilAt(early, '2026-03-29T00:30:00Z')).toBe('2026-03-29T01:00:00.000Z');
  });

  test('an end inside the hour that comes twice comes the first time, and the second time it is quiet again for its part', () => {
    const early = { ...berlin, to: '02:30' };
    expect(untilAt(early, '2026-10-24T23:30:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(untilAt(early, '2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00.000Z');
  });

  test('half hours of a zone count', () => {
    // Lord Howe moves by thirty minutes: 4 October 2026, 02:00 becomes 02:30.
    const lord_howe = { from: '22:00', to: '07:00', time_zone: 'Australia/Lord_Howe' };
    expect(untilAt(lord_howe, '2026-10-03T12:00:00Z')).toBe('2026-10-03T20:00:00.000Z');
  });
});

test('where the hours are equal or cannot be read it is never quiet', () => {
  const night = '2026-11-21T02:30:00Z';
  for (const wrong of [{ to: '22:00' }, { from: '' }, { from: '25:00' }, { time_zone: 'Mars/Olympus' }, { time_zone: '' }])
    expect(untilAt({ ...berlin, ...wrong }, night)).toBeNull();
});

test('whenever it is quiet, it is quiet no more at the end that is named, and until a minute before it', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'UTC');
  const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map((parts) => parts.map(twoDigits).join(':'));
  fc.assert(
    fc.property(
      time,
      time,
      zones,
      fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
      (from, to, time_zone, now) => {
        const hours = { from, to, time_zone };
        const until = quietUntil(hours, now);
        if (until === null) return;
        expect(until.getTime()).toBeGreaterThan(now.getTime());
        expect(quietUntil(hours, until)).toBeNull();
        expect(quietUntil(hours, new Date(until.getTime() - 1))).toEqual(until);
      },
    ),
    { numRuns: 60 },
  );
});

const twoDigits = (part: number) => String(part).padStart(2, '0');

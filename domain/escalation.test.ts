import { describe, expect, test } from 'vitest';

import { dueStage, nextStage, stagesAhead, type Clocked } from './escalation.ts';

const from = new Date('2026-11-20T00:00:00.000Z');
const hour_ms = 3_600_000;
const after = (ms: number) => new Date(from.getTime() + ms);
const card = (span_ms: number, more: Partial<Clocked> = {}): Clocked => ({
  urgency: 'high',
  escalation: 'none',
  escalates_from: from,
  escalates_at: after(span_ms),
  ...more,
});

describe('a procedure’s time', () => {
  test.each([
    ['24 h', 24 * hour_ms, 6 * hour_ms, 12 * hour_ms],
    ['4 h', 4 * hour_ms, hour_ms, 2 * hour_ms],
    ['15 min', 15 * 60_000, 225_000, 450_000],
    ['72 h', 72 * hour_ms, 18 * hour_ms, 36 * hour_ms],
  ])('of %s reminds at a quarter, delegates at half and is the owner’s once it is over', (_, span_ms, remind_ms, delegate_ms) => {
    expect(stagesAhead(card(span_ms))).toEqual([
      { stage: 'reminded', at: after(remind_ms) },
      { stage: 'delegated', at: after(delegate_ms) },
      { stage: 'owner', at: after(span_ms + 1) },
    ]);
  });

  test('is at each stage from its very millisecond on, save for the owner’s, which is strictly later', () => {
    const due = (ms: number) => dueStage(card(4 * hour_ms), after(ms))?.due.stage ?? null;
    expect([due(hour_ms - 1), due(hour_ms)]).toEqual([null, 'reminded']);
    expect([due(2 * hour_ms - 1), due(2 * hour_ms)]).toEqual(['reminded', 'delegated']);
    expect([due(4 * hour_ms), due(4 * hour_ms + 1)]).toEqual(['delegated', 'owner']);
  });
});

test('of several stages whose time has passed only the latest is due, and the others are named', () => {
  expect(dueStage(card(4 * hour_ms), after(3 * hour_ms))).toEqual({
    due: { stage: 'delegated', at: after(2 * hour_ms) },
    skipped: ['reminded'],
  });
  expect(dueStage(card(4 * hour_ms), after(9 * hour_ms))?.skipped).toEqual(['reminded', 'delegated']);
});

test('a stage that was reached does not come again', () => {
  const reminded = card(4 * hour_ms, { escalation: 'reminded' });
  expect(dueStage(reminded, after(hour_ms))).toBeNull();
  expect(nextStage(reminded, after(hour_ms))).toEqual({ stage: 'delegated', at: after(2 * hour_ms) });
  expect(nextStage(card(4 * hour_ms, { escalation: 'delegated' }), after(3 * hour_ms))).toEqual({
    stage: 'owner',
    at: after(4 * hour_ms + 1),
  });
});

test('what is critical, or has no time, has no stage ahead; without a beginning there is only the end', () => {
  expect(stagesAhead(card(hour_ms, { urgency: 'critical' }))).toEqual([]);
  expect(stagesAhead(card(hour_ms, { escalates_at: null }))).toEqual([]);
  expect(stagesAhead(card(hour_ms, { escalates_from: null }))).toEqual([{ stage: 'owner', at: after(hour_ms + 1) }]);
});

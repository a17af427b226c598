import { expect, test } from 'vitest';

import { settledBy, type Turn } from './settled.ts';

/** `at` in seconds by Sentry's clock; they arrive in the order they are listed. */
const turns = (...told: [type: string, at: number][]): Turn[] => told.map(([type, at]) => ({ type, occurred_at: new Date(at * 1_000) }));

test('a resolution ends what came before it, in whichever order they arrive', () => {
  expect(settledBy(turns(['issue.created', 10], ['issue.resolved', 20]))?.type).toBe('issue.resolved');
  expect(settledBy(turns(['issue.resolved', 20], ['issue.created', 10]))?.type).toBe('issue.resolved');
  expect(settledBy(turns(['metric_alert.warning', 10], ['metric_alert.critical', 10], ['metric_alert.resolved', 20]))?.type).toBe(
    'metric_alert.resolved',
  );
});

test('what broke again after it goes on', () => {
  expect(settledBy(turns(['issue.created', 10], ['issue.resolved', 20], ['issue.unresolved', 30]))).toBeNull();
  expect(settledBy(turns(['issue.unresolved', 30], ['issue.resolved', 20]))).toBeNull();
  expect(settledBy(turns(['issue.created', 10], ['issue.resolved', 20], ['event_alert.triggered', 21]))).toBeNull();
  expect(settledBy(turns(['issue.resolved', 20], ['issue.unresolved', 30], ['issue.archived', 40]))?.type).toBe('issue.archived');
});

test('within one second the resolution counts as the later one, but for an issue that came back after it', () => {
  expect(settledBy(turns(['issue.resolved', 20], ['event_alert.triggered', 20.9]))?.type).toBe('issue.resolved');
  expect(settledBy(turns(['issue.resolved', 20], ['issue.unresolved', 20]))).toBeNull();
  expect(settledBy(turns(['issue.unresolved', 20], ['issue.resolved', 20]))?.type).toBe('issue.resolved');
});

test('without a resolution nothing is settled', () => {
  expect(settledBy([])).toBeNull();
  expect(settledBy(turns(['issue.created', 10]))).toBeNull();
});

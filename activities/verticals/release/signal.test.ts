import { describe, expect, test } from 'vitest';

import type { Json } from '../../../domain/text.ts';
import { sentryIssue, sentryMetricAlert } from '../../../providers/sentry/testing.ts';
import { failureRateIn, readSignal } from './signal.ts';

const occurred_at = new Date('2026-11-20T12:00:00Z');
const signalOf = (type: string, payload: Json, source = 'sentry') => readSignal({ source, type, payload, occurred_at });

describe('a failure rate', () => {
  const rate = (text: string, aggregate = 'failure_rate()') => failureRateIn(aggregate, { data: { description_text: text } });

  test('is the fraction that Sentry writes at the head of the description', () => {
    expect(rate('0.0213 failure_rate() in the last 10 minutes\nFilter: level:error')).toBe(0.0213);
    expect(rate('2.5% failure rate in the last hour')).toBe(0.025);
    expect(rate('2e-3 failure_rate() in the last 10 minutes')).toBe(0.002);
  });

  test('is nothing else: a count, another aggregate, a number further down, or more than everything', () => {
    expect(rate('1000 events in the last 10 minutes')).toBeNull();
    expect(rate('0.5 failure_rate() in the last 10 minutes', 'count()')).toBeNull();
    expect(rate('Filter: 0.5 failure_rate() in the last 10 minutes')).toBeNull();
    expect(rate('17 failure_rate() in the last 10 minutes')).toBeNull();
    expect(failureRateIn('failure_rate()', { data: 'x' })).toBeNull();
    expect(failureRateIn('failure_rate()', null)).toBeNull();
  });
});

describe('when it broke', () => {
  const first_seen = new Date('2026-11-20T11:30:00Z');

  test('is when a new issue was first seen, and for one that came back the event itself', () => {
    expect(signalOf('issue.created', sentryIssue('created', { first_seen }))?.spike_at).toBe('2026-11-20T11:30:00.000Z');
    expect(signalOf('issue.unresolved', sentryIssue('unresolved', { first_seen }))?.spike_at).toBe(occurred_at.toISOString());
  });

  test('is never after the event', () => {
    const late = sentryIssue('created', { first_seen: new Date('2026-11-20T13:00:00Z') });
    expect(signalOf('issue.created', late)?.spike_at).toBe(occurred_at.toISOString());
  });
});

test('a metric alert may name its environment in its query only', () => {
  const alert = (query: string, environment: string | null = null) => {
    const payload = sentryMetricAlert('critical', { environment });
    const data = payload.data as { metric_alert: { alert_rule: { [key: string]: Json } } };
    data.metric_alert.alert_rule.query = query;
    return signalOf('metric_alert.critical', payload)?.environment;
  };
  expect(alert('level:error environment:staging')).toBe('staging');
  expect(alert('level:error !environment:staging')).toBeNull();
  expect(alert('environment:staging', 'production')).toBe('production');
});

test('what only a person wraps otherwise is read for a person alone', () => {
  const { data } = sentryIssue('created', { id: '42' });
  expect(signalOf('issue.created', data ?? null, 'manual')?.issue_id).toBe('42');
  expect(signalOf('issue.created', data ?? null)).toBeNull();
  expect(signalOf('issue.created', 'nonsense', 'manual')).toBeNull();
});

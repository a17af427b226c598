/** What a Sentry event says of a service, by its payload alone. Pure. */
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import { readSentry, type Told } from '../../../providers/sentry/shapes.ts';

export interface Signal {
  /** As Sentry names its project, in lower case; null when the payload names none. */
  project: string | null;
  issue_id: string | null;
  alert_id: string | null;
  /** As named; null when none is. */
  environment: string | null;
  /** Of the issue: `unresolved`, `resolved` or `ignored`. */
  status: string | null;
  /** Of the issue: `outage` means that the service is down. */
  category: string | null;
  first_seen: string | null;
  /** When it broke, by Sentry's clock; never after the event itself. */
  spike_at: string;
  /** A fraction, where a metric alert tells its failure rate. */
  failure_rate: number | null;
}

type Read = Pick<StoredEvent, 'source' | 'type' | 'payload' | 'occurred_at'>;

/** Null when the payload is about neither an issue, an event nor an alert. */
export function readSignal(event: Read): Signal | null {
  const told = toldBy(event);
  switch (told.kind) {
    case 'issue': {
      const { issue } = told;
      return {
        ...nothing,
        project: issue.service,
        issue_id: issue.id,
        environment: named(issue.environment),
        status: issue.status,
        category: issue.category,
        first_seen: issue.first_seen,
        // An issue that comes back was first seen long before it broke again.
        spike_at: upTo(event.occurred_at, event.type === 'issue.created' ? issue.first_seen : null),
      };
    }
    case 'event': {
      const { event: raised, issue } = told;
      return {
        ...nothing,
        project: raised.service ?? issue?.service ?? null,
        issue_id: raised.issue_id ?? issue?.id ?? null,
        environment: named(raised.environment ?? issue?.environment ?? null),
        status: issue?.status ?? null,
        category: raised.category ?? issue?.category ?? null,
        first_seen: issue?.first_seen ?? null,
        spike_at: upTo(event.occurred_at, raised.happened_at),
      };
    }
    case 'metric_alert': {
      const { alert } = told;
      return {
        ...nothing,
        project: alert.services[0] ?? null,
        alert_id: alert.id,
        environment: named(alert.environment) ?? environmentIn(alert.query),
        spike_at: upTo(event.occurred_at, alert.detected_at),
        failure_rate: failureRateIn(alert.aggregate, event.payload),
      };
    }
    case 'other':
      return null;
  }
}

const nothing = {
  project: null,
  issue_id: null,
  alert_id: null,
  environment: null,
  status: null,
  category: null,
  first_seen: null,
  failure_rate: null,
};

/** A person may report Sentry's whole webhook, its data, or only the issue, event or alert. */
function toldBy({ source, type, payload }: Read): Told {
  const { told } = readSentry(payload);
  if (told.kind !== 'other' || source !== 'manual') return told;
  const member = { issue: 'issue', event_alert: 'event', error: 'error', metric_alert: 'metric_alert' }[type.split('.', 1)[0] ?? ''];
  const wrapped: Json[] = [{ data: payload }, ...(member === undefined ? [] : [{ data: { [member]: payload } }])];
  return wrapped.map((body) => readSentry(body).told).find(({ kind }) => kind !== 'other') ?? told;
}

function named(environment: string | null): string | null {
  return environment === null || environment.trim() === '' ? null : environment.trim();
}

function upTo(latest: Date, time: string | null): string {
  return time !== null && Date.parse(time) <= latest.getTime() ? time : latest.toISOString();
}

/** A metric alert may name its environment in its query only. */
function environmentIn(query: string | null): string | null {
  return /(?:^|\s)environment:"?([\w.-]+)"?(?=\s|$)/.exec(query ?? '')?.[1] ?? null;
}

/**
 * Sentry writes what it measured at the head of the description, as `0.05 failure_rate() in the last 10 minutes`, a fraction:
 * https://github.com/getsentry/sentry/blob/master/src/sentry/integrations/metric_alerts.py
 */
export function failureRateIn(aggregate: string | null, payload: Json): number | null {
  if (aggregate === null || !/^failure_rate\(\)/.test(aggregate.trim())) return null;
  const found = /^\s*(\d+(?:\.\d+)?(?:e-\d+)?)\s*(%?)\s*failure[ _]rate\b/i.exec(descriptionOf(payload));
  if (found?.[1] === undefined) return null;
  const rate = found[2] === '%' ? Number(found[1]) / 100 : Number(found[1]);
  return rate >= 0 && rate <= 1 ? rate : null;
}

function descriptionOf(payload: Json): string {
  const text = membersOf(membersOf(payload).data).description_text;
  return typeof text === 'string' ? text : '';
}

function membersOf(value: Json | undefined): { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

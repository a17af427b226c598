/** Sentry's webhooks as it documents them, cut down to what matters; tests sign them. */
import { createHmac } from 'node:crypto';

import type { Json } from '../../domain/text.ts';

type JsonObject = { [key: string]: Json };

export const sentry_secret = 'a secret for tests of Sentry';

/** The headers Sentry sends with this body. Without a resource the body alone has to tell. */
export function signSentry(body: string, secret: string, more: { resource?: string; at?: Date } = {}): Record<string, string> {
  return {
    'request-id': '5cf5a1e0-7c1b-4e35-9d6d-2f6a2f9f3c11',
    'sentry-hook-timestamp': String(Math.floor((more.at ?? new Date()).getTime() / 1000)),
    'sentry-hook-signature': createHmac('sha256', secret).update(body).digest('hex'),
    ...(more.resource === undefined ? {} : { 'sentry-hook-resource': more.resource }),
  };
}

export interface SentryWhere {
  /** The project's slug. */
  project?: string;
  environment?: string | null;
  release?: string | null;
  level?: string;
}

/** An issue that was created, resolved, archived …; `category: 'outage'` for one that says the service is down. */
export function sentryIssue(
  action: 'created' | 'resolved' | 'unresolved' | 'assigned' | 'archived' | 'ignored' = 'created',
  more: SentryWhere & {
    id?: string;
    first_seen?: Date;
    last_seen?: Date;
    status?: string;
    substatus?: string;
    category?: string;
    count?: number;
    user_count?: number;
    overrides?: JsonObject;
  } = {},
): JsonObject {
  const { id = '1170820242', project = 'shop', level = 'error', category = 'error', first_seen = new Date(), environment, release } = more;
  const { last_seen = first_seen, count = 1, user_count = 1, status = statusAfter(action) } = more;
  return hook(action, {
    issue: {
      annotations: [],
      assignedTo: null,
      count: String(count),
      culprit: 'totals in round',
      firstSeen: iso(first_seen),
      hasSeen: false,
      id,
      issueCategory: category,
      issueType: category === 'outage' ? 'uptime_domain_failure' : 'error',
      lastSeen: iso(last_seen),
      level,
      logger: null,
      metadata: { filename: '/totals.ts', type: 'TypeError', value: 'total is not a number' },
      permalink: null,
      platform: 'node',
      project: { id: '1', name: project, platform: 'node', slug: project },
      project_url: `https://sentry.io/api/0/projects/acme/${project}/`,
      shortId: 'SHOP-9',
      status,
      statusDetails: {},
      substatus: more.substatus ?? (status === 'unresolved' ? 'new' : null),
      title: 'TypeError: total is not a number',
      type: 'error',
      url: `https://sentry.io/api/0/organizations/acme/issues/${id}/`,
      userCount: user_count,
      web_url: `https://sentry.io/organizations/acme/issues/${id}/`,
      ...(environment == null ? {} : { tags: [{ key: 'environment', value: environment }] }),
      ...(release == null ? {} : { lastRelease: { version: release } }),
      ...more.overrides,
    },
  });
}

/** An alert rule that fired for an event of an issue. `environment: null` names none. */
export function sentryIssueAlert(
  more: SentryWhere & { issue_id?: string; event_id?: string; at?: Date; rule?: string; overrides?: JsonObject } = {},
): JsonObject {
  const { issue_id = '1117540176', rule = 'Many errors' } = more;
  return hook('triggered', {
    event: eventOf({ ...more, issue_id }),
    triggered_rule: rule,
    issue_alert: { title: rule, settings: [] },
  });
}

/** A single error, as subscribers of errors get it. */
export function sentryError(
  more: SentryWhere & { issue_id?: string; event_id?: string; at?: Date; overrides?: JsonObject } = {},
): JsonObject {
  return hook('created', { error: eventOf(more) });
}

/** A metric alert that changed its state. */
export function sentryMetricAlert(
  action: 'critical' | 'warning' | 'resolved' = 'critical',
  more: {
    id?: string;
    projects?: string[];
    environment?: string | null;
    aggregate?: string;
    started_at?: Date;
    detected_at?: Date;
    closed_at?: Date | null;
    overrides?: JsonObject;
  } = {},
): JsonObject {
  const { id = '4', projects = ['shop'], environment = null, aggregate = 'failure_rate()', started_at = new Date() } = more;
  const { detected_at = started_at, closed_at = null } = more;
  return hook(action, {
    description_text: '1000 events in the last 10 minutes\nFilter: level:error',
    description_title: `${action}: Too many errors`,
    metric_alert: {
      alert_rule: {
        aggregate,
        created_by: null,
        dataset: 'events',
        date_created: '2025-09-13T12:26:40.000000Z',
        date_modified: '2025-09-13T12:26:40.000000Z',
        environment,
        id: '7',
        include_all_projects: false,
        name: 'Too many errors',
        organization_id: '5',
        projects,
        query: 'level:error',
        resolution: 1,
        resolve_threshold: null,
        status: 0,
        threshold_period: 1,
        threshold_type: 0,
        time_window: 10,
        triggers: [],
      },
      date_closed: closed_at && iso(closed_at),
      date_created: iso(detected_at),
      date_detected: iso(detected_at),
      date_started: iso(started_at),
      id,
      identifier: '1',
      organization_id: '5',
      projects,
      status: action === 'resolved' ? 2 : action === 'critical' ? 20 : 10,
      status_method: 3,
      title: 'Sacred Marmot',
      type: 2,
      ...more.overrides,
    },
    web_url: 'https://sentry.io/organizations/acme/alerts/1/',
  });
}

/** The older webhooks plugin's body. */
export function sentryLegacyAlert(more: SentryWhere & { issue_id?: string; at?: Date; overrides?: JsonObject } = {}): JsonObject {
  const { issue_id = '541485531', project = 'shop', level = 'error' } = more;
  const { issue_id: _, project: __, issue_url: ___, ...raw } = eventOf({ ...more, issue_id });
  return {
    id: issue_id,
    project,
    project_name: project,
    project_slug: project,
    logger: null,
    level,
    culprit: 'totals in round',
    message: 'total is not a number',
    url: `https://sentry.io/organizations/acme/issues/${issue_id}/?referrer=webhooks_plugin`,
    triggering_rules: ['Many errors'],
    event: raw,
    ...more.overrides,
  };
}

let count = 0;

function eventOf({
  issue_id = '1117540176',
  event_id,
  project = 'shop',
  level = 'error',
  environment = 'production',
  release = null,
  at = new Date(),
  overrides,
}: SentryWhere & { issue_id?: string; event_id?: string; at?: Date; overrides?: JsonObject }): JsonObject {
  count += 1;
  const hex = event_id ?? createHmac('sha256', String(process.pid)).update(String(count)).digest('hex').slice(0, 32);
  return {
    culprit: 'totals in round',
    datetime: iso(at),
    dist: null,
    event_id: hex,
    issue_id,
    issue_url: `https://sentry.io/api/0/issues/${issue_id}/`,
    level,
    location: 'totals.ts',
    message: '',
    metadata: { type: 'TypeError', value: 'total is not a number' },
    platform: 'node',
    project: 1,
    received: at.getTime() / 1000,
    release,
    tags: [['level', level], ...(environment === null ? [] : [['environment', environment]]), ['server_name', 'web-1']],
    timestamp: at.getTime() / 1000,
    title: 'TypeError: total is not a number',
    type: 'error',
    url: `https://sentry.io/api/0/projects/acme/${project}/events/${hex}/`,
    version: '7',
    web_url: `https://sentry.io/organizations/acme/issues/${issue_id}/events/${hex}/`,
    ...overrides,
  };
}

function hook(action: string, data: JsonObject): JsonObject {
  return {
    action,
    actor: { id: 'sentry', name: 'Sentry', type: 'application' },
    data,
    installation: { uuid: 'a8e5d37a-696c-4c54-adb5-b3f28d64c7de' },
  };
}

function statusAfter(action: string): string {
  if (action === 'resolved') return 'resolved';
  return action === 'archived' || action === 'ignored' ? 'ignored' : 'unresolved';
}

/** Sentry writes microseconds. */
const iso = (time: Date): string => time.toISOString().replace('Z', '000Z');

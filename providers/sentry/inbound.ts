/** Sentry's webhooks of an internal integration: verified, then parsed into our event. Pure: secrets and clock are arguments. */
import { ShapeError, SignatureError, type Delivery, type InboundEvent, type ProviderObject, type Receiver } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { signedByAny } from '../hmac.ts';
import { happenedAt, instant, isObject, later } from '../tolerant.ts';
import { readSentry, type Told } from './shapes.ts';

/** Types that say something breaks. */
export const trigger_types: readonly string[] = [
  'issue.created',
  'issue.unresolved',
  'event_alert.triggered',
  'metric_alert.critical',
  'metric_alert.warning',
  'error.created',
];
/** Types after which nobody needs to be asked any more. Archived was called ignored before. */
export const settling_types: readonly string[] = ['issue.resolved', 'issue.archived', 'issue.ignored', 'metric_alert.resolved'];

export const sentry_receiver: Receiver = {
  media_types: ['application/json'],
  verify: verifySentry,
  parse: (delivery, json) => ({ events: [parseSentry(delivery, json())] }),
};

/** Throws a SignatureError unless one of the secrets signed exactly these bytes. */
export function verifySentry({ body, headers, secrets }: Pick<Delivery, 'body' | 'headers' | 'secrets'>): void {
  const signature = headers['sentry-hook-signature'];
  if (typeof signature !== 'string' || signature === '') throw new SignatureError('The Sentry-Hook-Signature header is missing.');
  if (!signedByAny(secrets, body, signature, 'sha256'))
    throw new SignatureError('Sentry-Hook-Signature is not the signature of this body with a configured secret.');
}

/** Throws a ShapeError for what is no Sentry webhook. */
export function parseSentry({ body, headers, now }: Pick<Delivery, 'body' | 'headers' | 'now'>, payload: Json): InboundEvent {
  if (!isObject(payload)) throw new ShapeError('Not a Sentry webhook: body must be an object.');
  const { resource, action, told } = readSentry(payload);
  const type = [resource ?? resourceOf(headers['sentry-hook-resource'], told), action].filter((part) => part !== null).join('.');
  const known = trigger_types.includes(type) || settling_types.includes(type);
  return {
    source: 'sentry',
    type,
    occurred_at: occurredAt(type, told, headers['sentry-hook-timestamp'], now),
    // The delivery's own id is a header, which nobody signs.
    identity: sha256(body),
    payload,
    subject: subjectOf(told),
    ignored: known ? null : `no procedure lists ${type}`,
    objects: objectsOf(told, action),
  };
}

/** Nobody signs the header, so it counts only where the body does not tell. */
function resourceOf(header: string | string[] | undefined, told: Told): string {
  if (typeof header === 'string' && /^[a-z][a-z0-9_]{0,99}$/.test(header)) return header;
  if (told.kind === 'issue') return 'issue';
  throw new ShapeError('Not a Sentry webhook: neither the body nor the Sentry-Hook-Resource header tells what it is about.');
}

function occurredAt(type: string, told: Told, sent: string | string[] | undefined, now: Date): Date {
  switch (told.kind) {
    case 'event':
      return happenedAt(now, told.event.happened_at);
    case 'metric_alert':
      return type === 'metric_alert.resolved'
        ? happenedAt(now, told.alert.closed_at, changedAt(told.alert.detected_at, sent, now))
        : happenedAt(now, told.alert.detected_at);
    case 'issue': {
      const { first_seen, last_seen } = told.issue;
      return type === 'issue.created'
        ? happenedAt(now, last_seen, first_seen)
        : happenedAt(now, changedAt(last_seen ?? first_seen, sent, now));
    }
    case 'other':
      return now;
  }
}

/**
 * When a person changed an issue's state the body does not say: it was after what it shows, and shortly before Sentry sent it.
 * Nobody signs that time, so it may only order what is signed.
 */
function changedAt(shown: string | null, sent: string | string[] | undefined, now: Date): string | null {
  return later(shown, instant.parse(sent) ?? now.toISOString());
}

function subjectOf(told: Told): string | null {
  switch (told.kind) {
    case 'issue':
      return `sentry:issue:${told.issue.id}`;
    case 'event': {
      const issue_id = told.event.issue_id ?? told.issue?.id;
      if (issue_id) return `sentry:issue:${issue_id}`;
      return told.event.service === null ? null : `service:${told.event.service}`;
    }
    // One firing of the alert, of which its service may have several at once: the end of one is not the end of another.
    case 'metric_alert':
      return `sentry:metric_alert:${told.alert.id}`;
    case 'other':
      return null;
  }
}

/** An issue's own state comes with the issue only; what a single event shows is kept beside it. */
function objectsOf(told: Told, action: string | null): ProviderObject[] {
  switch (told.kind) {
    case 'issue':
      return [{ kind: 'issue', id: told.issue.id, customer: told.issue.service, data: told.issue }];
    case 'event': {
      const { event, issue } = told;
      const issue_id = event.issue_id ?? issue?.id ?? null;
      return [
        ...(issue === null ? [] : [{ kind: 'issue', id: issue.id, customer: issue.service, data: issue }]),
        ...(issue_id === null ? [] : [{ kind: 'issue_event', id: issue_id, customer: event.service, data: event }]),
      ];
    }
    case 'metric_alert': {
      const { alert, url } = told;
      return [{ kind: 'metric_alert', id: alert.id, customer: alert.services[0] ?? null, data: { ...alert, status: action, url } }];
    }
    case 'other':
      return [];
  }
}

/**
 * HubSpot's webhooks, signed by version 3 of its scheme and no older one:
 * https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests.
 * One delivery is a batch, each element an event of its own. Pure: secrets and clock are arguments.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import {
  ShapeError,
  SignatureError,
  type Delivery,
  type InboundEvent,
  type Parsed,
  type ProviderObject,
  type Receiver,
} from '../../domain/event.ts';
import { canonicalJson } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { requireFresh } from '../freshness.ts';
import { happenedAt, isObject } from '../tolerant.ts';
import { readNotice, type Notice } from './shapes.ts';

export const hubspot_receiver: Receiver = {
  media_types: ['application/json'],
  verify: verifyHubspot,
  parse: ({ now }, json) => parseHubspot(json(), now),
};

/** Throws a SignatureError unless one of the secrets signed this address, these bytes and a time within the last five minutes. */
export function verifyHubspot({ body, headers, secrets, url, now }: Pick<Delivery, 'body' | 'headers' | 'secrets' | 'url' | 'now'>): void {
  const signature = headers['x-hubspot-signature-v3'];
  const timestamp = headers['x-hubspot-request-timestamp'];
  if (typeof signature !== 'string' || signature === '')
    throw new SignatureError('The X-HubSpot-Signature-v3 header is missing; older versions of the signature are not accepted.');
  requireFresh('X-HubSpot-Request-Timestamp', timestamp, 'milliseconds', now);
  const given = Buffer.from(signature);
  const fits = secrets
    .filter((secret) => secret.trim() !== '')
    .flatMap((secret) => [...new Set([url, decodedUrl(url)])].map((uri) => signatureOf(uri, body, String(timestamp), secret)))
    .some((expected) => expected.length === given.length && timingSafeEqual(expected, given));
  if (!fits)
    throw new SignatureError(
      `X-HubSpot-Signature-v3 is not the signature of POST, ${url}, this body and time with a configured client secret.`,
    );
}

function signatureOf(uri: string, body: Buffer, timestamp: string, secret: string): Buffer {
  return Buffer.from(createHmac('sha256', secret).update(`POST${uri}`).update(body).update(timestamp).digest('base64'));
}

/** HubSpot signs the address with exactly these characters decoded. */
export function decodedUrl(url: string): string {
  return url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Throws a ShapeError unless every element is a HubSpot notification. */
export function parseHubspot(payload: Json, now: Date): Parsed {
  const elements = Array.isArray(payload) ? payload : [payload];
  const [first, ...rest] = elements.map((element, index) => parseElement(element, index, now));
  if (first === undefined) throw new ShapeError('Not a HubSpot webhook: the list of notifications is empty.');
  return { events: [first, ...rest] };
}

function parseElement(element: Json, index: number, now: Date): InboundEvent {
  const notice = readNotice(element);
  if (notice === null || !isObject(element))
    throw new ShapeError(`Not a HubSpot webhook: element ${index} must be an object with subscriptionType.`);
  return {
    source: 'hubspot',
    type: notice.type,
    occurred_at: happenedAt(now, notice.occurred_at),
    identity: identityOf(element),
    payload: element,
    subject: notice.object_id === null ? null : `hubspot:${notice.object}:${notice.object_id}`,
    ignored: reasonToIgnore(notice),
    objects: objectsOf(notice),
  };
}

/** `eventId` is not unique, so an event is what it says; only the attempt's number changes between attempts. */
function identityOf(element: { [key: string]: Json }): string {
  const { attemptNumber: _, ...content } = element;
  // A number too large for a float reads as infinite, which has no canonical form.
  return canonicalJson(JSON.parse(JSON.stringify(content)));
}

function reasonToIgnore({ type, object, change, property }: Notice): string {
  const is_stage_change = object === 'deal' && change === 'propertyChange' && property === 'dealstage';
  const is_contact_signal = object === 'contact' && (change === 'creation' || change === 'propertyChange');
  return is_stage_change || is_contact_signal ? 'gtm is off until it is asked for' : `no procedure lists ${type}`;
}

const kept_objects = new Set(['deal', 'contact', 'company']);

/** A notification carries one property, so each is kept by itself: `contact_property` `123.hubspot_owner_id`. */
function objectsOf({ object, object_id, change, property, value }: Notice): ProviderObject[] {
  if (object_id === null || !kept_objects.has(object)) return [];
  switch (change) {
    case 'propertyChange':
      return property === null
        ? []
        : [{ kind: `${object}_property`, id: `${object_id}.${property}`, customer: object_id, data: { value } }];
    case 'creation':
    case 'restore':
      return [{ kind: object, id: object_id, customer: object_id, data: { deleted: false } }];
    case 'deletion':
    case 'privacyDeletion':
      return [{ kind: object, id: object_id, customer: object_id, data: { deleted: true } }];
    default:
      return [];
  }
}

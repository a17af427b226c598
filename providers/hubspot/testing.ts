/** HubSpot's webhooks as HubSpot documents them; tests sign them by its recipe, not with the code under test. */
import { createHmac } from 'node:crypto';

import type { Json } from '../../domain/text.ts';

export const hubspot_secret = 'a client secret for tests of HubSpot';

/** `url` is the whole address, with the characters decoded that HubSpot decodes. */
export function signHubspot(body: string, secret: string, at: Date, url: string): Record<string, string> {
  const timestamp = String(at.getTime());
  return {
    'x-hubspot-request-timestamp': timestamp,
    'x-hubspot-signature-v3': createHmac('sha256', secret).update(`POST${url}${body}${timestamp}`).digest('base64'),
  };
}

type JsonObject = { [key: string]: Json };
let count = 0;

export function hubspotNotice(subscriptionType: string, more: JsonObject = {}): JsonObject {
  count += 1;
  return {
    eventId: count,
    subscriptionId: 25,
    portalId: 33,
    appId: 1160452,
    occurredAt: Date.now(),
    subscriptionType,
    attemptNumber: 0,
    objectId: 123_000 + count,
    changeSource: 'CRM_UI',
    ...more,
  };
}

export function hubspotStageChange(deal: number, stage: string, more: JsonObject = {}): JsonObject {
  return hubspotNotice('deal.propertyChange', { objectId: deal, propertyName: 'dealstage', propertyValue: stage, ...more });
}

export function hubspotGenericChange(
  object_type: string,
  object: number,
  property: string,
  value: string,
  more: JsonObject = {},
): JsonObject {
  return hubspotNotice('object.propertyChange', {
    objectId: object,
    objectTypeId: object_type,
    propertyName: property,
    propertyValue: value,
    isSensitive: false,
    ...more,
  });
}

/**
 * HubSpot's notifications, the ones named by object (`deal.propertyChange`) and the generic ones (`object.propertyChange`):
 * https://developers.hubspot.com/docs/guides/webhooks/create-generic-webhook-subscriptions.
 */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import { id, maybe } from '../tolerant.ts';

const latest_ms = 4_102_444_800_000;
/** In milliseconds, or as a date. */
const told_time = maybe(
  z
    .union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
    .refine((ms) => ms >= 0 && ms <= latest_ms)
    .transform((ms) => new Date(ms).toISOString()),
);

const notification = z.object({
  subscriptionType: z.string().regex(/^[\w-]{1,60}(\.[\w-]{1,60}){1,3}$/),
  objectTypeId: id,
  objectId: id,
  /** An association has two ends and no objectId. */
  fromObjectId: id,
  primaryObjectId: id,
  occurredAt: told_time,
  propertyName: maybe(z.string().regex(/^\w{1,255}$/)),
  propertyValue: maybe(z.union([z.string(), z.number(), z.boolean()])),
});

export interface Notice {
  type: string;
  /** `deal`, `contact`, `company`, …, or the number of a custom object's type. */
  object: string;
  object_id: string | null;
  /** `propertyChange`, `creation`, … */
  change: string;
  occurred_at: string | null;
  property: string | null;
  value: string | number | boolean | null;
}

/** Null for what is no notification. */
export function readNotice(element: Json): Notice | null {
  const told = notification.safeParse(element).data;
  if (told === undefined) return null;
  const [named = '', ...change] = told.subscriptionType.split('.');
  return {
    type: told.subscriptionType,
    object: named === 'object' ? objectOf(told.objectTypeId) : named,
    object_id: told.objectId ?? told.fromObjectId ?? told.primaryObjectId,
    change: change.join('.'),
    occurred_at: told.occurredAt,
    property: told.propertyName,
    value: told.propertyValue,
  };
}

/** https://developers.hubspot.com/docs/guides/crm/understanding-the-crm#object-type-ids */
const object_types: ReadonlyMap<string, string> = new Map([
  ['0-1', 'contact'],
  ['0-2', 'company'],
  ['0-3', 'deal'],
  ['0-5', 'ticket'],
  ['0-7', 'product'],
  ['0-8', 'line_item'],
]);

function objectOf(type_id: string | null): string {
  return object_types.get(type_id ?? '') ?? type_id ?? 'object';
}

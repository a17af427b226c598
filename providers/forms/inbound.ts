/** Submissions of forms on a site of one's own or at any forms provider, signed by Standard Webhooks. */
import { ShapeError, type Delivery, type InboundEvent, type Receiver } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { signedHeaders, verifyStandardWebhook } from '../standard-webhooks.ts';
import { happenedAt, isObject } from '../tolerant.ts';
import { readSubmission } from './shapes.ts';

export const forms_receiver: Receiver = {
  media_types: ['application/json'],
  verify: (delivery) => void verifyStandardWebhook(delivery),
  parse: (delivery, json) => ({ events: [parseForm(delivery, json())] }),
};

/** Throws a ShapeError for what has no fields. */
export function parseForm(delivery: Pick<Delivery, 'headers' | 'now'>, payload: Json): InboundEvent {
  if (!isObject(payload)) throw new ShapeError("Not a form's submission: the body must be an object with the form's fields.");
  const { id, signed_at } = signedHeaders(delivery);
  const { type, submitted_at, ...person } = readSubmission(payload);
  const said = Object.values(person).some((value) => value !== null);
  return {
    source: 'forms',
    type,
    occurred_at: happenedAt(delivery.now, submitted_at, signed_at.toISOString()),
    identity: id,
    payload,
    subject: null,
    ignored: 'gtm is off until it is asked for',
    objects: said ? [{ kind: 'submission', id, customer: null, data: person }] : [],
  };
}

/**
 * Inbound mail, as the message itself or as a provider's JSON that carries it, signed by Standard Webhooks.
 * What is kept is what a person would read; nothing is ever loaded from a remote address.
 */
import type { Delivery, InboundEvent, Receiver } from '../../domain/event.ts';
import { mapText, storableText } from '../../domain/text.ts';
import { signedHeaders, verifyStandardWebhook } from '../standard-webhooks.ts';
import { readMessage } from './message.ts';
import { rawMessageOf } from './raw.ts';

export const email_receiver: Receiver = {
  media_types: ['message/rfc822', 'application/json', 'text/plain'],
  verify: (delivery) => void verifyStandardWebhook(delivery),
  async parse(delivery, json) {
    const raw = delivery.media_type === 'application/json' ? rawMessageOf(json()) : delivery.body;
    return { events: [await parseEmail(delivery, raw)] };
  },
};

/** Throws a ShapeError for what is no mail. */
export async function parseEmail(delivery: Pick<Delivery, 'headers'>, raw: Buffer): Promise<InboundEvent> {
  const { id, signed_at } = signedHeaders(delivery);
  const message = mapText(await readMessage(raw), storableText);
  return {
    source: 'email',
    type: 'email.received',
    occurred_at: believable(message.date, signed_at),
    identity: id,
    payload: message,
    subject: message.message_id === null ? null : `email:${message.message_id}`,
    ignored: 'gtm is off until it is asked for',
    objects: [],
  };
}

const delivery_days_max = 7;
const day_ms = 86_400_000;

/** The date is the sender's word: it counts where a mail may have taken so long, and is never later than its delivery. */
function believable(date: string | null, signed_at: Date): Date {
  const sent = date === null ? signed_at : new Date(date);
  const took_ms = signed_at.getTime() - sent.getTime();
  return took_ms >= 0 && took_ms <= delivery_days_max * day_ms ? sent : signed_at;
}

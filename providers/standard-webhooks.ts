/**
 * Standard Webhooks, for sources that have no scheme of their own and for what we send: https://www.standardwebhooks.com.
 * The library of that name signs text and reads its own clock. Mail and bank files may be in any encoding,
 * so the bytes are signed here; the tests sign with the library.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { SignatureError, type Delivery } from '../domain/event.ts';
import { requireFresh } from './freshness.ts';

export interface SignedMessage {
  /** `webhook-id`, the same for every attempt at this message. */
  id: string;
  /** When this attempt was signed. */
  signed_at: Date;
}

/** Throws a SignatureError unless one of the secrets signed exactly these bytes at about this time. */
export function verifyStandardWebhook({
  body,
  headers,
  secrets,
  now,
}: Pick<Delivery, 'body' | 'headers' | 'secrets' | 'now'>): SignedMessage {
  const message = signedMessageOf(headers);
  const signed_at = requireFresh('webhook-timestamp', message.timestamp, 'seconds', now);
  const given = message.signatures.split(' ').filter((one) => one.startsWith('v1,'));
  const expected = secrets.filter(isSecret).map((secret) => signatureOf(message, body, secret));
  const fits = given.some((one) =>
    expected.some((other) => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))),
  );
  if (!fits)
    throw new SignatureError('No v1 signature in webhook-signature fits webhook-id, webhook-timestamp, this body and a configured secret.');
  return { id: message.id, signed_at };
}

/** What the headers said, once `verifyStandardWebhook` has vouched for them. */
export function signedHeaders({ headers }: Pick<Delivery, 'headers'>): SignedMessage {
  const { id, timestamp } = signedMessageOf(headers);
  return { id, signed_at: new Date(Number(timestamp) * 1_000) };
}

/** The three headers of a message that we send; each secret signs, so that a receiver can change to a new one in its own time. */
export function standardWebhookHeaders(id: string, body: string, secrets: readonly string[], now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const sign = (secret: string) => signatureOf({ id, timestamp }, Buffer.from(body), secret);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': secrets.map(sign).join(' ') };
}

interface Message {
  id: string;
  timestamp: string;
  signatures: string;
}

function signedMessageOf(headers: Delivery['headers']): Message {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || id === '' || typeof timestamp !== 'string' || typeof signatures !== 'string')
    throw new SignatureError('The headers webhook-id, webhook-timestamp and webhook-signature are needed.');
  return { id, timestamp, signatures };
}

const prefix = 'whsec_';

function isSecret(secret: string): boolean {
  return secret.startsWith(prefix) && Buffer.from(secret.slice(prefix.length), 'base64').length > 0;
}

function signatureOf({ id, timestamp }: Pick<Message, 'id' | 'timestamp'>, body: Buffer, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

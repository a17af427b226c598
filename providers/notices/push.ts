/** Web push: encrypted for one browser, signed by our key, handed to the push service that the browser named. RFC 8030, 8291, 8292. */
import { createECDH } from 'node:crypto';

import webpush from 'web-push';

import { NotNow, PermanentError } from '../../domain/executor.ts';
import type { PushSubscription } from '../../domain/notices.ts';
import { post, type Reach } from './post.ts';

export interface PushMessage {
  subscription: PushSubscription;
  /** What the service worker reads. */
  data: object;
  /** How long it is worth delivering to a device that is off. */
  ttl_seconds: number;
  urgent: boolean;
  /** A newer one replaces an older one of the same topic that was not delivered yet: 32 characters at most. */
  topic: string;
}

export interface PushSender {
  /** The public key that browsers subscribe with. */
  key: string;
  /** Throws `PushGone` when the browser gave the subscription up, `NotNow` or `PermanentError` when it was not taken. */
  send(message: PushMessage): Promise<void>;
}

/** There is no such subscription any more. */
export class PushGone extends Error {
  override name = 'PushGone';
}

const answer_ms_max = 15_000;

/** `secret` is 32 random bytes that stay the same: with another key, every browser has to subscribe anew. */
export function createPushSender({ secret, contact, reach }: { secret: Buffer; contact: string; reach: Reach }): PushSender {
  const { public_key, private_key } = keysFrom(secret);
  const vapidDetails = { subject: contact, publicKey: public_key, privateKey: private_key };
  return {
    key: public_key,
    async send({ subscription, data, ttl_seconds, urgent, topic }) {
      const details = webpush.generateRequestDetails(subscription, JSON.stringify(data), {
        vapidDetails,
        TTL: Math.max(0, Math.floor(ttl_seconds)),
        urgency: urgent ? 'high' : 'normal',
        topic,
        contentEncoding: 'aes128gcm',
      });
      const { status, header } = await post(
        details.endpoint,
        { headers: ownHeaders(details.headers), body: details.body ?? '' },
        { reach, ms_max: answer_ms_max },
      );
      if (status >= 200 && status < 300) return;
      if (status === 404 || status === 410) throw new PushGone(`The push service does not know the device any more (${status}).`);
      if (status === 429 || status >= 500)
        throw new NotNow(`The push service could not take it now (${status}).`, secondsOf(header('retry-after')));
      throw new PermanentError(`The push service refused it (${status}).`);
    },
  };
}

/** Any number below the curve's order is a private key; 32 random bytes are none with a chance of 2^-32. */
function keysFrom(secret: Buffer): { public_key: string; private_key: string } {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  return { public_key: curve.getPublicKey('base64url'), private_key: secret.toString('base64url') };
}

function ownHeaders(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

const secondsOf = (text: string | null): number | null => (text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null);

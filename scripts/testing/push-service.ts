/** A push service as browsers use them: it gives out subscriptions, checks who sends (RFC 8292), and decrypts as the browser would (RFC 8291). */
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createRequire } from 'node:module';

import type { PushSubscription } from '../../domain/notices.ts';
import { startPeer, type Fault, type PeerRequest } from './peer.ts';

/** https://github.com/web-push-libs/encrypted-content-encoding, which brings no types. */
const ece = createRequire(import.meta.url)('http_ece') as {
  decrypt(body: Buffer, params: { version: 'aes128gcm'; privateKey: ReturnType<typeof createECDH>; authSecret: string }): Buffer;
};

export interface Pushed {
  /** Of the subscription that it was sent to. */
  id: string;
  ttl: number;
  urgency: string;
  topic: string;
  /** What the service worker would read. */
  data: { title: string; body: string; tag: string; path: string; silent: boolean };
  /** What the sender signed: for whom, until when, and who to turn to. */
  claims: { aud: string; exp: number; sub: string };
}

export interface TestPushService {
  url: string;
  /** What was taken, oldest first. */
  pushed: Pushed[];
  requests: PeerRequest[];
  subscribe(server_key: string): PushSubscription & { id: string };
  /** The next messages meet this, one each; 404 and 410 also when the browser gave the subscription up. */
  next(...faults: Fault[]): void;
  close(): Promise<void>;
}

interface Subscriber {
  server_key: string;
  curve: ReturnType<typeof createECDH>;
  auth: string;
}

export async function startPushService(): Promise<TestPushService> {
  const subscribers = new Map<string, Subscriber>();
  const pushed: Pushed[] = [];
  const peer = await startPeer((request) => {
    const id = request.path.split('/').at(-1) ?? '';
    const subscriber = subscribers.get(id);
    if (subscriber === undefined) return { status: 404 };
    const claims = claimsOf(request, subscriber.server_key, peer.url);
    if (claims === null) return { status: 403 };
    const { ttl, urgency, topic } = request.headers;
    if (ttl === undefined) return { status: 400 };
    const text = ece
      .decrypt(request.raw, { version: 'aes128gcm', privateKey: subscriber.curve, authSecret: subscriber.auth })
      .toString('utf8');
    pushed.push({ id, ttl: Number(ttl), urgency: String(urgency), topic: String(topic), data: JSON.parse(text), claims });
    return { status: 201 };
  });
  return {
    url: peer.url,
    pushed,
    requests: peer.requests,
    subscribe(server_key) {
      const id = randomBytes(12).toString('hex');
      const curve = createECDH('prime256v1');
      const p256dh = curve.generateKeys('base64url');
      const auth = randomBytes(16).toString('base64url');
      subscribers.set(id, { server_key, curve, auth });
      return { id, endpoint: `${peer.url}/push/${id}`, keys: { p256dh, auth } };
    },
    next: (...faults) => peer.next('/push/', ...faults),
    close: () => peer.close(),
  };
}

/** Null unless the key that the browser subscribed with has signed for this service, for now and for a day at most. */
function claimsOf({ headers }: PeerRequest, server_key: string, origin: string): Pushed['claims'] | null {
  const [, token, key] = /^vapid t=([^,]+),\s*k=(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (token === undefined || key !== server_key) return null;
  const [header = '', payload = '', signature = ''] = token.split('.');
  const point = Buffer.from(server_key, 'base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const public_key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  const fits = verify('sha256', signed, { key: public_key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Pushed['claims'];
  const left_seconds = claims.exp - Date.now() / 1_000;
  return fits && claims.aud === origin && left_seconds > 0 && left_seconds <= 86_400 ? claims : null;
}

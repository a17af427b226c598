/** Slack's Events API: verified with Bolt's own verifier, then parsed into our event. Pure: secrets and clock are arguments. */
import { isUtf8 } from 'node:buffer';

import { verifySlackRequest } from '@slack/bolt/dist/receivers/verify-request.js';
import { z } from 'zod';

import { ShapeError, SignatureError, type Delivery, type InboundEvent, type Parsed, type Receiver } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { requireFresh } from '../freshness.ts';
import { happenedAt } from '../tolerant.ts';

export const slack_receiver: Receiver = {
  media_types: ['application/json'],
  verify: verifySlack,
  parse: (delivery, json) => parseSlack(delivery, json()),
};

/** Throws a SignatureError unless one of the secrets signed exactly these bytes within the last five minutes. */
export function verifySlack({ body, headers, secrets, now }: Pick<Delivery, 'body' | 'headers' | 'secrets' | 'now'>): void {
  const signature = headers['x-slack-signature'];
  if (typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature))
    throw new SignatureError('The X-Slack-Signature header must be v0= and 64 hexadecimal digits.');
  const signed_at = requireFresh('X-Slack-Request-Timestamp', headers['x-slack-request-timestamp'], 'seconds', now);
  // Bolt signs text: bytes that are no text would be compared as something else than they are.
  const signed = isUtf8(body) && secrets.some((secret) => signs(secret, body.toString('utf8'), signature, signed_at, now));
  if (!signed) throw new SignatureError('X-Slack-Signature is not the signature of this body and time with a configured signing secret.');
}

function signs(signingSecret: string, body: string, signature: string, signed_at: Date, now: Date): boolean {
  if (signingSecret.trim() === '') return false;
  const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': signed_at.getTime() / 1_000 };
  try {
    verifySlackRequest({ signingSecret, body, headers, nowMilliseconds: now.getTime() });
    return true;
  } catch {
    // It throws for every way not to fit; the door's answer is the same for all of them.
    return false;
  }
}

const name = z.string().regex(/^[\w.:-]{1,100}$/);
/** https://docs.slack.dev/apis/events-api/#callback-field */
const callback = z.object({
  type: z.literal('event_callback'),
  event_id: z.string().min(1).max(255),
  event_time: z.number().min(0).nullish(),
  team_id: name.nullish(),
  event: z.object({ type: name }),
});
/** Any app may be asked this when its address is entered: https://docs.slack.dev/reference/events/url_verification */
const url_verification = z.object({ type: z.literal('url_verification'), challenge: z.string().max(1_000) });
/** What Slack says instead of an event: https://docs.slack.dev/reference/events/app_rate_limited */
const notice = z.object({ type: z.literal('app_rate_limited'), team_id: name.nullish(), minute_rate_limited: z.number().nullish() });

/** Throws a ShapeError for what the Events API does not send. */
export function parseSlack({ body, now }: Pick<Delivery, 'body' | 'now'>, payload: Json): Parsed {
  const asked = url_verification.safeParse(payload).data;
  if (asked !== undefined) return { answer: { challenge: asked.challenge } };
  const told = callback.safeParse(payload).data;
  if (told !== undefined)
    return { events: [eventOf(payload, told.event.type, told.event_id, told.team_id, happenedAt(now, timeOf(told.event_time)))] };
  const limited = notice.safeParse(payload).data;
  if (limited !== undefined)
    return {
      events: [eventOf(payload, limited.type, sha256(body), limited.team_id, happenedAt(now, timeOf(limited.minute_rate_limited)))],
    };
  throw new ShapeError(
    'Not from the Slack Events API: an event_callback with event_id and event.type, or a url_verification, is expected.',
  );
}

function eventOf(payload: Json, type: string, identity: string, team_id: string | null | undefined, occurred_at: Date): InboundEvent {
  return {
    source: 'slack',
    type,
    occurred_at,
    identity,
    payload,
    subject: team_id ? `slack:team:${team_id}` : null,
    ignored: `no procedure lists ${type}`,
    objects: [],
  };
}

const latest_seconds = 4_102_444_800;

function timeOf(seconds: number | null | undefined): string | null {
  return seconds == null || seconds > latest_seconds ? null : new Date(seconds * 1_000).toISOString();
}

/** What senders of Standard Webhooks do, by the library that most of them use. */
import { randomUUID } from 'node:crypto';

import { Webhook } from 'standardwebhooks';

/** A secret of the form that the scheme wants; it opens nothing. */
export const standard_secret = `whsec_${Buffer.from('for tests only, opens nothing').toString('base64')}`;

/** The headers of one attempt at delivering this message. */
export function signStandardWebhook(body: string, secret: string, at: Date, id = `msg_${randomUUID()}`): Record<string, string> {
  const signed_at = new Date(Math.floor(at.getTime() / 1_000) * 1_000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(signed_at.getTime() / 1_000),
    'webhook-signature': new Webhook(secret).sign(id, signed_at, body),
  };
}

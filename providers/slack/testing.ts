/** Slack's Events API as Slack documents it; tests sign it by the recipe of docs.slack.dev, not with the code under test. */
import { createHmac, randomUUID } from 'node:crypto';

import type { Json } from '../../domain/text.ts';

export const slack_secret = 'a signing secret for tests of Slack';

export function signSlack(body: string, secret: string, at: Date): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  return {
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
  };
}

export function slackEvent(event: { [key: string]: Json } & { type: string }, more: { [key: string]: Json } = {}): { [key: string]: Json } {
  return {
    token: 'unused',
    team_id: 'T0EXAMPLE',
    api_app_id: 'A0EXAMPLE',
    event,
    type: 'event_callback',
    event_id: `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    event_time: Math.floor(Date.now() / 1_000),
    authorizations: [{ enterprise_id: null, team_id: 'T0EXAMPLE', user_id: 'U0BOT', is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
    event_context: '4-example',
    ...more,
  };
}

export function slackMessage(text = 'The shop is down again', more: { [key: string]: Json } = {}): { [key: string]: Json } {
  return slackEvent(
    {
      type: 'message',
      user: 'U0EXAMPLE',
      text,
      ts: '1763640000.000100',
      channel: 'C0EXAMPLE',
      channel_type: 'channel',
      event_ts: '1763640000.000100',
    },
    more,
  );
}

export const slackChallenge = (challenge: string): { [key: string]: Json } => ({ token: 'unused', challenge, type: 'url_verification' });

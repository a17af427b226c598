/** What only the person who clicked reads, and the replacement of what only they saw. */
import type { WebClient } from '@slack/web-api';

import { asking } from '../../providers/slack/client.ts';
import type { Logger } from '../log.ts';
import type { CardMessage } from './card.ts';

/** Where an answer to a click goes. */
export interface ReplyTo {
  response_url: string | null;
  channel: string | null;
  slack_user_id: string;
}

export interface Replies {
  /** Shown to that person only. */
  ephemeral(to: ReplyTo, message: Partial<CardMessage> & { text: string }): Promise<void>;
  /** In the place of the ephemeral message that was clicked. */
  replace(to: ReplyTo, message: CardMessage): Promise<void>;
}

const reply_ms_max = 5_000;

/** `api_url` is where Slack's API is, or a stand-in for it: answers go nowhere else. */
export function createReplies(slack: WebClient | null, api_url: string | undefined, logger: Logger): Replies {
  async function send(to: ReplyTo, { replace, ...message }: Answer): Promise<void> {
    try {
      if (to.response_url !== null && isSlacks(to.response_url, api_url))
        return await post(to.response_url, { response_type: 'ephemeral', replace_original: replace, ...message });
      const { channel, slack_user_id: user } = to;
      if (slack !== null && channel !== null) await asking('effect', slack.chat.postEphemeral({ channel, user, ...message }));
    } catch (error) {
      // What was decided stands; only the word about it is lost, and the card shows it too.
      logger.warn({ err: error }, 'an answer to a click could not be delivered');
    }
  }

  return {
    ephemeral: (to, message) => send(to, { replace: false, ...message }),
    replace: (to, message) => send(to, { replace: true, ...message }),
  };
}

type Answer = Partial<CardMessage> & { text: string; replace: boolean };

function isSlacks(response_url: string, api_url: string | undefined): boolean {
  if (!URL.canParse(response_url)) return false;
  const { protocol, hostname } = new URL(response_url);
  if (api_url !== undefined && hostname === new URL(api_url).hostname) return true;
  return protocol === 'https:' && /\.slack(-gov)?\.com$/.test(hostname);
}

async function post(response_url: string, message: object): Promise<void> {
  const response = await fetch(response_url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    redirect: 'error',
    signal: AbortSignal.timeout(reply_ms_max),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Slack answered ${response.status} to a reply`);
}

/** Our own messages, found again by the marker in their metadata: an attempt whose answer was lost may have sent one. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import { NotNow } from '../../domain/executor.ts';
import { asking, SlackRefusal } from '../../providers/slack/client.ts';

export const card_marker = 'execops_card';
/** Slack's clock and ours need not agree. */
const clock_skew_seconds = 120;
const history_pages_max = 10;

const found = z.object({
  messages: z.array(z.object({ ts: z.string(), metadata: z.unknown() })).default([]),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

export interface Sought {
  channel: string;
  marker: string;
  since: Date;
  /** Whether a card waits there. */
  needed: boolean;
}

/** The `ts` of the card with this marker; null when there is none. */
export async function findCard(slack: WebClient, { channel, marker, since, needed }: Sought): Promise<string | null> {
  const oldest = String(since.getTime() / 1_000 - clock_skew_seconds);
  let cursor: string | undefined;
  for (let page = 0; page < history_pages_max; page += 1) {
    const request = { channel, oldest, include_all_metadata: true, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await asking('read', slack.conversations.history(request)).catch((error: unknown) => {
      // Where looking is not allowed, a card that waits is rather sent late than twice; one that is over is let go.
      if (needed || !(error instanceof SlackRefusal)) throw error;
      return { messages: [] };
    });
    const read = found.parse(answer);
    const ours = read.messages.find(({ metadata }) => isMarked(metadata, card_marker, marker));
    if (ours !== undefined) return ours.ts;
    cursor = read.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return null;
  }
  throw new NotNow('Too much was said since to find the message again.', null);
}

/** Whether the thread under this message has the announcement already. */
export async function isAnnounced(
  slack: WebClient,
  { channel, ts }: { channel: string; ts: string },
  event_type: string,
  marker: string,
): Promise<boolean> {
  const read = found.parse(await asking('read', slack.conversations.replies({ channel, ts, include_all_metadata: true, limit: 100 })));
  return read.messages.some(({ metadata }) => isMarked(metadata, event_type, marker));
}

const marked = z.object({ event_type: z.string(), event_payload: z.object({ marker: z.string() }) });

function isMarked(metadata: unknown, event_type: string, marker: string): boolean {
  const read = marked.safeParse(metadata);
  return read.success && read.data.event_type === event_type && read.data.event_payload.marker === marker;
}

/** Brings one message up to date: sends it once, changes it in its place, and says aloud only that a card became critical. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import { NotNow } from '../../domain/executor.ts';
import { isOpen } from '../../domain/proposal.ts';
import { sha256 } from '../../domain/seal.ts';
import type { ProposalView } from '../../domain/wire.ts';
import type { Database } from '../../prisma/database.ts';
import { messageShown, noteMessage, type SlackMessage } from '../../prisma/slack-messages.ts';
import { asking, SlackRefusal } from '../../providers/slack/client.ts';
import { cardMessage, type CardMessage } from './card.ts';
import { cut, escaped } from './text.ts';

export interface ShowDeps {
  db: Pick<Database, 'sql'>;
  slack: WebClient;
  view(proposal_id: string): Promise<ProposalView>;
  pageOf(proposal_id: string): string;
}

const card_marker = 'execops_card';
const alert_marker = 'execops_alert';
/** Slack's clock and ours need not agree. */
const clock_skew_seconds = 120;
const history_pages_max = 10;
/** What stood there is gone, or may not be changed any more: https://docs.slack.dev/reference/methods/chat.update#errors */
const gone_errors = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found']);

export async function showMessage(deps: ShowDeps, message: SlackMessage): Promise<void> {
  const view = await deps.view(message.proposal_id);
  const wanted = cardMessage(view, { page: deps.pageOf(view.id), decides: message.decides });
  const shown = sha256(JSON.stringify(wanted));
  const placed = await place(deps, message, view, wanted, shown);
  if (placed !== null) {
    const kept = placed.shown === shown || (await change(deps, placed, wanted, shown));
    if (!kept) await place(deps, { ...message, ts: null, shown: null, intended_at: null }, view, wanted, shown);
    else if (view.status === 'pending' && view.urgency === 'critical' && !placed.told_critical) await alert(deps, placed, view);
  }
  await messageShown(deps.db.sql, message, !isOpen(view.status));
}

type Placed = SlackMessage & { channel: string; ts: string };

/** The message as it stands there, sent if it has to be; null when there is none and none is needed. */
async function place(
  deps: ShowDeps,
  message: SlackMessage,
  view: ProposalView,
  wanted: CardMessage,
  shown: string,
): Promise<Placed | null> {
  if (message.channel !== null && message.ts !== null) return { ...message, channel: message.channel, ts: message.ts };
  const needed = view.status === 'pending' && view.urgency !== 'low' && message.decides;
  if (!needed && message.intended_at === null) return null;
  const channel = message.channel ?? (await openConversation(deps, message));
  const sent = message.intended_at === null ? null : await find(deps, channel, message.marker, message.intended_at, needed);
  if (sent !== null) {
    // Which version of it arrived is not known, so it is changed in any case.
    await noteMessage(deps.db.sql, message, { channel, ts: sent });
    return { ...message, channel, ts: sent, shown: null };
  }
  if (!needed) return null;
  await noteMessage(deps.db.sql, message, { channel, intended: true });
  const posted = await asking(
    'effect',
    deps.slack.chat.postMessage({
      channel,
      ...wanted,
      ...quiet,
      metadata: { event_type: card_marker, event_payload: { marker: message.marker } },
    }),
  );
  const ts = z.string().parse(posted.ts);
  const told_critical = view.urgency === 'critical';
  await noteMessage(deps.db.sql, message, { ts, shown, told_critical });
  return { ...message, channel, ts, shown, told_critical };
}

const quiet = { unfurl_links: false, unfurl_media: false } as const;

async function openConversation({ db, slack }: ShowDeps, message: SlackMessage): Promise<string> {
  const opened = await asking('read', slack.conversations.open({ users: message.slack_user_id }));
  const channel = z.string().parse(opened.channel?.id);
  await noteMessage(db.sql, message, { channel });
  return channel;
}

/** False when there is nothing left to change. */
async function change({ db, slack }: ShowDeps, message: Placed, wanted: CardMessage, shown: string): Promise<boolean> {
  try {
    await asking('read', slack.chat.update({ channel: message.channel, ts: message.ts, ...wanted }));
    await noteMessage(db.sql, message, { shown });
    return true;
  } catch (error) {
    if (!(error instanceof SlackRefusal) || !gone_errors.has(error.code)) throw error;
    await noteMessage(db.sql, message, { lost: true });
    return false;
  }
}

/** A changed message makes no sound; that a card became critical must. */
async function alert({ db, slack }: ShowDeps, message: Placed, view: ProposalView): Promise<void> {
  const { channel, ts, marker } = message;
  if (message.alert_intended_at === null || !(await isAlerted(slack, channel, ts, marker))) {
    await noteMessage(db.sql, message, { alert_intended: true });
    await asking(
      'effect',
      slack.chat.postMessage({
        channel,
        thread_ts: ts,
        reply_broadcast: true,
        text: `Critical now: ${escaped(cut(view.title, 300))}`,
        metadata: { event_type: alert_marker, event_payload: { marker } },
        ...quiet,
      }),
    );
  }
  await noteMessage(db.sql, message, { told_critical: true });
}

const found = z.object({
  messages: z.array(z.object({ ts: z.string(), metadata: z.unknown() })).default([]),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** The message with our marker, if an attempt whose answer was lost has sent it. */
async function find({ slack }: ShowDeps, channel: string, marker: string, since: Date, needed: boolean): Promise<string | null> {
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

async function isAlerted(slack: WebClient, channel: string, ts: string, marker: string): Promise<boolean> {
  const read = found.parse(await asking('read', slack.conversations.replies({ channel, ts, include_all_metadata: true, limit: 100 })));
  return read.messages.some(({ metadata }) => isMarked(metadata, alert_marker, marker));
}

const marked = z.object({ event_type: z.string(), event_payload: z.object({ marker: z.string() }) });

function isMarked(metadata: unknown, event_type: string, marker: string): boolean {
  const read = marked.safeParse(metadata);
  return read.success && read.data.event_type === event_type && read.data.event_payload.marker === marker;
}

/** Brings one message up to date: sends it once, changes it in its place, and says aloud what must be heard. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import { isOpen } from '../../domain/proposal.ts';
import { sha256 } from '../../domain/seal.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { Database } from '../../prisma/database.ts';
import { messageShown, noteMessage, type SlackMessage } from '../../prisma/slack-messages.ts';
import { asking, SlackRefusal } from '../../providers/slack/client.ts';
import { cardMessage, type CardMessage } from './card.ts';
import { card_marker, findCard } from './find.ts';
import { announce, quiet, type Placed } from './thread.ts';

export interface ShowDeps {
  db: Pick<Database, 'sql'>;
  slack: WebClient;
  view(proposal_id: string): Promise<ProposalView>;
  pageOf(proposal_id: string): string;
  /** Quiet hours: what is not critical is not said aloud. */
  quiet: boolean;
}

/** What stood there is gone, or may not be changed any more: https://docs.slack.dev/reference/methods/chat.update#errors */
const gone_errors = new Set([
  'message_not_found',
  'thread_not_found',
  'cant_update_message',
  'edit_window_closed',
  'channel_not_found',
  'is_archived',
]);

export async function showMessage(deps: ShowDeps, message: SlackMessage): Promise<void> {
  const view = await deps.view(message.proposal_id);
  const wanted = cardMessage(view, { page: deps.pageOf(view.id), decides: message.decides });
  try {
    await bringUpToDate(deps, message, view, wanted);
  } catch (error) {
    if (message.channel === null || !(error instanceof SlackRefusal) || !gone_errors.has(error.code)) throw error;
    await noteMessage(deps.db.sql, message, { lost: true });
    const nowhere = { channel: null, ts: null, shown: null, intended_at: null };
    await bringUpToDate(deps, { ...message, ...nowhere }, view, wanted);
  }
  await messageShown(deps.db.sql, message, !isOpen(view.status));
}

async function bringUpToDate(deps: ShowDeps, message: SlackMessage, view: ProposalView, wanted: CardMessage): Promise<void> {
  const shown = sha256(JSON.stringify(wanted));
  const placed = await place(deps, message, view, wanted, shown);
  if (placed === null) return;
  if (placed.shown !== shown) {
    await asking('read', deps.slack.chat.update({ channel: placed.channel, ts: placed.ts, ...wanted }));
    await noteMessage(deps.db.sql, placed, { shown });
  }
  await announce(deps, placed, view);
}

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
  const { marker, intended_at: since } = message;
  if (!needed && since === null) return null;
  const channel = message.channel ?? (await openConversation(deps, message));
  const sent = since === null ? null : await findCard(deps.slack, { channel, marker, since, needed });
  if (sent !== null) {
    // Which version of it arrived is not known, so it is changed in any case.
    await noteMessage(deps.db.sql, message, { channel, ts: sent });
    return { ...message, channel, ts: sent, shown: null };
  }
  if (!needed) return null;
  await noteMessage(deps.db.sql, message, { channel, intended: true });
  const posted = await asking(
    'effect',
    deps.slack.chat.postMessage({ channel, ...wanted, ...quiet, metadata: { event_type: card_marker, event_payload: { marker } } }),
  );
  const ts = z.string().parse(posted.ts);
  const told_critical = view.urgency === 'critical';
  await noteMessage(deps.db.sql, message, { ts, shown, told_critical });
  return { ...message, channel, ts, shown, told_critical };
}

async function openConversation({ db, slack }: ShowDeps, message: SlackMessage): Promise<string> {
  const opened = await asking('read', slack.conversations.open({ users: message.slack_user_id }));
  const channel = z.string().parse(opened.channel?.id);
  await noteMessage(db.sql, message, { channel });
  return channel;
}

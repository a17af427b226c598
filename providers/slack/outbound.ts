/** A direct message from our app to one member. Slack knows no idempotency key: each message carries a marker, and a repeat looks for it first. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';

import type { Action, SlackDmPayload } from '../../domain/action.ts';
import { OutcomeUnknown, PermanentError, type ExecutionResult, type Executor, type LookUpOrder } from '../../domain/executor.ts';
import type { Json } from '../../domain/text.ts';
import { garbled } from '../http.ts';
import { identify, type Identity } from '../identity.ts';
import { asking, SlackRefusal } from './client.ts';
import { createSlackDirectory } from './reads.ts';

const marker_type = 'execops_action';
/** Slack's clock and ours need not agree. */
const clock_skew_seconds = 120;
const history_pages_max = 20;

export interface SlackAccount {
  slack: WebClient;
  identity: Identity;
}

/** The workspace behind the token, `slack:T…`. */
export function slackIdentity(slack: WebClient): Promise<Identity> {
  return identify(async () => {
    const { team_id } = await asking('read', slack.auth.test());
    if (team_id === undefined || !/^[TE][A-Z0-9]+$/.test(team_id)) throw garbled('Slack', 'read');
    return `slack:${team_id}`;
  }, 'slack:unread');
}

export function createSlackDm(account: SlackAccount | null): Executor {
  return {
    repeat: 'look-before-write',
    connection: () => account?.identity.connection() ?? null,
    describe(action, idempotency_key) {
      const { to } = messageOf(action);
      const open: Json = {
        method: 'POST',
        path: '/conversations.open',
        form: { users: isAddress(to) ? '(the member of that address)' : to },
      };
      const post: Json = {
        method: 'POST',
        path: '/chat.postMessage',
        form: { channel: '(their direct message)', ...bodyOf(action, idempotency_key) },
      };
      const find: Json = { method: 'POST', path: '/users.lookupByEmail', form: { email: to } };
      return { steps: isAddress(to) ? [find, open, post] : [open, post] };
    },
    async run({ action, idempotency_key, dispatching, signal }): Promise<ExecutionResult> {
      const { slack } = connected(account);
      const { channel, user } = await conversationWith(slack, messageOf(action).to);
      signal.throwIfAborted();
      await dispatching();
      const posted = await asking('effect', slack.chat.postMessage({ channel, ...bodyOf(action, idempotency_key) }));
      if (posted.ts === undefined) throw garbled('Slack', 'effect');
      return { channel, user, ts: posted.ts };
    },
    lookUp: (order) => lookUp(connected(account).slack, order),
  };
}

async function lookUp(slack: WebClient, { action, idempotency_key, first_attempt_at }: LookUpOrder): Promise<ExecutionResult | null> {
  const { channel, user } = await conversationWith(slack, messageOf(action).to);
  const oldest = String(first_attempt_at.getTime() / 1_000 - clock_skew_seconds);
  let cursor: string | undefined;
  for (let page = 0; page < history_pages_max; page += 1) {
    const request = { channel, oldest, include_all_metadata: true, limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await asking('read', slack.conversations.history(request)).catch((error: unknown) => {
      if (!(error instanceof SlackRefusal)) throw error;
      // Without im:history nobody but a person can look.
      throw new OutcomeUnknown('The message may have gone out, and Slack does not let this app look (im:history is missing).', {
        cause: error,
      });
    });
    const read = history.safeParse(answer);
    if (!read.success) throw garbled('Slack', 'read');
    const ours = read.data.messages.find(({ metadata }) => marked.safeParse(metadata).data?.event_payload.key === idempotency_key);
    if (ours !== undefined) return { channel, user, ts: ours.ts };
    cursor = read.data.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) return null;
  }
  throw new OutcomeUnknown('The message may have gone out, and too much was said in that conversation since to find it.');
}

const history = z.object({
  messages: z.array(z.object({ ts: z.string(), metadata: z.unknown() })),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const marked = z.object({ event_type: z.literal(marker_type), event_payload: z.object({ key: z.string() }) });

/** The direct message with this member, opened if need be, which nobody notices. */
async function conversationWith(slack: WebClient, to: string): Promise<{ channel: string; user: string }> {
  const user = isAddress(to) ? (await createSlackDirectory(slack).memberByEmail(to))?.id : to;
  if (user === undefined) throw new PermanentError('Nobody in the Slack workspace has this address, or only a guest or a bot has.');
  const opened = await asking('read', slack.conversations.open({ users: user }));
  const channel = opened.channel?.id;
  if (channel === undefined) throw garbled('Slack', 'read');
  return { channel, user };
}

/** What is shown is what was approved: no formatting, no mention, no preview of a link. */
function bodyOf(action: Action, key: string) {
  return {
    text: withoutControl(textOf(messageOf(action))),
    mrkdwn: false,
    parse: 'none' as const,
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: marker_type, event_payload: { key } },
  };
}

function textOf(payload: SlackDmPayload): string {
  return 'text' in payload ? payload.text : `${payload.subject}\n\n${payload.body}`;
}

/** Slack's three control characters: with these escaped, `<!channel>` and `<@U1>` are only text. https://docs.slack.dev/messaging/formatting-message-text#escaping */
function withoutControl(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const isAddress = (to: string): boolean => to.includes('@');

function messageOf(action: Action): SlackDmPayload {
  if (action.action_type !== 'slack_dm') throw new PermanentError(`Slack cannot run "${action.operation ?? action.action_type}".`);
  return action.payload;
}

function connected(account: SlackAccount | null): SlackAccount {
  if (account === null) throw new PermanentError('Slack is not connected: set SLACK_BOT_TOKEN.');
  return account;
}

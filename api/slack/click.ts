/** One click on a card, read from what Slack says of it. */
import { z } from 'zod';

import { Problem } from '../../domain/problem.ts';
import { checked } from '../problems.ts';
import { readSeen, type Seen } from './buttons.ts';
import type { ReplyTo } from './reply.ts';
import type { SlackCaller } from './who.ts';
import type { Origin } from './windows.ts';

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const click_body = z.object({
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
  team: z.object({ id: z.string() }).nullish(),
  trigger_id: z.string().nullish(),
  response_url: z.string().nullish(),
  channel: z.object({ id: z.string() }).nullish(),
  container: z.object({ channel_id: z.string().nullish(), is_ephemeral: z.boolean().nullish() }).nullish(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        block_id: z.string().nullish(),
        value: z.string().nullish(),
        selected_option: z.object({ value: z.string() }).nullish(),
      }),
    )
    .min(1),
});

export interface Click {
  caller: SlackCaller;
  /** Null when the button does not say which version it was shown with. */
  seen: Seen | null;
  /** What was chosen of a menu. */
  chosen: string | null;
  trigger_id: string | null;
  origin: Origin;
  reply_to: ReplyTo;
}

export function readClick(body: unknown): Click {
  const { user, team, trigger_id, response_url, channel, container, actions } = checked(click_body, body);
  const [action] = actions;
  const channel_id = channel?.id ?? container?.channel_id ?? null;
  return {
    caller: { slack_user_id: user.id, team_id: team?.id ?? null, home_team_id: user.team_id ?? null },
    seen: readSeen(action?.value ?? action?.block_id ?? ''),
    chosen: action?.selected_option?.value ?? null,
    trigger_id: trigger_id ?? null,
    origin: { response_url: response_url ?? null, channel: channel_id, ephemeral: container?.is_ephemeral === true },
    reply_to: { response_url: response_url ?? null, channel: channel_id, slack_user_id: user.id },
  };
}

export type SeenClick = Click & { seen: Seen };

export function requireSeen(click: Click): SeenClick {
  if (click.seen === null) throw new Problem('missing_hash', 'This button does not say which version of the card was seen. Open the card.');
  return { ...click, seen: click.seen };
}

/** What people do with a card in Slack: each click is one act of one member on the version they saw. */
import type { App } from '@slack/bolt';
import type { ModalView, WebClient } from '@slack/web-api';
import { z } from 'zod';

import { minuteOf } from '../../domain/moment.ts';
import { Problem } from '../../domain/problem.ts';
import type { ProposalView, SnoozeRequest } from '../../domain/wire.ts';
import { asking } from '../../providers/slack/client.ts';
import type { Logger } from '../log.ts';
import { checked } from '../problems.ts';
import type { Acts } from './acts.ts';
import {
  approve_id,
  edit_id,
  open_id,
  readSeen,
  reject_id,
  show_id,
  snooze_choices,
  snooze_id,
  type Seen,
  type SnoozeChoice,
} from './buttons.ts';
import { cardMessage, needsReading } from './card.ts';
import type { Replies, ReplyTo } from './reply.ts';
import { finishedWithin, settled, type Outcome } from './in-time.ts';
import { escaped } from './text.ts';
import type { SlackCaller, Who } from './who.ts';
import { editWindow, rejectWindow, reviewWindow, type Origin } from './windows.ts';

export interface ClicksDeps {
  acts: Acts;
  who: Who;
  replies: Replies;
  /** Opens windows; null without a bot token. */
  slack: WebClient | null;
  logger: Logger;
}

/** One click, as Slack describes it: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
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
type ClickBody = z.infer<typeof click_body>;

interface Click {
  caller: SlackCaller;
  seen: Seen;
  chosen: string | null;
  trigger_id: string | null;
  origin: Origin;
  reply_to: ReplyTo;
}

export function listenToClicks(app: App, deps: ClicksDeps): void {
  const { acts, who, replies, slack } = deps;

  async function approve({ caller, seen, trigger_id, origin }: Click): Promise<Outcome> {
    const person = await who.member(caller);
    const view = await acts.proposal(person, seen.proposal_id);
    if (view.status === 'pending' && needsReading(view)) {
      refuseStale(seen, view);
      await openWindow(trigger_id, reviewWindow(view, origin, acts.pageOf(view.id)));
      return { done: 'opened' };
    }
    await acts.decide(person, { proposal_id: seen.proposal_id, payload_hash: seen.payload_hash, decision: 'approve' });
    return { done: 'changed', view: await acts.proposal(person, seen.proposal_id) };
  }

  async function edit({ caller, seen, trigger_id, origin }: Click): Promise<Outcome> {
    const view = await waiting(caller, seen);
    const window = editWindow(view, origin);
    if (window === null)
      throw new Problem('bad_request', `It is too long to be edited in Slack. Edit it on the web: ${acts.pageOf(view.id)}`);
    await openWindow(trigger_id, window);
    return { done: 'opened' };
  }

  async function reject({ caller, seen, trigger_id, origin }: Click): Promise<Outcome> {
    const view = await waiting(caller, seen);
    if (slack === null) {
      // Without windows a rejection has no reason, which is optional anyway.
      const person = await who.member(caller);
      await acts.decide(person, { proposal_id: view.id, payload_hash: seen.payload_hash, decision: 'reject' });
      return { done: 'changed', view: await acts.proposal(person, view.id) };
    }
    await openWindow(trigger_id, rejectWindow(view, origin));
    return { done: 'opened' };
  }

  async function snooze({ caller, seen, chosen }: Click): Promise<Outcome> {
    const choice = snoozeChoice(chosen);
    const view = await waiting(caller, seen);
    await acts.snooze(await who.member(caller), view.id, endOf(choice, new Date()));
    return { done: 'said', sentence: `Snoozed: ${snooze_choices[choice]}.` };
  }

  async function show({ caller, seen, reply_to }: Click): Promise<Outcome> {
    const view = await acts.proposal(await who.member(caller), seen.proposal_id);
    await replies.ephemeral(reply_to, cardMessage(view, { page: acts.pageOf(view.id), decides: true }));
    return { done: 'opened' };
  }

  /** The card that was clicked, if it still waits and is the version that was seen. */
  async function waiting(caller: SlackCaller, seen: Seen) {
    const person = await who.member(caller);
    await acts.refuseWhoMayNotDecide(person, seen.proposal_id);
    const view = await acts.proposal(person, seen.proposal_id);
    refuseDecided(view);
    refuseStale(seen, view);
    return view;
  }

  async function openWindow(trigger_id: string | null, view: ModalView): Promise<void> {
    if (slack === null || trigger_id === null)
      throw new Problem('unavailable', 'Windows open only where a bot token is set (SLACK_BOT_TOKEN). Open the card on the web.');
    await asking('effect', slack.views.open({ trigger_id, view }));
  }

  function on(action_id: string, work: (click: Click) => Promise<Outcome>): void {
    app.action(action_id, async ({ ack, body }) => {
      const read = readClick(checked(click_body, body));
      const outcome = settled(() => work(requireSeen(read)), deps.logger);
      await finishedWithin(outcome);
      await ack();
      await tell(read, await outcome);
    });
  }

  async function tell({ origin, reply_to }: ReturnType<typeof readClick>, outcome: Outcome): Promise<void> {
    if (outcome.done === 'refused') return replies.ephemeral(reply_to, { text: escaped(outcome.problem.message) });
    if (outcome.done === 'said') return replies.ephemeral(reply_to, { text: outcome.sentence });
    // What everybody with the card sees follows the proposal by itself; what only this person saw does not.
    if (outcome.done === 'changed' && origin.ephemeral)
      await replies.replace(reply_to, cardMessage(outcome.view, { page: acts.pageOf(outcome.view.id), decides: true }));
  }

  on(approve_id, approve);
  on(edit_id, edit);
  on(reject_id, reject);
  on(snooze_id, snooze);
  on(show_id, show);
  // A link opens in the browser; Slack tells of it and waits for a word.
  app.action(open_id, ({ ack }) => ack());
}

function readClick({ user, team, trigger_id, response_url, channel, container, actions }: ClickBody) {
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

function requireSeen(click: ReturnType<typeof readClick>): Click {
  if (click.seen === null) throw new Problem('missing_hash', 'This button does not say which version of the card was seen. Open the card.');
  return { ...click, seen: click.seen };
}

function refuseDecided({ status, decision }: ProposalView): void {
  if (status === 'pending') return;
  throw decision === null
    ? new Problem('wrong_status', `The proposal is ${status}; there is nothing left to decide.`)
    : new Problem(
        'already_decided',
        `${decision.decided_by_name} (${decision.decided_by}) decided "${decision.decision}" at ${minuteOf(new Date(decision.decided_at))}. The first decision stands.`,
      );
}

function refuseStale(seen: Seen, view: Pick<ProposalView, 'version' | 'payload_hash'>): void {
  if (view.payload_hash === seen.payload_hash) return;
  throw new Problem('stale_hash', `The proposal is at version ${view.version} now. Read it again and decide on what it says.`);
}

function snoozeChoice(chosen: string | null): SnoozeChoice {
  if (chosen !== null && isChoice(chosen)) return chosen;
  throw new Problem('bad_request', 'Say until when: choose one of the menu.');
}

function isChoice(text: string): text is SnoozeChoice {
  return Object.hasOwn(snooze_choices, text);
}

const hour_ms = 3_600_000;
const morning_hour_utc = 9;

export function endOf(choice: SnoozeChoice, now: Date): SnoozeRequest {
  if (choice === 'event') return { until_event: true };
  if (choice === 'tomorrow')
    return { until: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1, morning_hour_utc)).toISOString() };
  return { until: new Date(now.getTime() + (choice === '1h' ? 1 : 4) * hour_ms).toISOString() };
}

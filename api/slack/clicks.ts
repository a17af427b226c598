/** What people do with a card in Slack: each click is one act of one member on the version they saw. */
import type { App } from '@slack/bolt';
import type { ModalView, WebClient } from '@slack/web-api';

import { Problem } from '../../domain/problem.ts';
import { asking } from '../../providers/slack/client.ts';
import type { Logger } from '../log.ts';
import type { Acts } from './acts.ts';
import { approve_id, edit_id, open_id, reject_id, show_id, snooze_id, type Seen } from './buttons.ts';
import { cardMessage, needsReading } from './card.ts';
import { readClick, requireSeen, type Click, type SeenClick } from './click.ts';
import { changed, finishedInTime, refusalOf, settled, type Outcome } from './in-time.ts';
import type { Replies } from './reply.ts';
import { endOf, snoozeChoice, snooze_choices } from './snoozing.ts';
import type { SlackCaller, Who } from './who.ts';
import { editWindow, rejectWindow, reviewWindow } from './windows.ts';

export interface ClicksDeps {
  acts: Acts;
  who: Who;
  replies: Replies;
  /** Opens windows; null without a bot token. */
  slack: WebClient | null;
  logger: Logger;
}

export function listenToClicks(app: App, deps: ClicksDeps): void {
  const { acts, who, replies, slack } = deps;

  async function approve({ caller, seen, trigger_id, origin }: SeenClick): Promise<Outcome> {
    const person = await who.member(caller);
    const view = await acts.proposal(person, seen.proposal_id);
    if (view.status === 'pending' && needsReading(view)) {
      await acts.refuseUndecidable(person, seen, 'approve');
      await openWindow(trigger_id, reviewWindow(view, origin, acts.pageOf(view.id)));
      return { done: 'opened' };
    }
    await acts.decide(person, { proposal_id: seen.proposal_id, payload_hash: seen.payload_hash, decision: 'approve' });
    return changed(await acts.proposal(person, seen.proposal_id));
  }

  async function edit({ caller, seen, trigger_id, origin }: SeenClick): Promise<Outcome> {
    const { view } = await waiting(caller, seen, 'approve');
    const window = editWindow(view, origin);
    if (window === null)
      throw new Problem('bad_request', `It is too long to be edited in Slack. Edit it on the web: ${acts.pageOf(view.id)}`);
    await openWindow(trigger_id, window);
    return { done: 'opened' };
  }

  async function reject({ caller, seen, trigger_id, origin }: SeenClick): Promise<Outcome> {
    const { person, view } = await waiting(caller, seen, 'reject');
    if (slack !== null) {
      await openWindow(trigger_id, rejectWindow(view, origin));
      return { done: 'opened' };
    }
    // Without windows a rejection has no reason, which is optional anyway.
    await acts.decide(person, { proposal_id: view.id, payload_hash: seen.payload_hash, decision: 'reject' });
    return { done: 'changed', view: await acts.proposal(person, view.id) };
  }

  async function snooze({ caller, seen, chosen }: SeenClick): Promise<Outcome> {
    const choice = snoozeChoice(chosen);
    const { person, view } = await waiting(caller, seen);
    await acts.snooze(person, view.id, endOf(choice, new Date()));
    return { done: 'said', sentence: `Snoozed: ${snooze_choices[choice]}.` };
  }

  async function show({ caller, seen, reply_to }: SeenClick): Promise<Outcome> {
    const view = await acts.proposal(await who.member(caller), seen.proposal_id);
    await replies.ephemeral(reply_to, cardMessage(view, { page: acts.pageOf(view.id), decides: true }));
    return { done: 'opened' };
  }

  /** The card that was clicked, if it still waits for this person and is the version that was seen. */
  async function waiting(caller: SlackCaller, seen: Seen, decision?: 'approve' | 'reject') {
    const person = await who.member(caller);
    await acts.refuseUndecidable(person, seen, decision);
    return { person, view: await acts.proposal(person, seen.proposal_id) };
  }

  async function openWindow(trigger_id: string | null, view: ModalView): Promise<void> {
    if (slack === null || trigger_id === null)
      throw new Problem('unavailable', 'Windows open only where a bot token is set (SLACK_BOT_TOKEN). Open the card on the web.');
    await asking('effect', slack.views.open({ trigger_id, view }));
  }

  function on(action_id: string, work: (click: SeenClick) => Promise<Outcome>): void {
    app.action(action_id, async ({ ack, body, context }) => {
      const click = readClick(body);
      const outcome = settled(async () => work(requireSeen(click)), deps.logger);
      await finishedInTime(outcome, context);
      await ack();
      await tell(click, await outcome);
    });
  }

  async function tell({ origin, reply_to, seen }: Click, outcome: Outcome): Promise<void> {
    if (outcome.done === 'refused')
      return replies.ephemeral(reply_to, { text: refusalOf(outcome.problem, seen && acts.pageOf(seen.proposal_id)) });
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

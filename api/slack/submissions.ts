/** What a window's submission decides: everything was read, the payload was edited, or a reason was given. */
import type { App } from '@slack/bolt';
import type { ModalView } from '@slack/web-api';
import { z } from 'zod';

import type { Person } from '../../domain/app.ts';
import { Problem } from '../../domain/problem.ts';
import { reject_reasons } from '../../domain/reject-reasons.ts';
import type { DecideRequest } from '../../domain/wire/decision.ts';
import type { Logger } from '../log.ts';
import { checked } from '../problems.ts';
import type { Acts } from './acts.ts';
import { readSeen, type Seen } from './buttons.ts';
import { cardMessage } from './card.ts';
import { editedPayload, enteredIn, fieldErrors, type Entered } from './edit.ts';
import { changed, finishedInTime, refusalOf, settled, type Outcome } from './in-time.ts';
import type { Replies, ReplyTo } from './reply.ts';
import type { Who } from './who.ts';
import {
  edit_callback,
  feedback_block,
  readMemory,
  reason_block,
  reject_callback,
  review_callback,
  sentenceWindow,
  value_id,
  type Memory,
} from './windows.ts';

export interface SubmissionsDeps {
  acts: Acts;
  who: Who;
  replies: Replies;
  logger: Logger;
}

/** https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload */
const submission = z.object({
  user: z.object({ id: z.string(), team_id: z.string().nullish() }),
  team: z.object({ id: z.string() }).nullish(),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({
      values: z.record(
        z.string(),
        z.record(z.string(), z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() })),
      ),
    }),
  }),
});
type Submission = z.infer<typeof submission>;
type Values = Submission['view']['state']['values'];

type Verdict = Omit<DecideRequest, 'proposal_id' | 'payload_hash'>;

const slow_sentence = 'This takes longer than usual. The card shows what came of it.';

export function listenToSubmissions(app: App, { acts, who, replies, logger }: SubmissionsDeps): void {
  function on(callback_id: string, verdictOf: (values: Values, person: Person, seen: Seen) => Promise<Verdict>): void {
    app.view(callback_id, async ({ ack, body, context }) => {
      const { user, team, view } = checked(submission, body);
      const memory = readMemory(view.private_metadata);
      const seen = memory === null ? null : readSeen(memory.seen);
      const outcome = settled(async (): Promise<Outcome> => {
        if (seen === null) throw new Problem('missing_hash', 'This window does not say which version of the card was seen. Open it again.');
        const person = await who.member({ slack_user_id: user.id, team_id: team?.id ?? null, home_team_id: user.team_id ?? null });
        const verdict = await verdictOf(view.state.values, person, seen);
        await acts.decide(person, { proposal_id: seen.proposal_id, payload_hash: seen.payload_hash, ...verdict });
        return changed(await acts.proposal(person, seen.proposal_id));
      }, logger);
      const in_time = await finishedInTime(outcome, context);
      if (!in_time) await ack({ response_action: 'update', view: sentenceWindow(slow_sentence, null) });
      const settled_as = await outcome;
      if (in_time) await ack(answerTo(settled_as, enteredIn(view.state.values), seen && acts.pageOf(seen.proposal_id)));
      if (memory !== null) await tell(settled_as, memory, seen, { ...memory, slack_user_id: user.id }, in_time);
    });
  }

  async function tell(outcome: Outcome, memory: Memory, seen: Seen | null, to: ReplyTo, shown: boolean): Promise<void> {
    if (outcome.done === 'refused' && !shown)
      await replies.ephemeral(to, { text: refusalOf(outcome.problem, seen && acts.pageOf(seen.proposal_id)) });
    if (outcome.done === 'said') await replies.ephemeral(to, { text: outcome.sentence });
    if (outcome.done === 'changed' && memory.ephemeral)
      await replies.replace(to, cardMessage(outcome.view, { page: acts.pageOf(outcome.view.id), decides: true }));
  }

  on(review_callback, async () => ({ decision: 'approve' }));
  on(edit_callback, async (values, person, seen) => {
    const { payload, payload_hash } = await acts.proposal(person, seen.proposal_id);
    // What was not touched is taken from the version that was seen; when that is gone, decide() says so.
    return payload_hash === seen.payload_hash
      ? { decision: 'approve', edit: editedPayload(payload, enteredIn(values)) }
      : { decision: 'approve' };
  });
  on(reject_callback, async (values) => {
    const reason = values[reason_block]?.[value_id]?.selected_option?.value ?? '';
    if (reason !== '' && !reject_reasons.some((known) => known === reason))
      throw new Problem('bad_request', 'This is none of the reasons that the window offers. Open it again.');
    const words = values[feedback_block]?.[value_id]?.value?.trim() ?? '';
    const feedback = [reason, words].filter((text) => text !== '').join(': ');
    return feedback === '' ? { decision: 'reject' } : { decision: 'reject', feedback };
  });
}

type Answer = undefined | { response_action: 'errors'; errors: Record<string, string> } | { response_action: 'update'; view: ModalView };

/** Nothing closes the window. What does not fit the action is said at its field, everything else in the window's place. */
function answerTo(outcome: Outcome, entered: Entered, page: string | null): Answer {
  if (outcome.done !== 'refused') return undefined;
  const { problem } = outcome;
  const errors = problem.problem === 'invalid_edit' ? fieldErrors(problem, entered) : {};
  if (Object.keys(errors).length > 0) return { response_action: 'errors', errors };
  return { response_action: 'update', view: sentenceWindow(problem.message, page) };
}

/** The windows that open over a conversation: to read everything first, to edit, to reject with a reason. */
import type { KnownBlock, ModalView } from '@slack/web-api';
import { z } from 'zod';

import { feedback_chars_max, reject_reasons } from '../../domain/reject-reasons.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { seenIn } from './buttons.ts';
import { cardBlocks, window_room } from './card-blocks.ts';
import { inputsFor } from './edit.ts';
import { link, marked, plain } from './text.ts';

export const review_callback = 'execops_review';
export const edit_callback = 'execops_edit_submitted';
export const reject_callback = 'execops_reject_submitted';

/** https://docs.slack.dev/reference/views/modal-views */
const blocks_max = 100;

/** What a window remembers until it is submitted. Slack signs it with the submission. */
const memory = z.object({ seen: z.string(), response_url: z.string().nullable(), channel: z.string().nullable(), ephemeral: z.boolean() });
export type Memory = z.infer<typeof memory>;

export function readMemory(private_metadata: string): Memory | null {
  try {
    return memory.parse(JSON.parse(private_metadata));
  } catch {
    // A window of another app, or of an older version of this one.
    return null;
  }
}

export type Origin = Omit<Memory, 'seen'>;

/** The whole card, which has to be open before it is approved. */
export function reviewWindow(view: ProposalView, origin: Origin, page: string): ModalView {
  const blocks = cardBlocks(view, window_room);
  return windowOf(review_callback, 'Read before approving', 'Approve', view, origin, [
    ...blocks.slice(0, blocks_max - 1),
    { type: 'context', elements: [marked(link(page, 'Open the card'))] },
  ]);
}

export function editWindow(view: ProposalView, origin: Origin): ModalView | null {
  const inputs = inputsFor(view.payload);
  return inputs && windowOf(edit_callback, 'Edit, then approve', 'Approve', view, origin, inputs);
}

export const reason_block = 'reason';
export const feedback_block = 'feedback';
export const value_id = 'value';

export function rejectWindow(view: ProposalView, origin: Origin): ModalView {
  return windowOf(reject_callback, 'Reject', 'Reject', view, origin, [
    { type: 'section', text: plain(view.title, 1_000) },
    {
      type: 'input',
      block_id: reason_block,
      optional: true,
      label: plain('Why not?'),
      hint: plain('Optional. It is kept with the decision.'),
      element: {
        type: 'radio_buttons',
        action_id: value_id,
        options: reject_reasons.map((reason) => ({ text: plain(reason), value: reason })),
      },
    },
    {
      type: 'input',
      block_id: feedback_block,
      optional: true,
      label: plain('In your own words'),
      element: { type: 'plain_text_input', action_id: value_id, multiline: true, max_length: feedback_chars_max },
    },
  ]);
}

/** One sentence in the place of a window. */
export function sentenceWindow(sentence: string, page: string | null): ModalView {
  return {
    type: 'modal',
    title: plain('ExecOps'),
    close: plain('Close'),
    blocks: [
      { type: 'section', text: plain(sentence) },
      ...(page === null ? [] : [{ type: 'context' as const, elements: [marked(link(page, 'Open the card'))] }]),
    ],
  };
}

function windowOf(callback_id: string, title: string, submit: string, view: ProposalView, origin: Origin, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id,
    // A title takes 24 characters.
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain('Cancel', 24),
    private_metadata: JSON.stringify({ seen: seenIn(view), ...origin } satisfies Memory),
    blocks,
  };
}

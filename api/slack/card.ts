/** A card as a Slack message: the facts of the web's card in the same order, and after a decision what came of it. */
import type { KnownBlock } from '@slack/web-api';

import type { ProposalView } from '../../domain/wire/card.ts';
import { urgency_names } from '../../domain/words.ts';
import { buttonsFor } from './buttons.ts';
import { cardBlocks, factBlocks, rooms, titleBlock, type Room } from './card-blocks.ts';
import { isShortened } from './draft.ts';
import { cut, escaped, link, marked } from './text.ts';
import { verdictOf } from './verdict.ts';

export interface CardMessage {
  /** For notifications, and where blocks are not shown. */
  text: string;
  blocks: KnownBlock[];
}

export interface CardOptions {
  /** The card on the web. */
  page: string;
  /** Whether who sees this may decide it. */
  decides: boolean;
}

const notification_chars_max = 300;
/**
 * Slack refuses a message whose blocks have some 13,200 characters in all, and documents no number:
 * https://github.com/slackapi/bolt-js/issues/2509. Buttons and links have the rest.
 */
const content_chars_max = 10_400;

export function cardMessage(view: ProposalView, { page, decides }: CardOptions): CardMessage {
  const title = escaped(cut(view.title, notification_chars_max));
  if (view.status !== 'pending') {
    const { what, sentence, undoable } = verdictOf(view);
    const { blocks } = fitted((room) => [
      titleBlock(view, room),
      { type: 'section', text: marked(sentence) },
      ...(decides ? factBlocks(view.facts, room) : []),
    ]);
    return {
      text: `${escaped(what)}: ${title}`,
      blocks: [...blocks, remark(link(page, undoable ? 'Take it back on the card' : 'Open the card'))],
    };
  }
  const text = `${urgency_names[view.urgency]}: ${title}`;
  // What has become known since is not for whoever decides it no longer.
  if (!decides) return { text, blocks: [titleBlock(view, rooms[0]), remark(`You no longer decide this. ${link(page, 'Open the card')}`)] };
  return { text, blocks: [...contentOf(view).blocks, buttonsFor(view, page)] };
}

/** Whether the message shows less than a person has to have read before approving. */
export function needsReading(view: ProposalView): boolean {
  const { room } = contentOf(view);
  return view.flags.includes('unsupported_numbers') || room !== rooms[0] || isShortened(view, room.draft);
}

const contentOf = (view: ProposalView) => fitted((room) => cardBlocks(view, room));

/** With as much room as fits one message. */
function fitted(blocksIn: (room: Room) => KnownBlock[]): { room: Room; blocks: KnownBlock[] } {
  const [widest, ...narrower] = rooms;
  let fit: { room: Room; blocks: KnownBlock[] } = { room: widest, blocks: blocksIn(widest) };
  for (const room of narrower) {
    if (JSON.stringify(fit.blocks).length <= content_chars_max) break;
    fit = { room, blocks: blocksIn(room) };
  }
  return fit;
}

function remark(text: string): KnownBlock {
  return { type: 'context', elements: [marked(text)] };
}

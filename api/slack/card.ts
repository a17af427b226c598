/** A card as a Slack message: the facts of the web's card in the same order, and after a decision what came of it. */
import type { KnownBlock, MrkdwnElement, PlainTextElement } from '@slack/web-api';

import type { Fact, ProposalView } from '../../domain/wire.ts';
import { actionName, flag_names, urgency_names, vertical_names } from '../../domain/words.ts';
import { buttonsFor } from './buttons.ts';
import { draftBlocks, draft_chars_max, isShortened } from './draft.ts';
import { verdictOf } from './verdict.ts';
import { bold, cut, escaped, link, marked, moment, plain } from './text.ts';

export interface CardMessage {
  /** For notifications, and where blocks are not shown. */
  text: string;
  blocks: KnownBlock[];
}

const fields_max = 10;
const field_chars_max = 1_500;
const title_chars_max = 1_000;
const remarks_chars_max = 1_500;
const notification_chars_max = 300;
const name_chars_max = 200;

export interface CardOptions {
  /** The card on the web. */
  page: string;
  /** Whether who sees this may decide it. */
  decides: boolean;
}

export function cardMessage(view: ProposalView, { page, decides }: CardOptions): CardMessage {
  const title = escaped(cut(view.title, notification_chars_max));
  if (view.status !== 'pending') {
    const verdict = verdictOf(view);
    return {
      text: `${escaped(verdict.what)}: ${title}`,
      blocks: [
        { type: 'section', text: marked(bold(cut(view.title, title_chars_max))) },
        { type: 'section', text: marked(verdict.sentence) },
        ...factBlocks(view.facts),
        { type: 'context', elements: [marked(link(page, verdict.undoable ? 'Take it back on the card' : 'Open the card'))] },
      ],
    };
  }
  return {
    text: `${urgency_names[view.urgency]}: ${title}`,
    blocks: [
      ...cardBlocks(view, draft_chars_max),
      decides
        ? buttonsFor(view, page)
        : { type: 'context', elements: [plain('You no longer decide this.'), marked(link(page, 'Open the card'))] },
    ],
  };
}

/** Whether the message shows less than a person has to have read before approving. */
export function needsReading(view: ProposalView): boolean {
  return view.flags.includes('unsupported_numbers') || isShortened(view);
}

/** Everything but the buttons: title, facts, the draft, and folded behind it the reasons, then urgency and deadline. */
export function cardBlocks(view: ProposalView, draft_chars: number): KnownBlock[] {
  return [
    { type: 'section', text: marked(bold(cut(view.title, title_chars_max))) },
    ...factBlocks(view.facts),
    ...draftBlocks(view, draft_chars),
    ...remarks(unsupportedIn(view)),
    ...remarks(view.notes.map((note) => plain(note, remarks_chars_max))),
    { type: 'section', text: plain(`Why: ${view.reasoning}`) },
    ...remarks(view.words.explanation === null ? [] : [plain(`What the model says: ${view.words.explanation}`, remarks_chars_max)]),
    ...remarks([plain(chipsOf(view), remarks_chars_max), ...standingOf(view), ...deadlineOf(view)]),
  ];
}

/** What is unusual is bold, as on the web. */
function factBlocks(facts: Fact[]): KnownBlock[] {
  const fields = facts.map(fieldOf);
  return Array.from({ length: Math.ceil(fields.length / fields_max) }, (_, index) => ({
    type: 'section',
    fields: fields.slice(index * fields_max, (index + 1) * fields_max),
  }));
}

function fieldOf({ label, value, unusual, at }: Fact): MrkdwnElement | PlainTextElement {
  const name = cut(label, 200);
  const said = cut(value, field_chars_max);
  if (at !== null) return marked(`${escaped(name)}\n${unusual ? `*${moment(at)}*` : moment(at)}`);
  return unusual ? marked(`${escaped(name)}\n${bold(said)}`) : plain(`${name}\n${said}`);
}

function unsupportedIn({ words }: ProposalView): MrkdwnElement[] {
  return words.unsupported.map((text) => marked(`${bold('No evidence supports:')} ${escaped(cut(text, 300))}`));
}

/** A context block takes ten elements: https://docs.slack.dev/reference/block-kit/blocks/context-block */
function remarks(elements: (MrkdwnElement | PlainTextElement)[]): KnownBlock[] {
  return elements.length === 0 ? [] : [{ type: 'context', elements: elements.slice(0, 10) }];
}

function chipsOf(view: ProposalView): string {
  const flags = view.flags.map((flag) => (isFlag(flag) ? flag_names[flag].name : flag));
  const approvals = view.required_approvals > 1 ? [`${view.approvals} of ${view.required_approvals} approvals`] : [];
  const chips = [vertical_names[view.vertical], actionName(view.action_type, view.operation), ...flags, ...approvals];
  return [urgency_names[view.urgency], ...chips].join(' · ');
}

function standingOf({ delegation, snoozed_until, snoozed_until_event }: ProposalView): MrkdwnElement[] {
  const handed =
    delegation === null
      ? []
      : [
          marked(
            `Delegated to ${escaped(cut(delegation.to_name, name_chars_max))} by ${escaped(cut(delegation.from_name, name_chars_max))} until ${moment(delegation.until)}: ${escaped(cut(delegation.reason, 500))}`,
          ),
        ];
  const asleep =
    snoozed_until !== null
      ? [`Snoozed until ${moment(snoozed_until)}`]
      : snoozed_until_event
        ? ['Snoozed until something new happens']
        : [];
  return [...handed, ...asleep.map(marked)];
}

function deadlineOf({ escalates_at, expires_at }: ProposalView): MrkdwnElement[] {
  return [
    ...(escalates_at === null ? [] : [marked(`Escalates ${moment(escalates_at)}`)]),
    ...(expires_at === null ? [] : [marked(`Expires ${moment(expires_at)}`)]),
  ];
}

function isFlag(flag: string): flag is keyof typeof flag_names {
  return Object.hasOwn(flag_names, flag);
}

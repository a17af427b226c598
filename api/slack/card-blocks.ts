/** Everything of a card but its buttons: title, facts, the draft, and behind it the reasons, then urgency and deadline. */
import type { KnownBlock, MrkdwnElement, PlainTextElement, SectionBlock } from '@slack/web-api';

import type { ProposalView } from '../../domain/wire/card.ts';
import type { Fact } from '../../domain/wire/fact.ts';
import { actionName, flag_names, urgency_names, vertical_names } from '../../domain/words.ts';
import { draftBlocks } from './draft.ts';
import { standingOf } from './standing.ts';
import { bold, cut, inert, marked, moment, plain, text_chars_max } from './text.ts';

/** How many characters each part may have. */
export interface Room {
  title: number;
  facts: number;
  fact: number;
  draft: number;
  why: number;
  remark: number;
}

/** Tried in this order, until a message fits. */
export const rooms = [
  { title: 1_000, facts: 40, fact: 1_500, draft: 5_000, why: text_chars_max, remark: 1_500 },
  { title: 500, facts: 20, fact: 300, draft: 1_500, why: 800, remark: 300 },
  { title: 250, facts: 10, fact: 100, draft: 400, why: 200, remark: 80 },
  { title: 150, facts: 5, fact: 80, draft: 300, why: 100, remark: 80 },
] as const satisfies Room[];

/** A window takes more than a message: https://docs.slack.dev/reference/views/modal-views */
export const window_room: Room = { ...rooms[0], draft: 60_000 };

const fields_max = 10;
const label_chars_max = 100;
/** https://docs.slack.dev/reference/block-kit/blocks/context-block */
const elements_max = 10;

export function cardBlocks(view: ProposalView, room: Room): KnownBlock[] {
  return [
    titleBlock(view, room),
    ...factBlocks(view.facts, room),
    ...draftBlocks(view, room.draft),
    ...remarks(
      view.words.unsupported.map((text) => marked(`${bold('No evidence supports:')} ${inert(cut(text, Math.min(room.remark, 300)))}`)),
    ),
    ...remarks(view.notes.map((note) => plain(note, room.remark))),
    { type: 'section', text: plain(`Why: ${view.reasoning}`, room.why) },
    ...remarks(view.words.explanation === null ? [] : [plain(`What the model says: ${view.words.explanation}`, room.remark)]),
    ...remarks([plain(chipsOf(view), room.remark), ...standingOf(view).map(marked)]),
  ];
}

export function titleBlock({ title }: ProposalView, room: Room): SectionBlock {
  return { type: 'section', text: marked(bold(cut(title, room.title))) };
}

/** What is unusual is bold, as on the web. */
export function factBlocks(facts: Fact[], room: Room): KnownBlock[] {
  const fields = facts.slice(0, room.facts).map((fact) => fieldOf(fact, room.fact));
  return Array.from({ length: Math.ceil(fields.length / fields_max) }, (_, index) => ({
    type: 'section',
    fields: fields.slice(index * fields_max, (index + 1) * fields_max),
  }));
}

function fieldOf({ label, value, unusual, at }: Fact, chars_max: number): MrkdwnElement | PlainTextElement {
  const name = cut(label, label_chars_max);
  const said = cut(value, chars_max);
  if (at !== null) return marked(`${inert(name)}\n${unusual ? `*${moment(at)}*` : moment(at)}`);
  return unusual ? marked(`${inert(name)}\n${bold(said)}`) : plain(`${name}\n${said}`);
}

/** The newest of them where there are too many. */
function remarks(elements: (MrkdwnElement | PlainTextElement)[]): KnownBlock[] {
  return elements.length === 0 ? [] : [{ type: 'context', elements: elements.slice(-elements_max) }];
}

function chipsOf(view: ProposalView): string {
  const flags = view.flags.map((flag) => (isFlag(flag) ? flag_names[flag].name : flag));
  const approvals = view.required_approvals > 1 ? [approvalsOf(view)] : [];
  const chips = [vertical_names[view.vertical], actionName(view.action_type, view.operation), ...flags, ...approvals];
  return [urgency_names[view.urgency], ...chips].join(' · ');
}

/** `1 of 2 approvals: Ana` */
function approvalsOf({ approvals, required_approvals, approved_by }: ProposalView): string {
  const names = approved_by.map(({ name, email }) => cut(name || email, label_chars_max)).join(', ');
  return `${approvals} of ${required_approvals} approvals${names === '' ? '' : `: ${names}`}`;
}

function isFlag(flag: string): flag is keyof typeof flag_names {
  return Object.hasOwn(flag_names, flag);
}

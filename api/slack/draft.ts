/** The draft as it would go out, from the sealed payload alone. */
import type { KnownBlock } from '@slack/web-api';

import { slack_member_id } from '../../domain/action.ts';
import { callOf, type Call } from '../../domain/calls.ts';
import { senderName, textOf } from '../../domain/payload.ts';
import type { ProposalView } from '../../domain/wire.ts';
import { cut, escaped, marked, moment, partsOf, plain } from './text.ts';

type Drafted = Pick<ProposalView, 'action_type' | 'operation' | 'connection' | 'payload'>;

/** Longer words are shown in full in a window of their own, which approving then goes through. */
export const draft_chars_max = 5_000;

export function isShortened(view: Drafted): boolean {
  return partsOfDraft(view).words.length > draft_chars_max;
}

export function draftBlocks(view: Drafted, chars_max: number): KnownBlock[] {
  const { head, words } = partsOfDraft(view);
  const shown = words.length > chars_max ? `${words.slice(0, chars_max)}…` : words;
  return [
    { type: 'divider' },
    ...(head === '' ? [] : [{ type: 'section' as const, text: marked(head) }]),
    ...partsOf(shown).map((part) => ({ type: 'section' as const, text: plain(part) })),
    ...(shown === words
      ? []
      : [
          {
            type: 'context' as const,
            elements: [plain(`Shortened: ${words.length - chars_max} more characters. Approve shows all of it first.`)],
          },
        ]),
    { type: 'divider' },
  ];
}

/** What frames the words, marked up by us, and the words themselves. */
function partsOfDraft({ action_type, operation, connection, payload }: Drafted): { head: string; words: string } {
  const value = (name: string) => textOf(payload, name);
  if (action_type === 'email') {
    const rows = [row('From', senderName(connection)), row('To', value('to')), row('Subject', value('subject'))];
    return { head: rows.join('\n'), words: value('body') };
  }
  if (action_type === 'slack_dm') {
    const words = value('text') || [value('subject'), value('body')].filter((part) => part !== '').join('\n\n');
    return { head: `Slack message to ${recipient(value('to'))}`, words };
  }
  const call = callOf(operation, payload);
  if (call !== null) return { head: [escaped(call.does), ...call.rows.map(rowOf)].join('\n'), words: call.text };
  return { head: [escaped(operation ?? 'A provider call'), row('As', connection)].join('\n'), words: JSON.stringify(payload, null, 2) };
}

/** On one line, so that a value cannot look like the row after it. */
function row(label: string, value: string): string {
  return `${label}: ${escaped(cut(value, 500)).replace(/\s+/g, ' ')}`;
}

function rowOf({ label, value, as }: Call['rows'][number]): string {
  return as === 'moment' && !Number.isNaN(Date.parse(value)) ? `${label}: ${moment(value)}` : row(label, value);
}

/** A member's id becomes their name where it is read; they are not told. */
function recipient(to: string): string {
  return slack_member_id.safeParse(to).success ? `<@${to}>` : escaped(cut(to, 500));
}

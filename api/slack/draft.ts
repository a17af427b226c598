/** The draft as it would go out, from the sealed payload alone. */
import type { KnownBlock } from '@slack/web-api';

import { slack_member_id } from '../../domain/action.ts';
import { callOf, type Call } from '../../domain/calls.ts';
import { senderName, textOf } from '../../domain/payload.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { cut, marked, moment, partsOf, plain } from './text.ts';

type Drafted = Pick<ProposalView, 'action_type' | 'operation' | 'connection' | 'payload'>;

/** A row over the words: shown as it is, save for what Slack has to render in its reader's way. */
type Row = { text: string } | { markup: string };

const value_chars_max = 500;

export function isShortened(view: Drafted, chars_max: number): boolean {
  return partsOfDraft(view).words.length > chars_max;
}

export function draftBlocks(view: Drafted, chars_max: number): KnownBlock[] {
  const { rows, words } = partsOfDraft(view);
  const shown = isShortened(view, chars_max) ? `${words.slice(0, chars_max)}…` : words;
  return [
    { type: 'divider' },
    ...rowBlocks(rows),
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

/** Rows of the same kind that follow each other are one block. */
function rowBlocks(rows: Row[]): KnownBlock[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && 'text' in last[0] === 'text' in row) last.push(row);
    else groups.push([row]);
  }
  return groups.map((group) => {
    const lines = group.map((row) => ('text' in row ? row.text : row.markup)).join('\n');
    return { type: 'section', text: group.some((row) => 'markup' in row) ? marked(lines) : plain(lines) };
  });
}

/** What frames the words, and the words themselves. */
function partsOfDraft({ action_type, operation, connection, payload }: Drafted): { rows: Row[]; words: string } {
  const value = (name: string) => textOf(payload, name);
  if (action_type === 'email') {
    const rows = [rowOf('From', senderName(connection)), rowOf('To', value('to')), rowOf('Subject', value('subject'))];
    return { rows, words: value('body') };
  }
  if (action_type === 'slack_dm') {
    const words = value('text') || [value('subject'), value('body')].filter((part) => part !== '').join('\n\n');
    return { rows: [recipientRow(value('to'))], words };
  }
  const call = callOf(operation, payload);
  if (call !== null) return { rows: [{ text: call.does }, ...call.rows.map(callRow)], words: call.text };
  return {
    rows: [{ text: cut(operation ?? 'A provider call', value_chars_max) }, rowOf('As', connection)],
    words: JSON.stringify(payload, null, 2),
  };
}

/** On one line, so that a value cannot look like the row after it. */
function rowOf(label: string, value: string): Row {
  return { text: `${label}: ${cut(value.replace(/\s+/g, ' '), value_chars_max)}` };
}

function callRow({ label, value, as }: Call['rows'][number]): Row {
  return as === 'moment' && !Number.isNaN(Date.parse(value)) ? { markup: `${label}: ${moment(value)}` } : rowOf(label, value);
}

/** A member's id becomes their name where it is read; they are not told. */
function recipientRow(to: string): Row {
  return slack_member_id.safeParse(to).success ? { markup: `Slack message to <@${to}>` } : rowOf('Slack message to', to);
}

/** Block Kit's texts: what comes from outside is escaped and inert, and nothing is longer than Slack takes. */
import type { MrkdwnElement, PlainTextElement } from '@slack/web-api';

import { normaliseText } from '../../domain/text.ts';

/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export const text_chars_max = 3_000;

/** Text that Slack shows as it is. Slack reads its three control characters everywhere, so they are escaped here too. */
export function plain(text: string, chars_max = text_chars_max): PlainTextElement {
  return { type: 'plain_text', text: escaped(cut(text, chars_max)) || '–', emoji: false };
}

/** Text that we mark up ourselves; whatever stands in it was escaped before. */
export function marked(text: string): MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escaped(text: string): string {
  return normaliseText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Text from outside within text that we mark up: one line, in which nothing makes words bold, struck, code or an emoji.
 * Slack has no escape for these signs, so those that would work are replaced by their lookalikes.
 */
export function inert(text: string): string {
  return escaped(text)
    .replaceAll('*', '∗')
    .replaceAll('`', '´')
    .replaceAll('~', '∼')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
    .replace(/:(?=[\p{L}\p{M}\p{N}_+'-]+:)/gu, '∶')
    .replace(/\s+/g, ' ')
    .trim();
}

export function bold(text: string): string {
  return `*${inert(text) || '–'}*`;
}

/** In the reader's own zone. */
export function moment(time: string): string {
  const at = new Date(time);
  return `<!date^${Math.floor(at.getTime() / 1_000)}^{date_short_pretty} at {time}|${at.toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

export function link(url: string, label: string): string {
  return `<${url.replaceAll('|', '%7C').replaceAll('>', '%3E')}|${escaped(label)}>`;
}

/** So much of a text that its escaped form fits, with an ellipsis where it was cut. */
export function cut(text: string, chars_max: number): string {
  if (escaped(text).length <= chars_max) return text;
  return `${headOf(text, chars_max - 1)}…`;
}

/** A text in parts that fit, broken at line ends where there are some. */
export function partsOf(text: string, chars_max = text_chars_max): string[] {
  const parts: string[] = [];
  for (let rest = text; rest !== '';) {
    const head = headOf(rest, chars_max);
    const line_end = head.length < rest.length ? head.lastIndexOf('\n') : -1;
    const part = line_end > 0 ? head.slice(0, line_end + 1) : head;
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return parts;
}

/** How long a character gets by escaping. What is hidden gets none, which only leaves room. */
const written_chars = new Map([
  ['&', 5],
  ['<', 4],
  ['>', 4],
]);

function headOf(text: string, chars_max: number): string {
  let length = 0;
  let end = 0;
  for (const character of text) {
    length += written_chars.get(character) ?? character.length;
    if (length > chars_max) break;
    end += character.length;
  }
  // Whatever the limit is, one character is taken, so that whoever goes on comes to an end.
  return text.slice(0, Math.max(end, 1));
}

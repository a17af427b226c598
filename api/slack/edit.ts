/** A payload as fields of a window, and back. The edit is always the complete payload; what was not touched stays as it was sealed. */
import type { InputBlock } from '@slack/web-api';

import type { Problem } from '../../domain/problem.ts';
import type { Json } from '../../domain/text.ts';
import { humanise } from '../../domain/words.ts';
import { escaped, plain } from './text.ts';

const field_prefix = 'field.';
export const field_id = 'value';
/** https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element */
const input_chars_max = 3_000;
const line_chars_max = 120;
const fields_max = 50;

/** Null for a payload that Slack's fields cannot hold: that one is edited on the web. */
export function inputsFor(payload: Json): InputBlock[] | null {
  if (!isObject(payload)) return null;
  const fields = Object.entries(payload);
  const fits = fields.length > 0 && fields.length <= fields_max && fields.every(([, value]) => textOf(value).length <= input_chars_max);
  return fits ? fields.map(([key, value]) => inputFor(key, value)) : null;
}

function inputFor(key: string, value: Json): InputBlock {
  const text = textOf(value);
  return {
    type: 'input',
    block_id: field_prefix + key,
    label: plain(humanise(key), 200),
    optional: text === '',
    element: {
      type: 'plain_text_input',
      action_id: field_id,
      multiline: text.length > line_chars_max || text.includes('\n') || key === 'body' || key === 'text' || key === 'description',
      max_length: input_chars_max,
      ...(text === '' ? {} : { initial_value: text }),
    },
  };
}

/** What was entered, by field; null where a field was left empty. */
export type Entered = Map<string, string | null>;

export function enteredIn(values: { [block_id: string]: { [action_id: string]: { value?: string | null } } }): Entered {
  return new Map(
    Object.entries(values).flatMap(([block_id, elements]) =>
      block_id.startsWith(field_prefix) ? [[block_id.slice(field_prefix.length), elements[field_id]?.value ?? null] as const] : [],
    ),
  );
}

/** The complete new payload. */
export function editedPayload(payload: Json, entered: Entered): Json {
  if (!isObject(payload)) return payload;
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, editedValue(value, entered.get(key))]));
}

function editedValue(value: Json, entered: string | null | undefined): Json {
  if (entered === undefined) return value;
  const text = entered ?? '';
  const before = textOf(value).replaceAll('\r\n', '\n');
  if (text === before || text === escaped(before)) return value;
  if (typeof value === 'string') return text;
  if (value === null) return text === '' ? null : text;
  return parsed(text);
}

/** A number, or what else JSON has; anything else stays text, which the action's schema then refuses by name. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The schema's objections, each at its field. */
export function fieldErrors({ members }: Problem, entered: Entered): Record<string, string> {
  const [first] = [...entered.keys()];
  const errors = Array.isArray(members.errors) ? members.errors : [];
  return Object.fromEntries(
    errors.flatMap((error) => {
      if (!isObject(error) || typeof error.path !== 'string' || typeof error.message !== 'string') return [];
      const [key = ''] = error.path.split('.');
      const field = entered.has(key) ? key : first;
      return field === undefined ? [] : [[field_prefix + field, error.message]];
    }),
  );
}

function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A payload as fields of a form, derived from the action's schema, and back with every type kept. */
import { z } from 'zod';

import { payloadSchemaOf } from '#domain/action.ts';
import { Problem } from '#domain/problem.ts';
import type { Json } from '#domain/text.ts';
import type { ProposalView } from '#domain/wire/card.ts';
import { humanise } from '#domain/words.ts';
import { field_prefix, type Editable, type Field } from '#lib/card/edit/field.ts';

type Drafted = Pick<ProposalView, 'action_type' | 'operation' | 'payload' | 'payload_hash' | 'version'>;

export function editableOf(card: Drafted): Editable {
  const { payload, payload_hash, version } = card;
  const parts = partsOf(shapeOf(card));
  const fields = isObject(payload)
    ? inOrder(Object.keys(payload), Object.keys(parts)).map((name) => fieldOf(name, payload[name] ?? null, parts[name]))
    : [fieldOf('payload', payload, undefined)];
  return { payload_hash, version, fields };
}

/** As the schema has them, which is how they are read; a stored payload's members have lost their order. */
function inOrder(names: string[], known: string[]): string[] {
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name))];
}

/** The complete new payload. What was not touched stays exactly as it was sealed. Throws `invalid_edit` with each field's error. */
export function editedPayload(card: Drafted, form: FormData): Json {
  if (!isObject(card.payload)) throw new Problem('invalid_edit', 'This draft has no fields that could be edited.');
  const { fields } = editableOf(card);
  const { payload } = card;
  const edited = Object.fromEntries(
    fields.map((field) => [field.name, valueOf(field, payload[field.name] ?? null, form.get(field_prefix + field.name))]),
  );
  refuseWrong(shapeOf(card), edited);
  return edited;
}

/** What was typed, for a form that is shown again. */
export function enteredIn(form: FormData): Record<string, string> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      name.startsWith(field_prefix) && typeof value === 'string' ? [[name.slice(field_prefix.length), value] as const] : [],
    ),
  );
}

/** Of a draft that may be written in two ways, the way in which this one is written. */
function shapeOf({ action_type, operation, payload }: Drafted): z.ZodType {
  const schema = payloadSchemaOf(action_type, operation);
  if (!(schema instanceof z.ZodUnion) || !isObject(payload)) return schema;
  const names = Object.keys(payload).toSorted().join();
  const same = schema.options.find((option) => option instanceof z.ZodObject && Object.keys(option.shape).toSorted().join() === names);
  return same instanceof z.ZodType ? same : schema;
}

/** As much of JSON Schema as the payloads' members use. */
const part = z.object({
  type: z.string().optional(),
  const: z.json().optional(),
  enum: z.array(z.string()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  get anyOf() {
    return z.array(part).optional();
  },
});
type Part = z.infer<typeof part>;
const json_schema = z.object({ properties: z.record(z.string(), part).optional() });

function partsOf(schema: z.ZodType): Record<string, Part> {
  return json_schema.safeParse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).data?.properties ?? {};
}

/** Longer than this is not written on one line. */
const line_chars_max = 254;
/** What a schema's bounds are when it means none. */
const bound_max = Number.MAX_SAFE_INTEGER;
const targets = new Set(['to', 'assignee_id', 'conversation', 'contact_id', 'subscription', 'repository']);
/** Names a thing elsewhere, whose value a person cannot choose. */
const fixed_names = new Set(['uid', 'sequence', 'setting', 'from']);

function fieldOf(name: string, value: Json, whole: Part | undefined): Field {
  const nullable = whole?.anyOf?.some(({ type }) => type === 'null') ?? value === null;
  const about = whole?.anyOf?.find(({ type }) => type !== 'null') ?? whole ?? {};
  const chars_max = about.maxLength ?? null;
  return {
    name,
    label: humanise(name),
    kind: kindOf(name, value, about),
    value: textOf(value),
    nullable,
    required: !nullable && ((about.minLength ?? 0) > 0 || about.pattern !== undefined || typeof value === 'number'),
    chars_max,
    min: bounded(about.minimum),
    max: bounded(about.maximum),
    step: about.type === 'integer' ? 1 : null,
    choices: about.enum ?? [],
    is_target: targets.has(name),
  };
}

function kindOf(name: string, value: Json, about: Part): Field['kind'] {
  if (about.const !== undefined || fixed_names.has(name)) return 'fixed';
  if (about.enum !== undefined) return 'choice';
  if (typeof value === 'boolean') return 'switch';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'object' && value !== null) return 'json';
  if (about.format === 'date-time') return 'moment';
  const long = (about.maxLength ?? 0) > line_chars_max || textOf(value).includes('\n') || textOf(value).length > line_chars_max;
  return long ? 'text' : 'line';
}

function bounded(bound: number | undefined): number | null {
  return bound === undefined || Math.abs(bound) >= bound_max ? null : bound;
}

/** A form's line ends are CRLF, and its moments may lack their seconds: what reads the same counts as untouched. */
function valueOf({ kind, value, nullable }: Field, sealed: Json, entered: FormDataEntryValue | null): Json {
  if (kind === 'fixed') return sealed;
  // A switch that is off is not in the form at all.
  if (kind === 'switch') return entered !== null;
  if (typeof entered !== 'string') return sealed;
  const text = entered.replaceAll('\r\n', '\n');
  if (text === value.replaceAll('\r\n', '\n')) return sealed;
  switch (kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'moment':
      return momentOf(text, value);
    case 'json':
      return jsonOf(text);
    default:
      return text === '' && nullable ? null : text;
  }
}

/** Without the page's script a moment is entered in UTC. */
function momentOf(text: string, sealed: string): string {
  const minute = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?$/.exec(text);
  if (minute === null) return text;
  return sealed.startsWith(minute[1] ?? '') ? sealed : `${text}${minute[2] === undefined ? ':00' : ''}Z`;
}

function jsonOf(text: string): Json {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return text;
  }
}

function refuseWrong(schema: z.ZodType, payload: Json): void {
  const read = schema.safeParse(payload);
  if (read.success) return;
  const errors = read.error.issues.map((issue) => ({ path: issue.path.join('.'), message: sentenceOf(issue) }));
  throw new Problem('invalid_edit', 'Not decided yet: the edit does not fit the action. Correct what is marked and send it again.', {
    errors,
  });
}

/** The schema's own words where it has some, else what to do. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return issue.expected === 'int' ? 'must be a whole number' : `must be a ${issue.expected}`;
  if (issue.code === 'too_small') return issue.origin === 'string' ? 'must not be empty' : `must be ${String(issue.minimum)} or more`;
  if (issue.code === 'too_big')
    return issue.origin === 'string' ? `must have ${String(issue.maximum)} characters at most` : `must be ${String(issue.maximum)} or less`;
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return 'must be a date and a time';
  return issue.message;
}

function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, typeof value === 'object' ? 2 : undefined);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

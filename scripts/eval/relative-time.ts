/** Times in a scenario file are written relative to the moment it runs: `{"$ago": {"hours": 26}}`. */
import { z } from 'zod';

import type { Json } from '../../domain/text.ts';
import type { Moment } from './scenario.ts';

const amount = z.number().min(0).optional();
const duration = z.strictObject({ days: amount, hours: amount, minutes: amount, seconds: amount });

/** How a moment is written, by the ending of the operator's name. */
const forms: { readonly [ending: string]: (time: Date) => Json } = {
  '': (time) => time.toISOString(),
  _date: (time) => time.toISOString().slice(0, 10),
  _unix: (time) => Math.floor(time.getTime() / 1_000),
  _unix_ms: (time) => time.getTime(),
};

/** Replaces every relative time by what it stands for, wherever it is. Throws a sentence for one that is written wrongly. */
export function resolveTimes(value: Json, moment: Moment, where: string): Json {
  if (Array.isArray(value)) return value.map((member) => resolveTimes(member, moment, where));
  if (!isJsonObject(value)) return value;
  const [key, argument, ...more] = Object.entries(value).flat();
  if (typeof key === 'string' && argument !== undefined && more.length === 0) {
    if (key === '$join' && Array.isArray(argument)) return argument.map((part) => textOf(resolveTimes(part, moment, where))).join('');
    if (/^\$(ago|ahead)/.test(key)) return timeOf(key, argument, moment, where);
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolveTimes(member, moment, where)]));
}

function timeOf(operator: string, argument: Json, moment: Moment, where: string): Json {
  const [, direction, ending = ''] = /^\$(ago|ahead)(.*)$/.exec(operator) ?? [];
  const form = Object.hasOwn(forms, ending) ? forms[ending] : undefined;
  const { data, error } = duration.safeParse(argument);
  if (form === undefined) throw new Error(`${where}: there is no ${operator}. ${known_operators}`);
  if (data === undefined)
    throw new Error(
      `${where}: ${operator} takes days, hours, minutes and seconds, such as {"hours": 26}. ${error.issues[0]?.message ?? ''}`.trim(),
    );
  return form(direction === 'ahead' ? moment.ahead(data) : moment.ago(data));
}

const known_operators = `There are ${['ago', 'ahead'].flatMap((name) => Object.keys(forms).map((ending) => `$${name}${ending}`)).join(', ')} and $join.`;

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

export function isJsonObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

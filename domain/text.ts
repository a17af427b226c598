/**
 * Text from outside, made safe to store and to seal.
 *
 * NUL cannot be stored in Postgres, a lone surrogate has no UTF-8 form, and bidirectional controls
 * and invisible spaces let a text read differently from what it is (https://trojansource.codes).
 */

const bidi_controls = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
/** Zero-width and other characters that show nothing: soft hyphens, fillers, tags (which can spell a hidden sentence), annotations. */
const invisible =
  /[\u00AD\u115F\u1160\u200B\u2060-\u2065\u206A-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB]|\u034F|[\u17B4\u17B5]|[\u180B-\u180F]|[\u{1D173}-\u{1D17A}]|[\u{E0000}-\u{E0FFF}]/gu;
/** Joiners shape emoji and some scripts; anywhere else they only hide. */
const idle_joiners =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{M}[\p{L}--[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]]])[\u200C\u200D]|[\u200C\u200D](?![\p{Extended_Pictographic}\p{M}[\p{L}--[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]]])/gv;
/** One variation selector picks a form of the sign before it; those after it show nothing, and can carry whole sentences. */
const idle_selectors = /(?<=[\uFE00-\uFE0F])[\uFE00-\uFE0F]+/gu;
const nul = /\u0000/g;

/** The text as it is stored and sealed. Normalising twice changes nothing. */
export function normaliseText(text: string): string {
  const visible = text.toWellFormed().replace(nul, '\uFFFD').replace(bidi_controls, '').replace(invisible, '').replace(idle_selectors, '');
  return withoutIdleJoiners(visible);
}

/** Taking one away may leave another without its neighbour, so it goes on until nothing changes. */
function withoutIdleJoiners(text: string): string {
  const next = text.replace(idle_joiners, '');
  return next === text ? text : withoutIdleJoiners(next);
}

/** Signs that a browser, a chat or a template reads as markup, and what shows as a blank. */
const blank_or_markup = /(?:[\p{C}--[\u200C\u200D]]|[\s\u2800<>\{\}\[\]])+/gv;
/** More marks on one letter than any script writes climb over the lines around it. */
const piled_marks = /(\p{M}{4})\p{M}+/gu;

/** Outside text where it may be shown: one line of visible characters, never markup, no longer than that. Empty when nothing is left. */
export function inertLine(text: string, chars_max: number): string {
  const plain = normaliseText(text).replace(blank_or_markup, ' ').replace(piled_marks, '$1').trim();
  // The cut may have split a character that takes two units, or left a joiner without its neighbour.
  const head = plain.slice(0, chars_max).replace(/[\uD800-\uDBFF]$/, '');
  return normaliseText(head).trim();
}

/** A text that Postgres can store and that otherwise is what came in, hidden characters included. */
export function storableText(text: string): string {
  return text.toWellFormed().replace(nul, '\uFFFD');
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Applies `change` to every string of a JSON value, keys included. The value's depth must be bounded already. */
export function mapText<T extends Json>(value: T, change: (text: string) => string): T;
export function mapText(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  if (value === null || typeof value !== 'object') return value;
  // fromEntries defines own properties, so a `__proto__` key stays data.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapText(item, change)]));
}

/** How deep a JSON value nests: 0 for a scalar. Iterative, so that a hostile depth cannot overflow the stack. */
export function depthOf(value: Json): number {
  let depth = 0;
  let level: Json[] = [value];
  for (;;) {
    const next: Json[] = [];
    for (const item of level) {
      if (item === null || typeof item !== 'object') continue;
      for (const child of Array.isArray(item) ? item : Object.values(item)) next.push(child);
    }
    const containers = level.some((item) => item !== null && typeof item === 'object');
    if (!containers) return depth;
    depth += 1;
    level = next;
  }
}

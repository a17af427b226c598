/**
 * Numbers in prose, as values: what a model wrote is held against what the evidence says, whatever the notation.
 * A number is supported when the evidence has the same value with the same unit.
 */

/** A number as it stands in a text. */
export interface StatedNumber {
  /** As it was written, such as `$1,234.50` or `three`. */
  text: string;
  value: string;
  unit: string | null;
}

/** The numbers of a text that none of the supporting texts states, each once, as written. */
export function unsupportedNumbers(text: string, support: readonly string[]): string[] {
  const known = new Set(support.flatMap((one) => numbersIn(one)).flatMap((number) => [keyOf(number), keyOf({ ...number, unit: null })]));
  const unsupported = numbersIn(text).filter((number) => !known.has(keyOf(number)));
  return [...new Set(unsupported.map((number) => number.text))];
}

const keyOf = ({ value, unit }: Pick<StatedNumber, 'value' | 'unit'>): string => `${value} ${unit ?? ''}`;

export function numbersIn(text: string): StatedNumber[] {
  const plain = text.normalize('NFKC');
  return [...digitsIn(plain), ...wordsIn(plain)];
}

/** Digits of any script, grouped and with decimals, with the sign or the currency around them. */
const currency = String.raw`[$€£¥₹₩₽₺₫₴₪฿]|\b(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|INR)\b`;
const measure = String.raw`%|percent\b|per cent\b|dollars?\b|euros?\b|pounds?\b|${currency}`;
const numeral = new RegExp(
  String.raw`(?<before>(?:${currency})\s?)?(?<digits>\p{N}(?:\p{N}|[.,'’](?=\p{N})| (?=\p{N}{3}(?!\p{N})))*)(?<after>\s?(?:${measure}))?`,
  'giu',
);

function digitsIn(text: string): StatedNumber[] {
  return [...text.matchAll(numeral)].map((match) => {
    const { before = '', digits = '', after = '' } = match.groups ?? {};
    return { text: match[0].trim(), value: valueOf(digits), unit: unitOf(before) ?? unitOf(after) };
  });
}

const units: Record<string, string> = {
  '%': '%',
  percent: '%',
  'per cent': '%',
  $: 'usd',
  dollar: 'usd',
  dollars: 'usd',
  '€': 'eur',
  euro: 'eur',
  euros: 'eur',
  '£': 'gbp',
  pound: 'gbp',
  pounds: 'gbp',
  '¥': 'jpy',
};

function unitOf(text: string): string | null {
  const written = text.trim().toLowerCase();
  return written === '' ? null : (units[written] ?? written);
}

/** `1,234.50`, `1.234,50` and `1 234.5` are one value: what follows the last separator is a fraction unless it groups thousands. */
function valueOf(digits: string): string {
  const ascii = [...digits].map(asciiDigit).join('');
  const separators = [...ascii.matchAll(/[^0-9]/g)];
  const last = separators.at(-1);
  if (last === undefined) return trimmed(ascii, '');
  const fraction = ascii.slice(last.index + 1);
  const repeated = separators.filter(([separator]) => separator === last[0]).length > 1;
  const groups = repeated || (fraction.length === 3 && last[0] !== '.') || /['’ ]/.test(last[0]);
  return groups ? trimmed(ascii.replace(/[^0-9]/g, ''), '') : trimmed(ascii.slice(0, last.index).replace(/[^0-9]/g, ''), fraction);
}

function trimmed(whole: string, fraction: string): string {
  const [left, right] = [whole.replace(/^0+(?=.)/, ''), fraction.replace(/0+$/, '')];
  return right === '' ? left : `${left}.${right}`;
}

/** Decimal digits stand in Unicode in runs of ten that begin with their zero; other numerals stay as they are. */
function asciiDigit(character: string): string {
  if (!/\p{Nd}/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  for (let value = 0; value < 10; value += 1) if (!/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) return String(value);
  // Some scripts' digits follow one another without a gap.
  return String((code - 0x1d7ce) % 10);
}

const small =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen';
const values = new Map<string, number>([
  ...small.split(' ').map((word, value): [string, number] => [word, value]),
  ...'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ').map((word, index): [string, number] => [word, (index + 2) * 10]),
]);
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1_000],
  ['million', 1_000_000],
]);
const number_word = [...values.keys(), ...scales.keys()].join('|');
const number_words = new RegExp(
  String.raw`\b(?<words>(?:${number_word})(?:(?:[\s-]|\sand\s)(?:${number_word}))*)\b(?<after>\s(?:${measure}))?`,
  'gi',
);

/** `one` alone is more often a pronoun than a number. */
function wordsIn(text: string): StatedNumber[] {
  return [...text.matchAll(number_words)]
    .map(({ 0: written, groups: { words = '', after = '' } = {} }) => ({
      text: written,
      value: String(spelled(words)),
      unit: unitOf(after),
    }))
    .filter(({ text: written }) => written.toLowerCase() !== 'one');
}

function spelled(words: string): number {
  let total = 0;
  let group = 0;
  for (const word of words.toLowerCase().split(/[\s-]+/)) {
    const scale = scales.get(word);
    if (scale === undefined) group += values.get(word) ?? 0;
    else if (scale === 100) group = Math.max(group, 1) * 100;
    else {
      total += Math.max(group, 1) * scale;
      group = 0;
    }
  }
  return total + group;
}

/** Amounts as people and banks write them, read exactly: never through a float. */

/** What stands before the fraction. */
export type DecimalMark = '.' | ',';

/** What the amounts of one source show about its decimal mark: the first that can be read in one way only decides. */
export function decimalMarkOf(amounts: readonly string[]): DecimalMark | null {
  const readable = amounts.filter(({ length }) => length <= amount_chars_max);
  return readable.map((amount) => markOf(bare(amount))).find((mark) => mark !== null) ?? null;
}

function markOf(digits: string): DecimalMark | null {
  const marks = digits.replace(/[^.,]/g, '');
  const last = marks.at(-1);
  if (last !== '.' && last !== ',') return null;
  const other: DecimalMark = last === '.' ? ',' : '.';
  if (marks.includes(other)) return last;
  // Written more than once, it groups thousands; once and before three digits it may do either.
  if (marks.length > 1) return other;
  return digits.length - digits.indexOf(last) - 1 === 3 && !/^0?[.,]/.test(digits) ? null : last;
}

/**
 * `-1,234.50`, `1.234,50 €`, `(12.00)`, `12.00-`: a whole number of minor units.
 * Throws a RangeError for what is no amount, or finer than the currency.
 */
export function minorUnits(text: string, mark: DecimalMark, places: number): number {
  if (text.length > amount_chars_max) throw notAnAmount(text);
  const digits = bare(text);
  const [whole = '', fraction = '', ...more] = digits.split(mark);
  const is_whole = /^\d+$/.test(whole) || grouped[mark].test(whole);
  if (more.length > 0 || minusesIn(text) > 1 || !(is_whole || (whole === '' && fraction !== '')) || !/^\d*$/.test(fraction))
    throw notAnAmount(text);
  if (/[1-9]/.test(fraction.slice(places)))
    throw new RangeError(`"${text.slice(0, 50)}" has more than the ${places} decimal places of its currency.`);
  const value = Number(whole.replace(/\D/g, '') + fraction.slice(0, places).padEnd(places, '0'));
  if (!Number.isSafeInteger(value)) throw new RangeError(`"${text.slice(0, 50)}" is too large.`);
  return isNegative(text) && value !== 0 ? -value : value;
}

const amount_chars_max = 60;

const notAnAmount = (text: string) => new RangeError(`"${text.toWellFormed().slice(0, 50)}" is no amount.`);

/** Thousands, where the mark is this one. */
const grouped: Record<DecimalMark, RegExp> = { '.': /^\d{1,3}(?:[,' ]\d{3})+$/, ',': /^\d{1,3}(?:[.' ]\d{3})+$/ };
/** Currency signs and codes before or after. */
const currency_words = /^(?:US)?\p{Sc}\s*|\s*\p{Sc}$|^[A-Za-z]{3}\s*(?=[\d(+-])|(?<=\d\)?)\s*[A-Za-z]{3}$/gu;

/** Digits and their marks, without sign and currency. */
function bare(text: string): string {
  const spaced = text
    .replace(/[\u00A0\u202F\u2009]/g, ' ')
    .replace(/\u2019/g, "'")
    .trim();
  const unsigned = spaced.replace(/^[-+\u2212]\s*|\s*[-+\u2212]$/, '').replace(/^\((.*)\)$/, '$1');
  return unsigned
    .replace(currency_words, '')
    .replace(/^[-+\u2212]\s*/, '')
    .trim();
}

function isNegative(text: string): boolean {
  return minusesIn(text) === 1 || /^\s*\(.*\)\s*$/.test(text);
}

const minusesIn = (text: string): number => text.match(/[-\u2212]/g)?.length ?? 0;

const signs: ReadonlyMap<string, string> = new Map([
  ['€', 'eur'],
  ['£', 'gbp'],
  ['US$', 'usd'],
]);

/** The currency whose sign or code an amount carries; null without one, or with one that several currencies share. */
export function currencyIn(text: string): string | null {
  const found = /US\$|\p{Sc}|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z$])/u.exec(text)?.[0] ?? '';
  return signs.get(found) ?? (/^[A-Z]{3}$/.test(found) ? found.toLowerCase() : null);
}

/** Entries of a ledger from cells of text: exact amounts in minor units, calendar dates, and the place of whatever is wrong. */
import { ShapeError } from '../../domain/event.ts';
import { decimalsOf } from '../../domain/money.ts';
import { storableText } from '../../domain/text.ts';
import { decimalMarkOf, minorUnits, currencyIn, type DecimalMark } from './amounts.ts';
import { dateOf, dateOrderOf } from './dates.ts';

export type Column = 'date' | 'vendor' | 'amount' | 'amount_minor' | 'debit' | 'credit' | 'currency' | 'balance' | 'balance_minor';

export interface LedgerTable {
  /** What the source calls each column that it has, for sentences about it. */
  names: ReadonlyMap<Column, string>;
  cells: ReadonlyMap<Column, string>[];
  /** The number of the first row, as a person counts. */
  first_row: number;
  /** The currency of all rows that name none; null when nothing tells. */
  currency: string | null;
  /** What a single comma or point before three digits is, when no other amount shows it. */
  usual_mark: DecimalMark;
}

export interface LedgerRow {
  /** A calendar date: `2026-11-20`. */
  date: string;
  vendor: string | null;
  /** Negative for what was spent. In hundredths when no currency is known. */
  amount_minor: number;
  /** ISO 4217, lower case; null when the source names none. */
  currency: string | null;
  balance_minor: number | null;
}

export const rows_max = 10_000;
const vendor_chars_max = 500;

export function rowsOf(table: LedgerTable): LedgerRow[] {
  const { cells, first_row, names } = table;
  if (cells.length === 0) throw new ShapeError('The ledger has no entries.');
  if (cells.length > rows_max) throw new ShapeError(`The ledger has ${cells.length} entries; send at most ${rows_max} at a time.`);
  const valuesOf = (...wanted: Column[]) => cells.flatMap((row) => wanted.flatMap((column) => row.get(column) ?? []));
  const mark = decimalMarkOf(valuesOf('amount', 'debit', 'credit', 'balance')) ?? table.usual_mark;
  const order = dateOrderOf(valuesOf('date'));
  return cells.map((row, index) => {
    /** Reads a cell; null when it is empty. Throws a ShapeError that says where it is. */
    const read = <T>(column: Column, reader: (text: string) => T): T | null => {
      const text = row.get(column)?.trim() ?? '';
      if (text === '') return null;
      try {
        return reader(text);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new ShapeError(`Row ${first_row + index}, column ${names.get(column) ?? column}: ${error.message}`);
      }
    };
    const missing = (column: Column) => new ShapeError(`Row ${first_row + index}, column ${names.get(column) ?? column}: it is empty.`);

    const money = row.get('amount') ?? row.get('debit') ?? row.get('credit') ?? '';
    const currency = read('currency', currencyOf) ?? currencyIn(money) ?? table.currency;
    const places = currency === null ? 2 : decimalsOf(currency);
    const exact = (text: string) => minorUnits(text, mark, places);
    const date = read('date', (text) => dateOf(text, order));
    const amount_minor = read('amount_minor', wholeOf) ?? read('amount', exact) ?? difference(read('credit', exact), read('debit', exact));
    if (date === null) throw missing('date');
    if (amount_minor === null) throw missing('amount');
    const vendor = read('vendor', (text) => storableText(text).replace(/\s+/g, ' ').slice(0, vendor_chars_max));
    return { date, vendor, amount_minor, currency, balance_minor: read('balance_minor', wholeOf) ?? read('balance', exact) };
  });
}

/** What was credited less what was debited, whichever sign the debit is written with. */
function difference(credit: number | null, debit: number | null): number | null {
  if (credit === null && debit === null) return null;
  return (credit ?? 0) - Math.abs(debit ?? 0);
}

function currencyOf(text: string): string {
  const code = currencyIn(text) ?? text.toLowerCase();
  if (!/^[a-z]{3}$/.test(code)) throw new RangeError(`"${shown(text)}" is no currency code of three letters.`);
  return code;
}

function wholeOf(text: string): number {
  const value = Number(text);
  if (!/^-?\d{1,15}$/.test(text)) throw new RangeError(`"${shown(text)}" is no whole number of minor units.`);
  return value;
}

export function shown(text: string): string {
  return storableText(text).slice(0, 50);
}

/** A bank's CSV with a header row, in the shapes banks export. */
import { isUtf8 } from 'node:buffer';

import { CsvError, parse } from 'csv-parse/sync';

import { ShapeError } from '../../domain/event.ts';
import { columnOf, currencyInName } from './names.ts';
import { rows_max, type Column, type LedgerTable } from './rows.ts';

const delimiters = [';', '\t', ','] as const;
const record_chars_max = 20_000;

/** Throws a ShapeError for what is no such table. */
export function readCsv(body: Buffer): LedgerTable {
  // Older bank software writes the encoding of Windows.
  const text = isUtf8(body) ? body.toString('utf8').replace(/^\uFEFF/, '') : new TextDecoder('windows-1252').decode(body);
  const delimiter = delimiterOf(text);
  const [header = [], ...records] = recordsOf(text, delimiter);
  const named = header.map((name) => ({ name: name.trim().slice(0, 100), column: columnOf(name) }));
  const names = new Map<Column, string>();
  for (const { name, column } of named) if (column !== null && !names.has(column)) names.set(column, name);
  requireColumns(names);
  return {
    names,
    cells: records.map((record) => cellsOf(record, named)),
    first_row: 2,
    currency: named.map(({ name, column }) => (column === null ? null : currencyInName(name))).find((code) => code !== null) ?? null,
    usual_mark: delimiter === ';' ? ',' : '.',
  };
}

/** Whichever the header row has most of, outside of quotes. */
function delimiterOf(text: string): string {
  const header = (text.split(/\r?\n/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const counts = delimiters.map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most)).delimiter;
}

function recordsOf(text: string, delimiter: string): string[][] {
  try {
    return parse(text, { delimiter, skip_empty_lines: true, relax_quotes: false, max_record_size: record_chars_max, to: rows_max + 2 });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ShapeError(`The CSV cannot be read: ${error.message}.`, { cause: error });
  }
}

function requireColumns(names: ReadonlyMap<Column, string>): void {
  if (!names.has('date')) throw new ShapeError('The CSV needs a header row with a column "date".');
  if (!(['amount', 'amount_minor', 'debit', 'credit'] as const).some((column) => names.has(column)))
    throw new ShapeError('The CSV needs a header row with a column "amount", or "debit" and "credit".');
}

/** Of several columns with one meaning, the first that is filled counts. */
function cellsOf(record: string[], named: { column: Column | null }[]): Map<Column, string> {
  const cells = new Map<Column, string>();
  for (const [place, { column }] of named.entries()) {
    const cell = record[place] ?? '';
    if (column !== null && cell.trim() !== '' && !cells.has(column)) cells.set(column, cell);
  }
  return cells;
}

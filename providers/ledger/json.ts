/** Transactions as JSON: one, a list, or a list inside an envelope. */
import { ShapeError } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { isObject } from '../tolerant.ts';
import { columnOf } from './names.ts';
import { type Column, type LedgerTable } from './rows.ts';

const list_names = ['transactions', 'entries', 'rows', 'items', 'data'];

/** Throws a ShapeError for what is neither. */
export function readJson(payload: Json): LedgerTable {
  const entries = entriesOf(payload);
  const cells = entries.map((entry, index) => {
    if (!isObject(entry)) throw new ShapeError(`Row ${index + 1}: it must be an object with date, amount and currency.`);
    return cellsOf(entry);
  });
  const currency = isObject(payload) && typeof payload.currency === 'string' ? payload.currency.toLowerCase() : '';
  return { names: new Map(), cells, first_row: 1, currency: /^[a-z]{3}$/.test(currency) ? currency : null, usual_mark: '.' };
}

function entriesOf(payload: Json): Json[] {
  if (Array.isArray(payload)) return payload;
  if (!isObject(payload)) throw new ShapeError('A transaction, a list of them, or {"transactions": [...]} is expected.');
  for (const name of list_names) {
    const inside = payload[name];
    if (Array.isArray(inside)) return inside;
    if (isObject(inside)) return entriesOf(inside);
  }
  return [payload];
}

function cellsOf(entry: { [key: string]: Json }): Map<Column, string> {
  const cells = new Map<Column, string>();
  for (const [name, value] of Object.entries(entry)) {
    const column = columnOf(name);
    if (column === null || cells.has(column)) continue;
    // A number is written as its shortest decimal, which is the one that the sender wrote.
    if (typeof value === 'string' || typeof value === 'number') cells.set(column, String(value));
  }
  return cells;
}

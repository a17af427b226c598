/** Keyset cursors: the sort keys of a page's last row, opaque to the client. */
import { z } from 'zod';

import { Problem } from '../domain/problem.ts';

/** A time as a cursor carries it, within what Postgres holds. */
export const cursor_time = z.iso
  .datetime()
  .transform((text) => new Date(text))
  .refine((time) => time.getUTCFullYear() > 0);

export function writeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The keys of a cursor, null for the first page. Throws a Problem for a cursor that this listing did not give out. */
export function readCursor<Keys>(cursor: string | undefined, schema: z.ZodType<Keys>): Keys | null {
  if (cursor === undefined) return null;
  const keys = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!keys.success) throw new Problem('bad_request', 'This cursor was not given out here. Start again without one.');
  return keys.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is as wrong as wrong JSON: the schema refuses both.
    return undefined;
  }
}

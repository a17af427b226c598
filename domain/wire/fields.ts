/** What the shapes on the wire have in common: how times, ids, hashes and what may be left out are written. */
import { z } from 'zod';

import type { Json } from '../text.ts';

export const json: z.ZodType<Json> = z.json();
export const time = z.iso.datetime({ offset: true });
/** Whatever Postgres takes for a UUID, of any version: one that nobody has is unknown, not malformed. */
export const any_id = z.guid();
/** Null means absent, as many clients write it. */
export const optional = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value): z.output<T> | undefined => value ?? undefined)
    .optional();
export const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hexadecimal digits of payload_hash');

const page_rows_default = 100;
const page_rows_max = 500;
/** How many rows of a list are read at once. */
export const page_limit = z.coerce.number().int().min(1).max(page_rows_max).default(page_rows_default);

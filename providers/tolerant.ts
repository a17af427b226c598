/**
 * Readers of what providers send: a member that is absent, or not what the provider documents, reads as null.
 * One odd member must not hide the rest of a payload.
 */
import { z } from 'zod';

import type { Json } from '../domain/text.ts';

export function maybe<T extends z.ZodType>(schema: T) {
  return schema
    .nullish()
    .transform((value) => value ?? null)
    .catch(null);
}

export const text = maybe(z.string().max(1_000));
export const flag = maybe(z.boolean());
/** A whole number, or its decimal digits as text. */
export const count = maybe(
  z.union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ]),
);
const plain_id = z.union([z.int().nonnegative().transform(String), z.string().regex(/^[\w.:-]{1,255}$/)]);
/** An id as text, however the sender writes it. */
export const id = maybe(plain_id);
export const required_id = plain_id;

/** 2100: later is no honest clock, and dates counted from it would leave what Postgres and JSON can hold. */
const latest_ms = 4_102_444_800_000;
/** Seconds since 1970, as a number or in digits, or a date with its zone. */
export const instant = maybe(
  z
    .union([z.number(), z.string().max(64)])
    .transform(msOf)
    .refine((ms) => Number.isFinite(ms) && ms >= 0 && ms <= latest_ms)
    .transform((ms) => new Date(ms).toISOString()),
);

function msOf(value: number | string): number {
  if (typeof value === 'number') return Math.round(value * 1000);
  if (/^\d{1,12}(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  // Without a zone a date would be read by the clock of whoever reads it.
  return /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i.test(value) ? Date.parse(value) : Number.NaN;
}

/** The first of the times that can have been; what is told has happened, so else it is now. */
export function happenedAt(now: Date, ...times: (string | null | undefined)[]): Date {
  const time = times.find((known) => typeof known === 'string' && Date.parse(known) <= now.getTime());
  return time === undefined || time === null ? now : new Date(time);
}

export const later = (one: string | null, other: string | null): string | null => ((one ?? '') > (other ?? '') ? one : other);

export const isObject = (value: unknown): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

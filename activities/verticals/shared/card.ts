/** The rows and claims that every procedure's cards are made of. */
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';

/** Null for what is not known or does not apply. */
export function row(label: string, value: string | null | false, unusual: boolean, event_id: string | null): Fact | null {
  return typeof value === 'string' ? { label, value, unusual, event_id, at: null } : null;
}

/** No "5 min ago" in it: a card may be read days later. */
export function moment(label: string, at: string | null, unusual: boolean, event_id: string | null): Fact | null {
  return at === null ? null : { label, value: minuteOf(at), unusual, event_id, at };
}

export function claim(text: string, event_id: string | null, metric: string | null): Evidence {
  return { claim: text, event_id, metric };
}

/** `2026-11-20 14:05 UTC`. */
export const minuteOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

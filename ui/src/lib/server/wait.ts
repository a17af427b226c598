import type { Json } from '#domain/text.ts';
import { duration } from '#lib/time.ts';

/** How long to wait, from a problem's members; null when it does not say. */
export function waitOf(members: Record<string, Json>): string | null {
  const seconds = members.retry_after_seconds ?? members.retry_after;
  return typeof seconds === 'number' && seconds > 0 ? duration(seconds * 1_000) : null;
}

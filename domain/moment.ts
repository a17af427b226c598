/** Times and spans as a sentence says them; the exact time stands beside it. */

/** `15:58 UTC on 2026-11-20`. */
export function minuteOf(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(11, 16)} UTC on ${iso.slice(0, 10)}`;
}

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;

/** `15 minutes`, `24 hours`. */
export function spanOf(ms: number): string {
  const [count, unit] = ms < 2 * hour_ms ? [Math.round(ms / minute_ms), 'minute'] : [Math.round(ms / hour_ms), 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

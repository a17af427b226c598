/** A meeting's day and times as an invitation shows them. `zone` undefined is the reader's own. */
import { formatted } from '#lib/time.ts';

/** `Tuesday, 1 December 2026`. */
export function longDay(time: string, zone: string | undefined): string {
  return format(time, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: zone });
}

/** `10:00`. */
export function clockTime(time: string, zone: string | undefined): string {
  return format(time, { hour: '2-digit', minute: '2-digit', timeZone: zone });
}

/** `Tue 09:00`: the weekday may be another one there. */
export function utcTime(time: string): string {
  return format(time, { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
}

function format(time: string, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : formatted(date, options);
}

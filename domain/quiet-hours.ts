/** The hours in which only what is critical is told. They are meant as a clock on a wall shows them, summer time included. */

export interface QuietHours {
  /** `22:00`; the same as `to` means never. */
  from: string;
  /** `07:00`: the first minute that is not quiet any more. */
  to: string;
  /** `Europe/Berlin`. */
  time_zone: string;
}

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;

/** When the quiet time ends that `now` is in; null while it is not quiet, or where the hours cannot be read. */
export function quietUntil({ from, to, time_zone }: QuietHours, now: Date): Date | null {
  const [from_minute, to_minute, clock] = [minuteOfDay(from), minuteOfDay(to), clockIn(time_zone)];
  if (from_minute === null || to_minute === null || clock === null || from_minute === to_minute) return null;
  if (!isBetween(clock(now), from_minute, to_minute)) return null;
  return firstMinuteOutside(clock, now, (minute) => isBetween(minute, from_minute, to_minute));
}

/** Where the night goes over midnight, `from` is later than `to`. */
function isBetween(minute: number, from: number, to: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/**
 * Walks to the end minute by minute of real time, so that an hour which a clock skips or repeats is right by itself:
 * no rule of any zone is known here. A night has at most some 1,500 of them, and is walked only when something is held.
 */
function firstMinuteOutside(clock: Clock, now: Date, quiet: (minute: number) => boolean): Date | null {
  const start = Math.floor(now.getTime() / minute_ms) * minute_ms;
  const limit = start + 26 * hour_ms;
  for (let at = start + minute_ms; at <= limit; at += minute_ms) {
    if (!quiet(clock(new Date(at)))) return new Date(at);
  }
  return null;
}

/** The minute of the day that a clock on the wall shows. */
type Clock = (at: Date) => number;

/** Null for a zone that does not exist. */
function clockIn(time_zone: string): Clock | null {
  try {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: time_zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    return (at) => minuteOfDay(format.format(at)) ?? 0;
  } catch {
    return null;
  }
}

function minuteOfDay(text: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

const second_ms = 1_000;
const hour_ms = 3_600 * second_ms;
const day_ms = 24 * hour_ms;
const units = [
  ['d', day_ms],
  ['h', hour_ms],
  ['m', 60 * second_ms],
  ['s', second_ms],
] as const;

/** The two largest units that matter: `2 d 4 h`, `12 m`, `8 s`. Seconds only count below a minute. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / second_ms)) * second_ms;
  const first = units.findIndex(([, size]) => whole >= size);
  if (first === -1) return '0 s';
  const [name, size] = units[first] ?? units[3];
  const count = Math.floor(whole / size);
  const next = units[first + 1];
  const rest = next === undefined || next[0] === 's' ? 0 : Math.floor((whole - count * size) / next[1]);
  return next === undefined || rest === 0 ? `${count} ${name}` : `${count} ${name} ${rest} ${next[0]}`;
}

/** `just now`, `5 m ago`, `26 h ago`, `3 d ago`: the past needs one unit, and hours say more than one day does. */
export function ago(ms: number): string {
  if (ms < 45 * second_ms) return 'just now';
  if (ms >= day_ms && ms < 2 * day_ms) return `${Math.floor(ms / hour_ms)} h ago`;
  return `${duration(ms).split(' ').slice(0, 2).join(' ')} ago`;
}

/** How far away a moment is: `3 h ago`, `in 2 d 4 h`. */
export function distance(ms: number): string {
  return ms < 0 ? `in ${duration(-ms)}` : ago(ms);
}

/** `14 Nov, 09:12`; with the year when it is not this one. */
export function calendar(time: string, now: number, zone: string | undefined): string {
  const date = new Date(time);
  const same_year = date.getUTCFullYear() === new Date(now).getUTCFullYear();
  return formatted(date, {
    day: 'numeric',
    month: 'short',
    ...(same_year ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  });
}

/** To the second and with its zone, for tooltips and receipts. */
export function exact(time: string, zone: string | undefined): string {
  return formatted(new Date(time), { dateStyle: 'medium', timeStyle: 'long', timeZone: zone });
}

/** Nine o'clock tomorrow where the reader is; in UTC while that is not known. */
export function tomorrowMorning(now: number, zone: string | undefined): string {
  const today = new Date(now);
  const morning =
    zone === undefined
      ? new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1, 9)
      : new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + 1, 9));
  return morning.toISOString();
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs a hundred times what using it does, and a page of cards uses the same few. */
export function formatted(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const known = formats.get(key);
  const format = known ?? new Intl.DateTimeFormat('en-GB', options);
  if (known === undefined) formats.set(key, format);
  return format.format(date);
}

/** Calendar dates as banks write them. */

export type DateOrder = 'day_first' | 'month_first';

const slashed = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/;

/** What the dates of one source show about their order; null when each may be read either way. */
export function dateOrderOf(dates: readonly string[]): DateOrder | null {
  for (const date of dates) {
    const [, first, second] = slashed.exec(date.trim()) ?? [];
    if (Number(first) > 12) return 'day_first';
    if (Number(second) > 12) return 'month_first';
  }
  return null;
}

/** `2026-11-20`. Throws a RangeError for what is no date of the calendar, or may be two. */
export function dateOf(text: string, order: DateOrder | null): string {
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}.*)?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (iso !== null) return calendarDate(text, iso[1], iso[2], iso[3]);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: \d{2}:\d{2}.*)?$/.exec(text);
  if (dotted !== null) return calendarDate(text, dotted[3], dotted[2], dotted[1]);
  const either = slashed.exec(text);
  if (either === null) throw new RangeError(`"${text.toWellFormed().slice(0, 50)}" is no date such as 2026-11-20.`);
  const [, first, second, year] = either;
  if (order === null && first !== second) throw new RangeError(`"${text}" may be two dates. Write it as ${year}-MM-DD.`);
  return order === 'month_first' ? calendarDate(text, year, first, second) : calendarDate(text, year, second, first);
}

function calendarDate(text: string, year = '', month = '', day = ''): string {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const time = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== date)
    throw new RangeError(`"${text.slice(0, 50)}" is no day of the calendar.`);
  return date;
}

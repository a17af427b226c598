/** Working days in UTC: Monday to Friday without what an owner told as holidays. Pure. */

/** ISO 8601; over at `end`. */
export interface DaysOff {
  start: string;
  end: string;
}

export const day_ms = 86_400_000;
/** A holiday in another time zone lies on the day that it covers at least this much of. */
const covered_ms_min = day_ms / 2;
/** Whoever has holidays for longer than this is invited into them. */
const search_days_max = 120;

export interface WorkingDays {
  weekdays: number;
  /** Weekdays that are no holidays. */
  working: number;
}

/** Of the `days` dates that end with the one of `until`. */
export function workingDays(until: Date, days: number, holidays: readonly DaysOff[]): WorkingDays {
  const last = midnightOf(until);
  const dates = Array.from({ length: days }, (_, index) => last - index * day_ms).filter(isWeekday);
  return { weekdays: dates.length, working: dates.filter((date) => !isHoliday(date, holidays)).length };
}

/** The first moment of the first working day after the date of `moment`. */
export function nextWorkingDay(moment: Date, holidays: readonly DaysOff[]): Date {
  const dates = Array.from({ length: search_days_max }, (_, index) => midnightOf(moment) + (index + 1) * day_ms).filter(isWeekday);
  return new Date(dates.find((date) => !isHoliday(date, holidays)) ?? dates[0] ?? midnightOf(moment) + day_ms);
}

function midnightOf(moment: Date): number {
  return Math.floor(moment.getTime() / day_ms) * day_ms;
}

function isWeekday(date: number): boolean {
  const day = new Date(date).getUTCDay();
  return day >= 1 && day <= 5;
}

function isHoliday(date: number, holidays: readonly DaysOff[]): boolean {
  return holidays.some(({ start, end }) => {
    const covered_ms = Math.min(date + day_ms, Date.parse(end)) - Math.max(date, Date.parse(start));
    return covered_ms >= covered_ms_min;
  });
}

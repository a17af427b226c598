/**
 * How likely a customer is to leave, from stored events alone, where nobody told a score. Points out of a hundred, each part
 * from a named setting; parts add up, and more than a hundred counts as a hundred. Pure.
 */
import { churn_thresholds, defaultsOf } from '../../../domain/thresholds.ts';

export const churn_settings = defaultsOf(churn_thresholds);
export type ChurnSettings = typeof churn_settings;

/** What the stored events say. Times are ISO 8601. */
export interface ChurnSignals {
  cancelling: boolean;
  /** When each payment failed. */
  failed_payments: string[];
  /** Since when the oldest invoice is unpaid; null when none is. */
  unpaid_since: string | null;
  /** When each conversation or ticket was opened, this one included. */
  opened: string[];
  ratings: { rating: number; at: string }[];
}

export interface ChurnScore {
  /** 0 to 1, in hundredths. */
  score: number;
  parts: { what: string; points: number }[];
}

const day_ms = 86_400_000;
const points_max = 100;

export function churnScore(signals: ChurnSignals, now: Date, settings: ChurnSettings = churn_settings): ChurnScore {
  const parts = [
    cancelling(signals, settings),
    failedPayments(signals, now, settings),
    overdue(signals, now, settings),
    surge(signals, now, settings),
    badRatings(signals, now, settings),
  ].filter((part) => part !== null);
  const points = parts.reduce((sum, part) => sum + part.points, 0);
  return { score: Math.min(points_max, points) / points_max, parts };
}

type Part = ChurnScore['parts'][number] | null;

function cancelling({ cancelling: ends }: ChurnSignals, { churn_cancelling_points: points }: ChurnSettings): Part {
  return ends ? { what: 'the subscription is set to end with its period', points } : null;
}

function failedPayments({ failed_payments }: ChurnSignals, now: Date, settings: ChurnSettings): Part {
  const count = within(failed_payments, now, settings.churn_failed_payment_days).length;
  if (count === 0) return null;
  return {
    what: `${count} failed ${count === 1 ? 'payment' : 'payments'} in ${settings.churn_failed_payment_days} days`,
    points: Math.min(count, settings.churn_failed_payments_max) * settings.churn_failed_payment_points,
  };
}

function overdue({ unpaid_since }: ChurnSignals, now: Date, { churn_overdue_days, churn_overdue_points: points }: ChurnSettings): Part {
  const is_overdue = unpaid_since !== null && now.getTime() - Date.parse(unpaid_since) > churn_overdue_days * day_ms;
  return is_overdue ? { what: `an invoice is unpaid for more than ${churn_overdue_days} days`, points } : null;
}

function surge({ opened }: ChurnSignals, now: Date, settings: ChurnSettings): Part {
  const { churn_surge_days: days, churn_surge_baseline_days: baseline_days } = settings;
  const recent = within(opened, now, days).length;
  const before = within(opened, new Date(now.getTime() - days * day_ms), baseline_days).length;
  // Whole numbers on both sides, so that exactly twice as many is twice as many.
  const risen = recent * baseline_days >= settings.churn_surge_ratio_min * before * days;
  if (recent < settings.churn_surge_min || !risen) return null;
  return {
    what: `${recent} conversations in ${days} days, and ${before} in the ${baseline_days} days before`,
    points: settings.churn_surge_points,
  };
}

function badRatings({ ratings }: ChurnSignals, now: Date, settings: ChurnSettings): Part {
  const since_ms = now.getTime() - settings.churn_rating_days * day_ms;
  const given = ratings.filter(({ at }) => Date.parse(at) > since_ms).map(({ rating }) => rating);
  const sum = given.reduce((total, rating) => total + rating, 0);
  if (given.length === 0 || sum > settings.churn_rating_max * given.length) return null;
  return {
    what: `answers were rated ${Math.round((sum / given.length) * 10) / 10} of 5 in ${settings.churn_rating_days} days`,
    points: settings.churn_rating_points,
  };
}

function within(times: readonly string[], end: Date, days: number): string[] {
  const end_ms = end.getTime();
  return times.filter((time) => Date.parse(time) <= end_ms && Date.parse(time) > end_ms - days * day_ms);
}

/** The three signs that somebody may be going quiet. Pure: from what was told and counted about one engineer to what holds. */
import { defaultsOf, team_pulse_thresholds } from '../../../domain/thresholds.ts';
import { scoreOf, type Mood } from './sentiment.ts';
import { day_ms, workingDays, type DaysOff } from './working-days.ts';

export const team_pulse_settings = defaultsOf(team_pulse_thresholds);
export type TeamPulseSettings = typeof team_pulse_settings;

export interface Engineer {
  /** As GitHub writes it. */
  login: string;
  /** As an owner told it. */
  name: string | null;
  email: string | null;
  bot: boolean;
  /** In the future for somebody who is still there. */
  departed_at: string | null;
  told: Told | null;
  counted: {
    previous: number;
    last: number;
    /** Those of `last` in pushes after what was told. */
    last_since_told: number;
    mood: Mood;
  };
}

/** What an owner told, with the time of it. */
export interface Told {
  as_of: string;
  commits_previous: number | null;
  commits_last: number | null;
  pto_days: number | null;
  pto_days_baseline: number | null;
  sentiment: number | null;
}

export interface Signs {
  commits: {
    previous: number;
    last: number;
    from: 'told' | 'pushes';
    fell: boolean;
    /** Working days off explain it. */ explained: boolean;
  };
  /** Null when nobody told it: there is no other source. */
  pto: { days: number; baseline: number; /** Holidays among the days off. */ holidays: number; spike: boolean } | null;
  /** Null when nobody told it and the messages tell too little. */
  sentiment: { score: number; from: 'told' | 'messages'; low: boolean } | null;
  told_at: string | null;
  at_risk: boolean;
}

export interface SignsInput {
  /** When the window ends in which commits were counted. */
  until: Date;
  holidays: readonly DaysOff[];
  now: Date;
}

export function signsOf(engineer: Engineer, input: SignsInput, settings: TeamPulseSettings): Signs {
  const told = freshOf(engineer.told, input.now, settings);
  const commits = commitsOf(engineer, told, input, settings);
  const pto = told === null ? null : ptoOf(told, input.holidays, settings);
  const sentiment = sentimentOf(engineer, told, settings);
  const at_risk = commits.fell && (pto?.spike ?? false) && (sentiment?.low ?? false);
  return { commits, pto, sentiment, told_at: told?.as_of ?? null, at_risk };
}

function freshOf(told: Told | null, now: Date, { told_days_max }: TeamPulseSettings): Told | null {
  return told !== null && now.getTime() - Date.parse(told.as_of) <= told_days_max * day_ms ? told : null;
}

function commitsOf({ counted }: Engineer, told: Told | null, input: SignsInput, settings: TeamPulseSettings): Signs['commits'] {
  const previous = told?.commits_previous ?? counted.previous;
  // What was told stands, until the pushes since then alone show more.
  const last = told?.commits_last == null ? counted.last : Math.max(told.commits_last, counted.last_since_told);
  const from = told !== null && (told.commits_previous !== null || told.commits_last !== null) ? 'told' : 'pushes';
  const until = told !== null && from === 'told' ? new Date(told.as_of) : input.until;
  const fell_at_all = hasFallen(previous, last, settings);
  const fell = fell_at_all && hasFallen(previous * shareOfWork(until, input.holidays, settings), last, settings);
  return { previous, last, from, fell, explained: fell_at_all && !fell };
}

/** Without any commits before there is nothing to fall from. */
function hasFallen(previous: number, last: number, { commit_drop_percent_min }: TeamPulseSettings): boolean {
  // Rounded, so that a share of working days such as 9/10 leaves no trace of its binary form.
  return previous > 0 && Math.round((previous - last) * 1e6) * 100 >= commit_drop_percent_min * Math.round(previous * 1e6);
}

/** How much less there was to work in the last window than in the one before. Holidays may explain a drop and never make one. */
function shareOfWork(until: Date, holidays: readonly DaysOff[], { window_days }: TeamPulseSettings): number {
  const last = workingDays(until, window_days, holidays).working;
  const previous = workingDays(new Date(until.getTime() - window_days * day_ms), window_days, holidays).working;
  return last < previous ? last / previous : 1;
}

/** Days on which everybody was off say nothing about one person. */
function ptoOf(told: Told, holidays: readonly DaysOff[], settings: TeamPulseSettings): Signs['pto'] {
  if (told.pto_days === null || told.pto_days_baseline === null) return null;
  const { weekdays, working } = workingDays(new Date(told.as_of), settings.window_days, holidays);
  const over = told.pto_days - told.pto_days_baseline - (weekdays - working);
  return {
    days: told.pto_days,
    baseline: told.pto_days_baseline,
    holidays: weekdays - working,
    spike: spikes(over, settings),
  };
}

/** Rounded, so that 3.3 days over 0.3 are three. */
export function spikes(days_over: number, { pto_days_over_baseline_min }: Pick<TeamPulseSettings, 'pto_days_over_baseline_min'>): boolean {
  return Math.round(days_over * 1e6) >= pto_days_over_baseline_min * 1e6;
}

function sentimentOf({ counted }: Engineer, told: Told | null, settings: TeamPulseSettings): Signs['sentiment'] {
  const score = told?.sentiment ?? scoreOf(counted.mood, settings.sentiment_words_min);
  if (score === null) return null;
  return { score, from: told?.sentiment == null ? 'messages' : 'told', low: score <= settings.sentiment_max };
}

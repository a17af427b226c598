/** The procedures' thresholds, each said once: what it means, what it may be, and what it is unless an owner changes it. */
export interface Threshold {
  label: string;
  /** What it does, in a sentence. */
  help: string;
  unit: Unit;
  default: number;
  min: number;
  max: number;
  step: number;
}
/** A `share` is a part of one: 0.02 is 2 %. */
export type Unit = '%' | 'share' | 'times' | 'points' | 'hours' | 'days' | 'minutes' | 'seconds' | '' | 'mails' | 'people';

const threshold = (label: string, help: string, unit: Unit, value: number, [min, max]: [number, number], step = 1): Threshold => ({
  label,
  help,
  unit,
  default: value,
  min,
  max,
  step,
});

const expire_after_days = threshold(
  'Cards expire after',
  'An undecided card expires after this long; 0 lets it wait for ever.',
  'days',
  7,
  [0, 365],
);
const top_percent = threshold(
  'Top customers',
  'Only customers in the top part by monthly revenue are worth an interruption.',
  '%',
  10,
  [1, 100],
  0.5,
);

export const money_thresholds = {
  top_percent,
  renewal_days_max: threshold('Renewal is near', 'A renewal at most this far ahead is named on the card.', 'days', 30, [0, 365]),
  spend_variance_min: threshold(
    'Unusual spend',
    'The latest invoice is named as unusual when it is further than this from the mean of the earlier ones.',
    'share',
    0.1,
    [0, 10],
    0.01,
  ),
  escalate_after_hours: threshold('Critical after', 'A failure older than this is critical.', 'hours', 24, [0.25, 720], 0.25),
  expire_after_days,
  pause_days: threshold('Pause collection for', 'How long collection rests when the plan is kept.', 'days', 7, [1, 90]),
} as const satisfies Thresholds;

/** Points out of a hundred: parts add up, and more than a hundred counts as a hundred. */
export const churn_thresholds = {
  churn_cancelling_points: threshold(
    'Churn: set to cancel',
    'Points when a paid subscription ends with its period.',
    'points',
    40,
    [0, 100],
  ),
  churn_failed_payment_points: threshold('Churn: failed payment', 'Points for each payment that failed lately.', 'points', 10, [0, 100]),
  churn_failed_payments_max: threshold('Churn: failed payments counted', 'At most this many failed payments count.', '', 3, [0, 100]),
  churn_failed_payment_days: threshold('Churn: failed payments within', 'How far back failed payments count.', 'days', 90, [1, 365]),
  churn_overdue_points: threshold('Churn: overdue invoice', 'Points when an invoice is unpaid for long.', 'points', 20, [0, 100]),
  churn_overdue_days: threshold(
    'Churn: overdue after',
    'An invoice that nobody has paid for longer than this is overdue.',
    'days',
    30,
    [1, 365],
  ),
  churn_surge_points: threshold('Churn: more conversations', 'Points when conversations and tickets surge.', 'points', 20, [0, 100]),
  churn_surge_days: threshold(
    'Churn: conversations within',
    'Conversations of this time are held against those before.',
    'days',
    30,
    [1, 365],
  ),
  churn_surge_min: threshold('Churn: conversations at least', 'Fewer conversations than this are no surge.', '', 3, [1, 1_000]),
  churn_surge_ratio_min: threshold(
    'Churn: conversations grown by',
    'From this many times the usual on it is a surge.',
    'times',
    2,
    [1, 100],
    0.1,
  ),
  churn_surge_baseline_days: threshold('Churn: usual conversations', 'What is usual is read from this long before.', 'days', 90, [1, 730]),
  churn_rating_points: threshold('Churn: bad ratings', 'Points when our answers were rated badly.', 'points', 25, [0, 100]),
  churn_rating_max: threshold(
    'Churn: bad is at most',
    'Ratings from 1 to 5 are bad when their mean is not above this.',
    '',
    2,
    [1, 5],
    0.1,
  ),
  churn_rating_days: threshold('Churn: ratings within', 'How far back ratings count.', 'days', 180, [1, 730]),
} as const satisfies Thresholds;

export const customer_fire_thresholds = {
  churn_score_min: threshold(
    'Churn score',
    'A customer is at risk when the churn score is above this; exactly as much is not enough.',
    'share',
    0.6,
    [0, 1],
    0.01,
  ),
  top_percent,
  escalate_after_hours: threshold(
    'Critical after',
    'A conversation unresolved for longer than this is critical.',
    'hours',
    4,
    [0.25, 720],
    0.25,
  ),
  expire_after_days,
  ...churn_thresholds,
} as const satisfies Thresholds;

export const release_thresholds = {
  error_rate_max: threshold(
    'Error rate',
    'Errors in production count when their rate is above this; exactly as high does not.',
    'share',
    0.02,
    [0, 1],
    0.001,
  ),
  deployed_hours_max: threshold(
    'Deployed within',
    'A deployment at most this long before the spike may be its cause.',
    'hours',
    24,
    [1, 336],
  ),
  down_minutes_max: threshold('Critical after', 'Production that is down for longer than this is critical.', 'minutes', 15, [1, 1_440]),
  surge_factor_min: threshold(
    'Tickets surge',
    'From this many times the usual tickets in an hour on it is a surge.',
    'times',
    3,
    [1, 100],
    0.1,
  ),
  expire_after_hours: threshold(
    'Cards expire after',
    'An undecided card expires after this long; 0 lets it wait for ever.',
    'hours',
    24,
    [0, 8_760],
  ),
} as const satisfies Thresholds;

export const team_pulse_thresholds = {
  window_days: threshold('Commits of', 'Commits of this many days are held against those of as many days before.', 'days', 14, [7, 28]),
  commit_drop_percent_min: threshold('Commits fell by', 'From this drop on somebody may be going quiet.', '%', 50, [1, 100]),
  pto_days_over_baseline_min: threshold(
    'Days off above usual',
    'From this many days off over the usual on it is a spike.',
    'days',
    3,
    [0, 14],
    0.5,
  ),
  sentiment_max: threshold('Low sentiment', 'On a scale from -1, unhappy, to 1: this much or less is low.', '', -0.3, [-1, 1], 0.05),
  sentiment_words_min: threshold(
    'Words of feeling',
    'Fewer of them than this in all messages of the window tell nothing.',
    '',
    3,
    [1, 100],
  ),
  told_days_max: threshold(
    'What was told counts for',
    'What was told about somebody’s last days is about other days after this.',
    'days',
    14,
    [1, 60],
  ),
  several_engineers_min: threshold(
    'Several at risk',
    'From this many engineers at risk on the cards are of high urgency.',
    'people',
    2,
    [2, 100],
  ),
  invite_hour_utc: threshold('1:1 starts at', 'The hour of the day, in UTC, that an invitation proposes.', 'hours', 10, [0, 23]),
  invite_minutes: threshold('1:1 lasts', 'How long the meeting is.', 'minutes', 30, [5, 480], 5),
  escalate_after_hours: threshold(
    'Critical after',
    'An invitation undecided for longer than this is critical.',
    'hours',
    72,
    [0.25, 720],
    0.25,
  ),
  expire_after_days,
} as const satisfies Thresholds;

type Thresholds = { readonly [name: string]: Threshold };
export type ValuesOf<Of> = { readonly [name in keyof Of]: number };

/** What they are unless an owner changes them. */
export function defaultsOf<const Of extends Thresholds>(thresholds: Of): ValuesOf<Of> {
  const values = Object.entries(thresholds).map(([name, { default: value }]) => [name, value]);
  // Each name of the one is a name of the other, which is more than the compiler can follow.
  return Object.fromEntries(values) as ValuesOf<Of>;
}

/** How often people wanted what a procedure proposed, with what few decisions can tell. */

/** What people made of the proposals that were decided. */
export interface TrackRecord {
  approved_unchanged: number;
  edited: number;
  rejected: number;
  /** Approved, and taken back after it had run. */
  bad_outcome: number;
}

export interface Precision extends TrackRecord {
  n: number;
  /** Null without a decision. */
  precision: number | null;
  /** The 95 % interval. */
  lower: number;
  upper: number;
}

/** A procedure's type is switched off when the lower bound of its precision is below this … */
export const precision_lower_min = 0.3;
/** … after this many decisions. */
export const decisions_min = 10;

export function precisionOf(record: TrackRecord): Precision {
  const wanted = record.approved_unchanged + record.edited;
  const n = wanted + record.rejected + record.bad_outcome;
  const [lower, upper] = wilsonInterval(wanted, n);
  return { ...record, n, precision: n === 0 ? null : wanted / n, lower, upper };
}

export function isTooImprecise({ n, lower }: Pick<Precision, 'n' | 'lower'>): boolean {
  return n >= decisions_min && lower < precision_lower_min;
}

const z = 1.959_963_985; // 95 %, two-sided

/** Wilson's score interval of a share: https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval */
export function wilsonInterval(hits: number, n: number): [lower: number, upper: number] {
  if (n === 0) return [0, 1];
  const share = hits / n;
  const centre = share + (z * z) / (2 * n);
  const margin = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - margin) / scale), Math.min(1, (centre + margin) / scale)];
}

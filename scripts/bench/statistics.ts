/** The few numbers a benchmark is told with. */

/** What one load on one target gave: how long each piece took, and how long all of them together. */
export interface Sample {
  took_ms: number[];
  /** Null for a part of the work, which has no rate of its own. */
  elapsed_ms: number | null;
}

export interface Figures {
  p50_ms: number;
  p99_ms: number;
  per_second: number | null;
  count: number;
}

/** The smallest value that at least `share` of the values do not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('a percentile of nothing');
  return value;
}

/** Rounds are pooled, so that each piece of work counts once, whichever round it was in. */
export function figuresOf(rounds: readonly Sample[]): Figures {
  const took_ms = rounds.flatMap((round) => round.took_ms);
  const elapsed_ms = rounds.reduce((sum, round) => sum + (round.elapsed_ms ?? 0), 0);
  const per_second = elapsed_ms === 0 ? null : (took_ms.length / elapsed_ms) * 1_000;
  return { p50_ms: percentile(took_ms, 0.5), p99_ms: percentile(took_ms, 0.99), per_second, count: took_ms.length };
}

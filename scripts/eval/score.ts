/** Precision and recall over the outcomes of scenarios: per procedure, and per type of action in it. */
import type { Outcome } from './run-all.ts';
import { scenarios_per_sop_min } from './scenarios.ts';

export interface Score {
  sop: string;
  /** An operation's name, `email` or `slack_dm`; null for the procedure as a whole. */
  action: string | null;
  /** How many scenarios are cases of it; null for one of its actions. */
  scenarios: number | null;
  true_positives: number;
  false_positives: number;
  false_negatives: number;
  /** Null when nothing was proposed. */
  precision: number | null;
  /** Null when nothing was expected. */
  recall: number | null;
}

export interface Evaluation {
  passed: boolean;
  scenarios: number;
  scores: Score[];
  failures: Outcome[];
  /** Procedures with too few scenarios to say much. */
  too_few: string[];
}

/** `covered` are the procedures that have to have enough scenarios; cases from elsewhere may be few. */
export function evaluate(outcomes: readonly Outcome[], covered: readonly string[]): Evaluation {
  const counted = [...new Set(outcomes.flatMap(namesIn))].sort();
  const scores = counted.flatMap((sop) => [
    scoreOf(outcomes, sop, null),
    ...actionsOf(outcomes, sop).map((action) => scoreOf(outcomes, sop, action)),
  ]);
  const too_few = covered.filter((name) => outcomes.filter(({ sop }) => sop === name).length < scenarios_per_sop_min);
  const failures = outcomes.filter(({ passed }) => !passed);
  return { passed: failures.length === 0 && too_few.length === 0, scenarios: outcomes.length, scores, failures, too_few };
}

type Judged = Pick<Outcome['got'][number], 'vertical' | 'action_type'> & { operation?: string | null };

const actionOf = ({ operation, action_type }: Judged): string => operation ?? action_type;

/** What was expected and came, what came besides, and what did not come. */
function judged({ got, unexpected, missing }: Outcome): { [count in 'right' | 'extra' | 'lacking']: Judged[] } {
  return { right: got.filter((one) => !unexpected.includes(one)), extra: unexpected, lacking: missing };
}

function allJudged(outcome: Outcome): Judged[] {
  const { right, extra, lacking } = judged(outcome);
  return [...right, ...extra, ...lacking];
}

function namesIn(outcome: Outcome): string[] {
  return [...(outcome.sop === null ? [] : [outcome.sop]), ...allJudged(outcome).map(({ vertical }) => vertical)];
}

function actionsOf(outcomes: readonly Outcome[], sop: string): string[] {
  const all = outcomes.flatMap(allJudged).filter(({ vertical }) => vertical === sop);
  return [...new Set(all.map(actionOf))].sort();
}

function scoreOf(outcomes: readonly Outcome[], sop: string, action: string | null): Score {
  const count = (which: 'right' | 'extra' | 'lacking') =>
    outcomes
      .flatMap((outcome) => judged(outcome)[which])
      .filter((one) => one.vertical === sop && (action === null || actionOf(one) === action)).length;
  const [true_positives, false_positives, false_negatives] = [count('right'), count('extra'), count('lacking')];
  const scenarios = action === null ? outcomes.filter((outcome) => outcome.sop === sop).length : null;
  return {
    sop,
    action,
    scenarios,
    true_positives,
    false_positives,
    false_negatives,
    precision: share(true_positives, false_positives),
    recall: share(true_positives, false_negatives),
  };
}

function share(right: number, wrong: number): number | null {
  return right + wrong === 0 ? null : right / (right + wrong);
}

/** An evaluation as a person reads it. */
import type { Outcome } from './run-all.ts';
import { scenarios_per_sop_min } from './scenarios.ts';
import type { Evaluation, Score } from './score.ts';

export function reportOf({ scores, failures, too_few, scenarios, passed }: Evaluation): string {
  const few = too_few.map((sop) => `${sop} has fewer than ${scenarios_per_sop_min} scenarios.`);
  const verdict = passed ? 'Passed' : 'Not passed';
  const summary = `${verdict}: ${scenarios - failures.length} of ${scenarios} scenarios came out as labelled.`;
  return [tableOf([heading, ...scores.map(rowOf)]), ...failures.map(failureOf), ...few, summary].join('\n\n');
}

const heading = ['procedure and action', 'scenarios', 'TP', 'FP', 'FN', 'precision', 'recall'];

function rowOf({ sop, action, scenarios, ...score }: Score): string[] {
  return [
    action === null ? sop : `  ${action}`,
    scenarios === null ? '' : String(scenarios),
    ...[score.true_positives, score.false_positives, score.false_negatives].map(String),
    ...[score.precision, score.recall].map(shareOf),
  ];
}

/** Rounded down, so that 0.999 is not shown as 1.00. */
function shareOf(value: number | null): string {
  return value === null ? '–' : (Math.floor(value * 100) / 100).toFixed(2);
}

/** The first column to the left, figures to the right. */
export function tableOf(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
    .join('\n');
}

function failureOf({ sop, name, expected, got, missing, unexpected, wrong_reason, reason, error }: Outcome): string {
  const lines = [
    `FAILED ${sop ?? 'scenario'}: ${name}`,
    ...list('expected', expected, (one) => (missing.includes(one) ? 'missing' : 'as expected')),
    ...list('got', got, (one) => (unexpected.includes(one) ? 'not expected' : 'as expected')),
    `  reason    ${reason ?? 'none stored'}${wrong_reason ? ' (another one was expected)' : ''}`,
    ...(error === null ? [] : [`  error     ${error}`]),
  ];
  return lines.join('\n');
}

type Shown = Outcome['expected'][number] | Outcome['got'][number];

function list<T extends Shown>(label: string, proposals: readonly T[], verdict: (one: T) => string): string[] {
  if (proposals.length === 0) return [`  ${label.padEnd(9)} nothing`];
  return proposals.map((one) => {
    const { vertical, action_type, operation, urgency, subject, to } = one;
    const parts = [vertical, operation ?? action_type, urgency, subject, to && `to ${to}`].filter(Boolean);
    return `  ${label.padEnd(9)} ${parts.join(' · ')} (${verdict(one)})`;
  });
}

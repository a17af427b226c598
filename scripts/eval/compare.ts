/** What a scenario expects against what came of it. */
import type { Course } from './scenario.ts';

export interface Got {
  vertical: string;
  action_type: string;
  operation: string | null;
  urgency: string;
  subject: string;
  /** The payload's recipient, where it has one. */
  to: string | null;
  title: string;
}

export interface Comparison {
  passed: boolean;
  /** Expected, and not there. */
  missing: Course['expect'];
  /** There, and not expected. */
  unexpected: Got[];
  /** The stored reason is another one than the scenario names. */
  wrong_reason: boolean;
}

/** Members that a scenario leaves out may be anything. */
export function compare(
  { expect, reason: pattern }: Pick<Course, 'expect' | 'reason'>,
  got: readonly Got[],
  reason: string | null,
): Comparison {
  const unexpected = [...got];
  const missing = expect.filter((expected) => {
    const place = unexpected.findIndex((one) => fits(expected, one));
    if (place !== -1) unexpected.splice(place, 1);
    return place === -1;
  });
  const wrong_reason = pattern !== undefined && !pattern.test(reason ?? '');
  return { passed: missing.length === 0 && unexpected.length === 0 && !wrong_reason, missing, unexpected, wrong_reason };
}

function fits(expected: Course['expect'][number], got: Got): boolean {
  return (
    expected.vertical === got.vertical &&
    expected.action_type === got.action_type &&
    expected.urgency === got.urgency &&
    [undefined, got.operation].includes(expected.operation) &&
    [undefined, got.subject].includes(expected.subject) &&
    [undefined, got.to].includes(expected.to)
  );
}

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { priorityOf } from './priority.ts';

test('the score is the sum of its shown parts, each within its bounds', () => {
  const input = fc.record({
    urgency: fc.constantFrom('low', 'high', 'critical'),
    revenue_percentile: fc.option(fc.double({ min: -50, max: 150, noNaN: true }), { nil: undefined }),
    needs_edit: fc.boolean(),
    vip: fc.boolean(),
    renewal_near: fc.boolean(),
  });
  fc.assert(
    fc.property(input, (given) => {
      const { score, parts } = priorityOf(given);
      expect(score).toBe(parts.revenue + parts.urgency + parts.effort + parts.strategic);
      expect(parts.revenue).toBeGreaterThanOrEqual(0);
      expect(parts.revenue).toBeLessThanOrEqual(40);
      expect(score).toBeLessThanOrEqual(100);
    }),
  );
});

test('critical comes before high for the same customer', () => {
  const rest = { revenue_percentile: 95, needs_edit: false, vip: false, renewal_near: false };
  expect(priorityOf({ ...rest, urgency: 'critical' }).score).toBeGreaterThan(priorityOf({ ...rest, urgency: 'high' }).score);
});

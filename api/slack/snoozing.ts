/** Until when a card can be put off from Slack's menu. */
import { Problem } from '../../domain/problem.ts';
import type { SnoozeRequest } from '../../domain/wire/acts.ts';

export const snooze_choices = {
  '1h': '1 hour',
  '4h': '4 hours',
  tomorrow: 'Tomorrow, 9:00 UTC',
  event: 'Until something new happens',
} as const;
export type SnoozeChoice = keyof typeof snooze_choices;

const hour_ms = 3_600_000;
const morning_hour_utc = 9;

/** Throws a Problem for what the menu does not offer. */
export function snoozeChoice(chosen: string | null): SnoozeChoice {
  if (chosen !== null && isChoice(chosen)) return chosen;
  throw new Problem('bad_request', 'Say until when: choose one of the menu.');
}

function isChoice(text: string): text is SnoozeChoice {
  return Object.hasOwn(snooze_choices, text);
}

export function endOf(choice: SnoozeChoice, now: Date): SnoozeRequest {
  if (choice === 'event') return { until_event: true };
  if (choice === 'tomorrow')
    return { until: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1, morning_hour_utc)).toISOString() };
  return { until: new Date(now.getTime() + (choice === '1h' ? 1 : 4) * hour_ms).toISOString() };
}

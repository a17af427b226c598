import type { Card } from '#lib/card/card.ts';
import { duration } from '#lib/time.ts';

export interface Deadline {
  at: string;
  left_ms: number;
  /** `Escalated · Expires in 3 d`. */
  text: string;
  /** For a line that has little room. */
  brief: string;
}

type Timed = Pick<Card, 'escalates_at' | 'expires_at'> & { escalation: Pick<Card['escalation'], 'stage'> };

const stage_names = { none: '', reminded: 'Reminded · ', delegated: 'Delegated · ', owner: 'Escalated · ' };

/** The next thing that happens without a decision: the escalation, and once that has come the expiry. Null when nothing will. */
export function deadlineOf({ escalates_at, expires_at, escalation }: Timed, now: number): Deadline | null {
  const left = (at: string): number => Date.parse(at) - now;
  const is_escalated = escalation.stage === 'owner' || (escalates_at !== null && left(escalates_at) <= 0);
  const stage = stage_names[is_escalated ? 'owner' : escalation.stage];
  if (expires_at !== null && (is_escalated || escalates_at === null || left(expires_at) < left(escalates_at))) {
    const left_ms = left(expires_at);
    const text = left_ms > 0 ? `Expires in ${duration(left_ms)}` : 'Expires now';
    return { at: expires_at, left_ms, text: stage + text, brief: duration(left_ms) };
  }
  if (escalates_at === null) return null;
  const left_ms = left(escalates_at);
  if (is_escalated) return { at: escalates_at, left_ms, text: `Escalated ${duration(-left_ms)} ago`, brief: 'Escalated' };
  return { at: escalates_at, left_ms, text: `${stage}Escalates in ${duration(left_ms)}`, brief: duration(left_ms) };
}

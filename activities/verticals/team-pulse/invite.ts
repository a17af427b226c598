/** The invitation to a 1:1, in fixed words. It may be forwarded to the engineer, so it says nothing of why. */
import type { PayloadOf } from '../../../domain/operations.ts';
import { sha256 } from '../../../domain/seal.ts';
import type { TeamPulseSettings } from './signs.ts';
import { nextWorkingDay, type DaysOff } from './working-days.ts';

export interface InviteInput {
  org_id: string;
  subject: string;
  /** How the engineer is called. */
  name: string;
  to: string;
  starts_at: Date;
}

export function inviteFor(
  { org_id, subject, name, to, starts_at }: InviteInput,
  settings: TeamPulseSettings,
): PayloadOf<'calendar.invite'> {
  return {
    to,
    summary: `1:1 with ${name}`,
    description: [
      `Time for ${name}, without an agenda: how are things going, what is in the way, what would help?`,
      `Move it to a time that suits you both, and add ${name} to it.`,
    ].join('\n\n'),
    starts_at: starts_at.toISOString(),
    duration_minutes: settings.invite_minutes,
    uid: `one-to-one-${sha256(`${org_id} ${subject} ${mondayOf(starts_at)}`).slice(0, 32)}@execops`,
    sequence: 0,
  };
}

/** The next working day after the event, as long as that lies ahead; else the next one from now. */
export function startOf(event_at: Date, now: Date, holidays: readonly DaysOff[], { invite_hour_utc }: TeamPulseSettings): Date {
  const startAfter = (moment: Date) => new Date(nextWorkingDay(moment, holidays).getTime() + invite_hour_utc * 3_600_000);
  const first = startAfter(event_at);
  return first > now ? first : startAfter(now);
}

/** A second invitation for the same week moves the first instead of standing beside it. */
function mondayOf(moment: Date): string {
  const monday = new Date(moment);
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
  return monday.toISOString().slice(0, 10);
}

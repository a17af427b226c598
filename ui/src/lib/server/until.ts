import { Problem } from '#domain/problem.ts';
import { field } from '#lib/server/act.ts';

const hour_ms = 3_600_000;
const hours_max = 8_760;

/** A time, or so many hours from now. */
export function untilOf(form: FormData): string {
  const until = field(form, 'until');
  if (until !== '') return until;
  const hours = Number(field(form, 'hours'));
  if (!(hours > 0 && hours <= hours_max)) throw new Problem('bad_request', 'Say for how many hours, or until when.');
  return new Date(Date.now() + hours * hour_ms).toISOString();
}

/** What people do to a card that waits, besides deciding it, and to one that was done. */
import { Problem } from '#domain/problem.ts';
import { act, field } from '#lib/server/act.ts';

const hour_ms = 3_600_000;
const hours_max = 8_760;

export const waiting_acts = {
  snooze: act('snooze', (app, person, form) =>
    app.snooze(
      person,
      field(form, 'proposal_id'),
      field(form, 'until_event') === 'true' ? { until_event: true } : { until: untilOf(form) },
    ),
  ),
  unsnooze: act('unsnooze', (app, person, form) => app.unsnooze(person, field(form, 'proposal_id'))),
  rollback: act('rollback', (app, person, form) => app.rollback(person, field(form, 'proposal_id'))),
  extend: act('extend', (app, person, form) => app.extend(person, field(form, 'proposal_id'), {})),
  delegate: act('delegate', (app, person, form) =>
    app.delegate(person, field(form, 'proposal_id'), { to: field(form, 'to'), until: untilOf(form), reason: field(form, 'reason') }),
  ),
};

/** A time, or so many hours from now. */
function untilOf(form: FormData): string {
  const until = field(form, 'until');
  if (until !== '') return until;
  const hours = Number(field(form, 'hours'));
  if (!(hours > 0 && hours <= hours_max)) throw new Problem('bad_request', 'Say for how many hours, or until when.');
  return new Date(Date.now() + hours * hour_ms).toISOString();
}

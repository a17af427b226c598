/** What people do to a card that waits, besides deciding it, and to one that was done. */
import { Problem } from '#domain/problem.ts';
import { act, field } from '#lib/server/act.ts';
import { untilOf } from '#lib/server/until.ts';

export const waiting_acts = {
  snooze: act('snooze', (app, person, form) =>
    app.snooze(
      person,
      field(form, 'proposal_id'),
      field(form, 'until_event') === 'true' ? { until_event: true } : { until: untilOf(form) },
    ),
  ),
  unsnooze: act('unsnooze', (app, person, form) => app.unsnooze(person, field(form, 'proposal_id'))),
  undo: act('undo', (app, person, form) => app.undo(person, field(form, 'proposal_id'))),
  retry: act('retry', (app, person, form) => app.retry(person, field(form, 'proposal_id'))),
  resolve: act('resolve', (app, person, form) => {
    const outcome = field(form, 'outcome');
    if (outcome !== 'executed' && outcome !== 'failed')
      throw new Problem('bad_request', 'Say whether it was sent: outcome is executed or failed.');
    return app.resolve(person, field(form, 'proposal_id'), outcome, field(form, 'note'));
  }),
  rollback: act('rollback', (app, person, form) => app.rollback(person, field(form, 'proposal_id'))),
  extend: act('extend', (app, person, form) => app.extend(person, field(form, 'proposal_id'), {})),
  delegate: act('delegate', (app, person, form) =>
    app.delegate(person, field(form, 'proposal_id'), { to: field(form, 'to'), until: untilOf(form), reason: field(form, 'reason') }),
  ),
};

import { fail } from '@sveltejs/kit';

import { sample_names } from '#domain/app.ts';
import { Problem } from '#domain/problem.ts';
import { live_data } from '#lib/live-data.ts';
import { act, field } from '#lib/server/act.ts';
import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';
import { inboxQueryOf, moreOf } from '#lib/server/queries.ts';
import { waiting_acts } from '#lib/server/waiting-acts.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(live_data);
  const person = signedIn(locals);
  const query = inboxQueryOf(url.searchParams);
  const { proposals, next_cursor } = await page(locals.app.inbox(person, query));
  return {
    query,
    cards: await Promise.all(proposals.map((view) => cardOf(locals.app, person, view))),
    colleagues: await page(locals.app.colleagues(person)),
    switched_off: await page(locals.app.switchedOff(person)),
    more: moreOf(url, query.limit, next_cursor),
  };
};

export const actions: Actions = {
  approve: act('approve', (app, person, form) => app.decide(person, { ...seen(form), decision: 'approve' })),
  reject: act('reject', (app, person, form) => {
    const feedback = [field(form, 'reason'), field(form, 'feedback')].filter((text) => text !== '').join(': ');
    const decision = { ...seen(form), decision: 'reject' } as const;
    return app.decide(person, feedback === '' ? decision : { ...decision, feedback });
  }),
  undo: act('undo', (app, person, form) => app.undo(person, field(form, 'proposal_id'))),
  retry: act('retry', (app, person, form) => app.retry(person, field(form, 'proposal_id'))),
  resolve: act('resolve', (app, person, form) => {
    const outcome = field(form, 'outcome');
    if (outcome !== 'executed' && outcome !== 'failed')
      throw new Problem('bad_request', 'Say whether it was sent: outcome is executed or failed.');
    return app.resolve(person, field(form, 'proposal_id'), outcome, field(form, 'note'));
  }),
  ...waiting_acts,
  enable: async ({ locals, request }) => {
    const form = await request.formData();
    try {
      await locals.app.enableProcedure(signedIn(locals), field(form, 'vertical'), field(form, 'action_type'));
      return { enabled: true };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { enable_refused: thrown.message });
    }
  },
  sample: async ({ locals, request }) => {
    const name = field(await request.formData(), 'sample');
    try {
      const sample = sample_names.find((known) => known === name);
      if (sample === undefined) throw new Problem('bad_request', `There is no sample "${name}".`);
      return { sample_event_id: await locals.app.sendSample(signedIn(locals), sample) };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { sample_refused: thrown.message });
    }
  },
};

/** The version that the person saw, which is the only one they decide on. */
function seen(form: FormData): { proposal_id: string; payload_hash: string } {
  const [proposal_id, payload_hash] = [field(form, 'proposal_id'), field(form, 'payload_hash')];
  if (proposal_id !== '' && payload_hash !== '') return { proposal_id, payload_hash };
  throw new Problem('missing_hash', 'Send proposal_id and payload_hash as the card showed them, so that exactly what you saw is decided.');
}

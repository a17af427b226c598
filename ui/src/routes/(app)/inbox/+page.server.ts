import { fail } from '@sveltejs/kit';

import { live_data } from '#lib/live-data.ts';
import { act, field } from '#lib/server/act.ts';
import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';
import { inboxQueryOf, moreOf } from '#lib/server/queries.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(live_data);
  const person = signedIn(locals);
  const query = inboxQueryOf(url.searchParams);
  const { proposals, next_cursor } = await page(locals.app.inbox(person, query));
  return {
    query,
    cards: await Promise.all(proposals.map((view) => cardOf(locals.app, person, view))),
    more: moreOf(url, query.limit, next_cursor),
  };
};

export const actions: Actions = {
  approve: act('approve', (app, person, form) =>
    app.decide(person, { proposal_id: field(form, 'proposal_id'), payload_hash: field(form, 'payload_hash'), decision: 'approve' }),
  ),
  reject: act('reject', (app, person, form) => {
    const feedback = [field(form, 'reason'), field(form, 'feedback')].filter((text) => text !== '').join(': ');
    const decision = { proposal_id: field(form, 'proposal_id'), payload_hash: field(form, 'payload_hash'), decision: 'reject' } as const;
    return app.decide(person, feedback === '' ? decision : { ...decision, feedback });
  }),
  undo: act('undo', (app, person, form) => app.undo(person, field(form, 'proposal_id'))),
  retry: act('retry', (app, person, form) => app.retry(person, field(form, 'proposal_id'))),
  resolve: act('resolve', (app, person, form) => {
    const outcome = field(form, 'outcome') === 'executed' ? 'executed' : 'failed';
    return app.resolve(person, field(form, 'proposal_id'), outcome, field(form, 'note'));
  }),
  sample: async ({ locals }) => {
    try {
      return { sample_event_id: await locals.app.sendSample(signedIn(locals)) };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { sample_refused: thrown.message });
    }
  },
};

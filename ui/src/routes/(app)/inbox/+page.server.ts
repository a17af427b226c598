import { fail } from '@sveltejs/kit';

import { sample_names } from '#domain/app.ts';
import { Problem } from '#domain/problem.ts';
import { isNarrowed } from '#lib/inbox-filters.ts';
import { live_data } from '#lib/live-data.ts';
import { field } from '#lib/server/act.ts';
import { batch_acts } from '#lib/server/batch-acts.ts';
import { approvedCards, cardOf } from '#lib/server/cards.ts';
import { deciding_acts } from '#lib/server/deciding-acts.ts';
import { firstStepsOf } from '#lib/server/first-steps.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';
import { inboxQueryOf, moreOf } from '#lib/server/queries.ts';
import { waiting_acts } from '#lib/server/waiting-acts.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, url, depends }) => {
  depends(live_data);
  const person = signedIn({ app, ...locals });
  const query = inboxQueryOf(url.searchParams);
  const [{ proposals, next_cursor }, approved, colleagues, switched_off] = await page(
    Promise.all([app.inbox(person, query), approvedCards(app, person), app.colleagues(person), app.switchedOff(person)]),
  );
  // The way in is shown to who has nothing to do yet, and where nothing real is connected.
  const guided = !isNarrowed(query) && (proposals.length === 0 || app.surroundings().mode === 'development');
  return {
    query,
    cards: await Promise.all(proposals.map((view) => cardOf(app, person, view))),
    approved,
    colleagues,
    switched_off,
    steps: guided ? await page(firstStepsOf(app, person)) : null,
    next_cursor,
    more: moreOf(url, query.limit, next_cursor),
  };
};

export const actions: Actions = {
  ...deciding_acts,
  ...waiting_acts,
  ...batch_acts,
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

import { fail } from '@sveltejs/kit';

import { live_data } from '#lib/live-data.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, params, depends }) => {
  depends(live_data);
  const person = signedIn({ app, ...locals });
  const event = await page(app.event(person, params.id));
  const proposals = await page(Promise.all(event.proposal_ids.map((id) => app.proposal(person, id))));
  return {
    event,
    cards: proposals.map(({ id, title, status, action_type, operation }) => ({ id, title, status, action_type, operation })),
  };
};

export const actions = {
  replay: async ({ locals, params }) => {
    try {
      return { found: await locals.app.replay(signedIn(locals), params.id), refused: null };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { found: null, refused: thrown.message });
    }
  },
} satisfies Actions;

import { live_data } from '#lib/live-data.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { PageServerLoad } from './$types';

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

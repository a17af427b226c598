import { live_data } from '#lib/live-data.ts';
import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, params: { id }, depends }) => {
  depends(live_data);
  const person = signedIn({ app, ...locals });
  const view = await page(app.proposal(person, id));
  const [card, audit, executions, trace, receipt] = await page(
    Promise.all([
      cardOf(app, person, view),
      app.audit(person, id),
      app.executions(person, id),
      app.trace(person, id),
      // A receipt is about something that ran or was decided; before that there is nothing to hold on to.
      view.status === 'pending' && view.decision === null ? null : app.receipt(person, id),
    ]),
  );
  return { colleagues: await page(app.colleagues(person)), card, audit, executions, trace, receipt };
};

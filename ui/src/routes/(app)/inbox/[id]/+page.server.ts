import { live_data } from '#lib/live-data.ts';
import { cardOf } from '#lib/server/cards.ts';
import { edit_act } from '#lib/server/deciding-acts.ts';
import { dryRunAct } from '#lib/server/dry-run.ts';
import { editableOf } from '#lib/server/fields.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, params: { id }, url, depends }) => {
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
  // Without the page's script the form is a page of its own, and comes back when something is wrong with it.
  const editing = view.status === 'pending' && ['edit', '/edit'].some((name) => url.searchParams.has(name));
  const editable = editing ? editableOf(view) : null;
  return { colleagues: await page(app.colleagues(person)), card, editable, audit, executions, trace, receipt };
};

export const actions: Actions = { edit: edit_act, dry_run: dryRunAct };

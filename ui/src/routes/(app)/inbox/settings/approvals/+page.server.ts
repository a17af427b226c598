import { fail } from '@sveltejs/kit';

import { action_types } from '#domain/action.ts';
import { Problem } from '#domain/problem.ts';
import { live_data } from '#lib/live-data.ts';
import { field } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';
import { setting_acts } from '#lib/server/setting-acts.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, depends }) => {
  depends(live_data);
  const person = signedIn({ app, ...locals });
  const [settings, approvers, members] = await page(Promise.all([app.settings(person), app.approvers(person), app.members(person)]));
  return { settings: settings.filter(({ group }) => group === 'organisation'), approvers, members };
};

export const actions: Actions = {
  ...setting_acts,
  approvers: async ({ locals, request }) => {
    const form = await request.formData();
    const name = field(form, 'action_type');
    try {
      const action_type = action_types.find((known) => known === name);
      if (action_type === undefined) throw new Problem('bad_request', `There is no action type "${name}".`);
      const user_ids = form.getAll('user_id').filter((id) => typeof id === 'string');
      await locals.app.setApprovers(signedIn(locals), action_type, user_ids);
      return { approvers_of: action_type };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { approvers_of: name, approvers_refused: thrown.message });
    }
  },
};

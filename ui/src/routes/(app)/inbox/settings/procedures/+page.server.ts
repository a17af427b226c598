import { live_data } from '#lib/live-data.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';
import { setting_acts } from '#lib/server/setting-acts.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { app, ...locals }, depends }) => {
  depends(live_data);
  const person = signedIn({ app, ...locals });
  const [settings, precisions, switched_off] = await page(
    Promise.all([app.settings(person), app.procedures(person), app.switchedOff(person)]),
  );
  return { settings: settings.filter(({ group }) => group !== 'organisation'), precisions, switched_off };
};

export const actions: Actions = { ...setting_acts };

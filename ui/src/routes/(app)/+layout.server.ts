import { live_data } from '#lib/live-data.ts';
import { page } from '#lib/server/problem.ts';
import { signedIn } from '#lib/server/person.ts';

import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async ({ locals, depends }) => {
  depends(live_data);
  const person = signedIn(locals);
  return {
    person,
    counts: await page(locals.app.counts(person)),
    surroundings: locals.app.surroundings(),
    server_now: Date.now(),
  };
};

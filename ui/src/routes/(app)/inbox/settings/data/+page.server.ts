import { fail } from '@sveltejs/kit';

import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

const retention_key = 'organisation.retention_days';

export const load: PageServerLoad = async ({ locals }) => {
  const settings = await page(locals.app.settings(signedIn(locals)));
  return { retention: settings.find(({ key }) => key === retention_key) ?? null };
};

export const actions = {
  verify: async ({ locals }) => {
    try {
      return { verified: await locals.app.verifyAudit(signedIn(locals)), refused: null };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { verified: null, refused: thrown.message });
    }
  },
} satisfies Actions;

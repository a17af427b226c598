import { fail } from '@sveltejs/kit';

import { field } from '#lib/server/act.ts';
import { signedIn } from '#lib/server/person.ts';
import { isProblem, page } from '#lib/server/problem.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({
  connections: await page(locals.app.connections(signedIn(locals))),
});

export const actions: Actions = {
  test: async ({ locals, request }) => {
    const name = field(await request.formData(), 'name');
    try {
      return { name, test: await locals.app.testConnection(signedIn(locals), name) };
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { name, refused: thrown.message });
    }
  },
};

import { fail, redirect } from '@sveltejs/kit';

import { isProblem } from '#lib/server/problem.ts';
import { inbox_path } from '#lib/paths.ts';

import type { Actions, PageServerLoad } from './$types';

/** Reading the page consumes nothing: mail scanners and link previews read pages. */
export const load: PageServerLoad = ({ url, setHeaders }) => {
  // The token is told to nobody, yet the form still says which site it comes from, also before the page's script runs.
  setHeaders({ 'referrer-policy': 'strict-origin' });
  return { token: url.searchParams.get('token') ?? '' };
};

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const token = String((await request.formData()).get('token') ?? '');
    try {
      locals.set_cookies.push(...(await locals.app.signInByLink(token, request.headers)));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { message: thrown.message });
    }
    redirect(303, inbox_path);
  },
};

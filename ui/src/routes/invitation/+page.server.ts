import { fail, redirect } from '@sveltejs/kit';

import { inbox_path } from '#lib/paths.ts';
import { field } from '#lib/server/act.ts';
import { isProblem } from '#lib/server/problem.ts';
import { waitOf } from '#lib/server/wait.ts';

import type { Actions, PageServerLoad } from './$types';

/** Reading the page consumes nothing: mail scanners and link previews read pages. */
export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  // The token is told to nobody, yet the form still says which site it comes from, also before the page's script runs.
  setHeaders({ 'referrer-policy': 'strict-origin' });
  const token = url.searchParams.get('token') ?? '';
  if (token === '') return { token, invitation: null, refused: 'The link is not complete. Copy all of it.' };
  try {
    return { token, invitation: await locals.app.invitation(token, request.headers), refused: '' };
  } catch (thrown) {
    if (!isProblem(thrown)) throw thrown;
    return { token, invitation: null, refused: thrown.message };
  }
};

export const actions: Actions = {
  default: async ({ locals, request }) => {
    const form = await request.formData();
    const name = field(form, 'name');
    // Exactly as it was entered: a password may begin and end with spaces.
    const password = String(form.get('password') ?? '');
    try {
      locals.set_cookies.push(...(await locals.app.acceptInvitation(field(form, 'token'), { name, password }, request.headers)));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      const wait = waitOf(thrown.members);
      return fail(thrown.status, { name, message: wait === null ? thrown.message : `Too many attempts. Try again in ${wait}.` });
    }
    redirect(303, inbox_path);
  },
};

import { fail, redirect } from '@sveltejs/kit';

import { inbox_path } from '#lib/paths.ts';
import { nextPath } from '#lib/server/next.ts';
import { isProblem } from '#lib/server/problem.ts';
import { waitOf } from '#lib/server/wait.ts';

import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.person !== null && !url.searchParams.has('again')) redirect(303, nextPath(url.searchParams.get('next'), inbox_path));
};

export const actions: Actions = {
  default: async ({ locals, request, url }) => {
    const form = await request.formData();
    const email = String(form.get('email') ?? '').trim();
    const password = String(form.get('password') ?? '');
    if (email === '' || password === '') return fail(400, { email, message: 'Enter your email address and your password.' });
    try {
      locals.set_cookies.push(...(await locals.app.signIn({ email, password }, request.headers)));
    } catch (thrown) {
      if (!isProblem(thrown)) throw thrown;
      return fail(thrown.status, { email, message: messageOf(thrown.status, thrown.message, waitOf(thrown.members)) });
    }
    redirect(303, nextPath(url.searchParams.get('next'), inbox_path));
  },
};

function messageOf(status: number, message: string, wait: string | null): string {
  if (status === 401) return 'The email address or the password is wrong. Check both and try again.';
  if (status === 429) return wait === null ? message : `Too many attempts. Try again in ${wait}.`;
  return message;
}

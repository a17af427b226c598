import { error } from '@sveltejs/kit';

import type { Person } from '#domain/app.ts';

/** The signed-in person; the hook has already sent everybody else to the sign-in page. */
export function signedIn(locals: App.Locals): Person {
  return locals.person ?? error(401, 'Sign in first.');
}

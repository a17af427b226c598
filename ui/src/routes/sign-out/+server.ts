import { redirect } from '@sveltejs/kit';

import type { RequestHandler } from './$types';

import { sign_in_path } from '#lib/paths.ts';

export const POST: RequestHandler = async ({ locals, request }) => {
  locals.set_cookies.push(...(await locals.app.signOut(request.headers)));
  redirect(303, sign_in_path);
};

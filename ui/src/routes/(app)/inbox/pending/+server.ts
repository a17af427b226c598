import { json } from '@sveltejs/kit';

import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { RequestHandler } from './$types';

/** How much waits; an open page asks it before it loads itself again. */
export const GET: RequestHandler = async ({ locals }) =>
  json(await page(locals.app.counts(signedIn(locals))), { headers: { 'cache-control': 'no-store' } });

import { json } from '@sveltejs/kit';

import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { RequestHandler } from './$types';

/** One card, for an open inbox whose list no longer holds it. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const person = signedIn(locals);
  const view = await page(locals.app.proposal(person, params.id));
  return json(await cardOf(locals.app, person, view), { headers: { 'cache-control': 'no-store' } });
};

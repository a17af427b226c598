import { json } from '@sveltejs/kit';

import { cardOf } from '#lib/server/cards.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';
import { inboxQueryOf } from '#lib/server/queries.ts';

import type { RequestHandler } from './$types';

const cards_each = 50;

/** The next cards of a list that is open already: the inbox's own address with a cursor. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const person = signedIn(locals);
  const query = { ...inboxQueryOf(url.searchParams), limit: cards_each };
  const { proposals, next_cursor } = await page(locals.app.inbox(person, query));
  const cards = await Promise.all(proposals.map((view) => cardOf(locals.app, person, view)));
  return json({ cards, next_cursor }, { headers: { 'cache-control': 'no-store' } });
};

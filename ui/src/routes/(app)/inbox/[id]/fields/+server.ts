import { json } from '@sveltejs/kit';

import { editableOf } from '#lib/server/fields.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';

import type { RequestHandler } from './$types';

/** A draft as the fields of a form, for a card that is edited where it lies. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const view = await page(locals.app.proposal(signedIn(locals), params.id));
  return json(editableOf(view), { headers: { 'cache-control': 'no-store' } });
};

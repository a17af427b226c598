import { live_data } from '#lib/live-data.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';
import { eventsQueryOf, moreOf } from '#lib/server/queries.ts';

import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(live_data);
  const query = eventsQueryOf(url.searchParams);
  const { events, next_cursor } = await page(locals.app.events(signedIn(locals), query));
  return { query, events, more: moreOf(url, query.limit, next_cursor) };
};

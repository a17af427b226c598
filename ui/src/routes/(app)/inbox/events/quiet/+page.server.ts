import { live_data } from '#lib/live-data.ts';
import { signedIn } from '#lib/server/person.ts';
import { page } from '#lib/server/problem.ts';
import { ledger_days, ledgerQueryOf } from '#lib/server/queries.ts';

import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends(live_data);
  const query = ledgerQueryOf(url.searchParams);
  return { ...query, choices: [...ledger_days], ledger: await page(locals.app.ledger(signedIn(locals), query)) };
};

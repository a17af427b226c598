/** One incident that raises many events, each stored and judged as the worker would, without a workflow for each. */
import type { Database } from '../../prisma/database.ts';
import { storeDrafts } from '../../prisma/store.ts';
import { emailDraft, incidentOf, storedEvent } from './cards.ts';

const at_once = 10;

/** So many more events of what a card is about. */
export async function burst(db: Database, org_id: string, about: { subject: string; title: string }, count: number): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const event = await storedEvent(db, org_id, { subject: about.subject });
      await storeDrafts(db, incidentOf(event), [emailDraft(event, { title: about.title })]);
    }
  };
  await Promise.all(Array.from({ length: at_once }, lane));
}

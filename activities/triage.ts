/** The router: which procedures an event concerns, and what needs no draft at all. */
import type { HandleEventInput, Triage } from '../domain/contract.ts';
import { readStoredEvent, settleEvent } from '../prisma/events.ts';
import { withdraw } from '../prisma/store.ts';
import type { ActivityDeps } from './index.ts';

export function createTriage({ db, sops, wording }: Pick<ActivityDeps, 'db' | 'sops' | 'wording'>) {
  return async function triage({ org_id, event_id }: HandleEventInput): Promise<Triage> {
    const event = await readStoredEvent(db, org_id, event_id);
    // A run that starts again finds its proposals in Postgres; nothing is drafted twice.
    if (event.status !== 'received') return { drafts: [] };

    const settled = sops.filter((sop) => sop.settledBy(event));
    for (const sop of settled) {
      await withdraw(db, { event, subjects: await sop.subjectsOf(event), settledBy: (other) => sop.settledBy(other) });
    }
    const triggered = sops.filter((sop) => sop.triggeredBy(event));
    if (settled.length === 0 && triggered.length === 0) {
      await settleEvent(db.sql, event.id, 'ignored', `no procedure lists ${event.source} events of type ${event.type}`);
    }
    return { drafts: triggered.map((sop) => ({ vertical: sop.vertical, outside: sop.asks_provider || wording !== null })) };
  };
}

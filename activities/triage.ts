/** The router: which procedures an event concerns, and what needs no draft at all. */
import type { HandleEventInput, Triage } from '../domain/contract.ts';
import type { Sop, StoredEvent } from '../domain/sop.ts';
import { readStoredEvent, settleEvent } from '../prisma/events.ts';
import type { Incident } from '../prisma/incident.ts';
import { withdraw } from '../prisma/withdraw.ts';
import type { ActivityDeps } from './index.ts';

export function createTriage({ db, proceduresFor, wording }: Pick<ActivityDeps, 'db' | 'proceduresFor' | 'wording'>) {
  return async function triage({ org_id, event_id }: HandleEventInput): Promise<Triage> {
    const event = await readStoredEvent(db, org_id, event_id);
    // A run that starts again finds its proposals in Postgres; nothing is drafted twice.
    if (event.status !== 'received') return { drafts: [] };

    const { sops } = proceduresFor(event.settings);
    const settled = sops.filter((sop) => sop.settledBy(event));
    const triggered = sops.filter((sop) => sop.triggeredBy(event));
    for (const sop of settled) {
      await withdraw(db, await incidentOf(sop, sops, event));
    }
    if (settled.length === 0 && triggered.length === 0) {
      await settleEvent(db.sql, event.id, 'ignored', `no procedure lists ${event.source} events of type ${event.type}`);
    }
    return { drafts: triggered.map((sop) => ({ vertical: sop.vertical, outside: sop.asks_provider || wording !== null })) };
  };
}

/** What storing has to know of an event as one procedure sees it. */
export async function incidentOf(sop: Sop, sops: readonly Sop[], event: StoredEvent): Promise<Incident> {
  return {
    event,
    vertical: sop.vertical,
    verticals: verticalsOf(sops, event),
    subjects: await sop.subjectsOf(event),
    settledBy: (other) => sop.settledBy(other),
    settles: sop.settles,
    subjectsNow: () => sop.subjectsOf(event),
  };
}

/** Every procedure that has a word to say on this event. */
export function verticalsOf(sops: readonly Sop[], event: { source: string; type: string }): string[] {
  return sops.filter((sop) => sop.triggeredBy(event) || sop.settledBy(event)).map(({ vertical }) => vertical);
}

/** Forgets old events as new ones come in: no clock does. */
import type { Database } from '../prisma/database.ts';
import { forgetOldEvents } from '../prisma/retention.ts';
import type { Logger } from './log.ts';
import type { SettingsMemory } from './settings-memory.ts';

export interface RetentionDeps {
  db: Pick<Database, 'sql'>;
  settings: Pick<SettingsMemory, 'of'>;
  logger: Logger;
}

/** Takes the organisation that an event has come in for. Never throws, never waits. */
export function createRetention({ db, settings, logger }: RetentionDeps): (org_id: string) => void {
  const under_way = new Set<string>();

  async function forget(org_id: string): Promise<void> {
    const days = (await settings.of(org_id))['organisation.retention_days'];
    if (days === 0) return;
    const events = await forgetOldEvents(db.sql, org_id, days);
    if (events > 0) logger.info({ org_id, events, days }, 'what old events said was removed');
  }

  return (org_id) => {
    // A burst makes room as fast as one after the other can.
    if (under_way.has(org_id)) return;
    under_way.add(org_id);
    forget(org_id)
      .catch((error: unknown) => logger.warn({ err: error, org_id }, 'old events are still there; the next event removes them'))
      .finally(() => under_way.delete(org_id));
  };
}

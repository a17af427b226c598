/** Settings that are asked for with every delivery, kept in memory until Postgres announces a change of them. */
import type { SettingDefaults, Settings } from '../domain/setting-registry.ts';
import type { Database } from '../prisma/database.ts';
import { listen, type Listening } from '../prisma/listen.ts';
import { readSettings } from '../prisma/settings.ts';

export interface SettingsMemory {
  of(org_id: string): Promise<Settings>;
  start(): void;
  stop(): Promise<void>;
}

export function createSettingsMemory(db: Pick<Database, 'pool' | 'sql'>, defaults: SettingDefaults): SettingsMemory {
  const kept = new Map<string, Promise<Settings>>();
  let listening: Listening | null = null;

  /** Reading and forgetting it again is one promise: what was read before a change is not kept after it. */
  function read(org_id: string): Promise<Settings> {
    const reading = readSettings(db.sql, org_id, defaults);
    if (listening === null) return reading;
    kept.set(org_id, reading);
    reading.catch(() => {
      if (kept.get(org_id) === reading) kept.delete(org_id);
    });
    return reading;
  }

  return {
    of: (org_id) => kept.get(org_id) ?? read(org_id),
    start() {
      listening = listen(
        db.pool,
        'execops_settings',
        (org_id) => kept.delete(org_id),
        () => kept.clear(),
      );
    },
    async stop() {
      await listening?.stop();
    },
  };
}

import { quietUntil } from '../domain/quiet-hours.ts';
import type { Sql } from './database.ts';
import { readSettings } from './settings.ts';

/** When the organisation's quiet time ends that it is in now; null while it is not quiet. */
export async function quietUntilFor(sql: Sql, org_id: string, now = new Date()): Promise<Date | null> {
  const settings = await readSettings(sql, org_id);
  const [from, to] = [settings['organisation.quiet_hours_from'], settings['organisation.quiet_hours_to']];
  return quietUntil({ from, to, time_zone: settings['organisation.quiet_hours_time_zone'] }, now);
}

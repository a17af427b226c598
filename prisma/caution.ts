/** What an organisation says about risk. */
import { default_caution, type Caution } from '../domain/gesture.ts';
import type { Sql } from './database.ts';
import { readSettings } from './settings.ts';

/** `undo_seconds` is the installation's own, for an organisation that has set none. */
export async function cautionOf(sql: Sql, org_id: string, undo_seconds: number = default_caution.undo_seconds): Promise<Caution> {
  const settings = await readSettings(sql, org_id, { 'organisation.undo_seconds': undo_seconds });
  return { undo_seconds: settings['organisation.undo_seconds'], large_amount: settings['organisation.large_amount'] };
}

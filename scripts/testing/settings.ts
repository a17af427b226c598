/** Settings as if they had been changed, for tests of what they do. */
import { randomUUID } from 'node:crypto';

import type { SettingKey, SettingValue } from '../../domain/setting-registry.ts';
import { asOwner } from './database.ts';

/** Past the approval that it takes: only the database's owner can. */
export async function setSetting({ url, org_id }: { url: string; org_id: string }, key: SettingKey, value: SettingValue): Promise<void> {
  await asOwner(
    url,
    `insert into settings (org_id, key, value, changed_by, proposal_id) values ($1, $2, $3, 'test', $4)
     on conflict (org_id, key) do update set value = excluded.value, changed_at = now(), proposal_id = excluded.proposal_id`,
    [org_id, key, JSON.stringify(value), randomUUID()],
  );
}

import { afterAll, beforeAll, expect, test } from 'vitest';

import { member, pendingCard, storedEvent } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { verifyAudit } from './audit.ts';
import { decide } from './decide.ts';
import { readStoredEvent } from './events.ts';
import { forgetOldEvents } from './retention.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

async function oldEvent(days: number, status = 'processed'): Promise<string> {
  const { id } = await storedEvent(t.db, t.org_id);
  await asOwner(t.url, `update events set received_at = now() - $2 * interval '1 day', status = $3 where id = $1`, [id, days, status]);
  await asOwner(t.url, `alter table events disable trigger events_keep`);
  await asOwner(t.url, `update events set payload_json = '{"name": "Ana"}' where id = $1`, [id]);
  await asOwner(t.url, `alter table events enable trigger events_keep`);
  return id;
}

const stateOf = async (id: string) => {
  const { payload, redacted, type } = await readStoredEvent(t.db, t.org_id, id);
  return { payload, redacted, type };
};

test('what old events said is removed, and that they were there stays', async () => {
  const [old, recent, waiting] = [await oldEvent(61), await oldEvent(59), await oldEvent(90, 'received')];
  const card = await pendingCard(t.db, t.org_id);
  await asOwner(
    t.url,
    `update events set received_at = now() - interval '70 days', status = 'processed' where id = (select event_id from proposals where id = $1)`,
    [card.id],
  );
  expect(await forgetOldEvents(t.db.sql, t.org_id, 60)).toBe(1);
  expect(await stateOf(old)).toEqual({ payload: {}, redacted: true, type: 'invoice.payment_failed' });
  expect(await stateOf(recent)).toMatchObject({ payload: { name: 'Ana' }, redacted: false });
  expect(await stateOf(waiting)).toMatchObject({ payload: { name: 'Ana' }, redacted: false });
  expect(await forgetOldEvents(t.db.sql, t.org_id, 60)).toBe(0);

  // The card that rested on it is decided: nothing holds its event any more.
  const ana = await member(t.db, t.org_id);
  await decide(t.db, ana, { proposal_id: card.id, decision: 'reject', payload_hash: card.payload_hash }, { via: 'api' });
  expect(await forgetOldEvents(t.db.sql, t.org_id, 60)).toBe(1);
  expect((await verifyAudit(t.db, t.org_id)).ok).toBe(true);
});

test('a batch is a hundred at most, and two at once forget nothing twice', async () => {
  for (let n = 0; n < 130; n += 1) await storedEvent(t.db, t.org_id);
  await asOwner(
    t.url,
    `update events set received_at = now() - interval '100 days', status = 'ignored' where org_id = $1 and redacted_at is null`,
    [t.org_id],
  );
  const counts = await Promise.all([forgetOldEvents(t.db.sql, t.org_id, 60), forgetOldEvents(t.db.sql, t.org_id, 60)]);
  expect(Math.max(...counts)).toBeLessThanOrEqual(100);
  const left = await forgetOldEvents(t.db.sql, t.org_id, 60);
  expect(counts[0] + counts[1] + left).toBeGreaterThanOrEqual(130);
});

test('nobody makes an event say another thing', async () => {
  const { id } = await storedEvent(t.db, t.org_id);
  await expect(t.db.sql`update events set payload_json = '{"amount": 1}' where id = ${id}`).rejects.toThrow('keeps what it said');
  await expect(t.db.sql`update events set payload_json = '{"amount": 1}', redacted_at = now() where id = ${id}`).rejects.toThrow(
    'keeps what it said',
  );
});

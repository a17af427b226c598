import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import type { Sop } from '../domain/sop.ts';
import { decide } from '../prisma/decide.ts';
import { lookAtProposal } from '../prisma/moves.ts';
import { readProposal } from '../prisma/proposals.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { judgeFactsAgain } from './facts-guard.ts';
import { proceduresOf } from './verticals/registry.ts';

let database: TestDatabase;
let ana: Person;
beforeAll(async () => {
  database = await testDatabase();
  ana = await member(database.db, database.org_id);
});
afterAll(() => database.close());

/** Its facts come from a provider that nobody can reach. */
const unreadable: Sop = {
  vertical: 'money',
  version: '1',
  settles: 'for_good',
  asks_provider: true,
  triggeredBy: () => true,
  settledBy: () => false,
  subjectsOf: async () => [],
  gather: () => Promise.reject(new Error('Stripe could not be read: it could not be reached')),
  assess: () => ({ propose: false, reason: 'never asked' }),
  wording: () => null,
};

/** What happens to a card whose undo window ended so long ago. */
async function judged(seconds: number) {
  const { db, org_id } = database;
  const { id, payload_hash } = await pendingCard(db, org_id);
  await decide(db, ana, { proposal_id: id, decision: 'approve', payload_hash }, { via: 'api', undo_seconds: 0 });
  await db.sql`update proposals set executes_at = now() - ${seconds} * interval '1 second' where id = ${id}`;
  const row = await lookAtProposal(db.sql, org_id, id);
  const goes = await judgeFactsAgain({ db, proceduresFor: proceduresOf([unreadable]), logger: pino({ level: 'silent' }) }, row).catch(
    (error: unknown) => error,
  );
  return { goes, card: await readProposal(db, org_id, id) };
}

test.each([
  [0, 1_000],
  [4, 4_000],
  [290, 10_000],
])('facts that cannot be read are asked for again, %i s after the undo window in about %i ms', async (seconds, wait_ms) => {
  const { goes, card } = await judged(seconds);
  expect(goes).toMatchObject({ type: 'FactsUnreadable', nonRetryable: false });
  const { nextRetryDelay } = goes as { nextRetryDelay: number };
  expect(nextRetryDelay).toBeGreaterThanOrEqual(wait_ms);
  expect(nextRetryDelay).toBeLessThan(wait_ms + 3_000);
  expect(JSON.stringify(goes), 'Temporal is told no more').not.toContain('Stripe');
  expect(card.status).toBe('approved');
});

test('facts that cannot be read for five minutes bring the card back to the inbox', async () => {
  const { goes, card } = await judged(300);
  expect(goes).toBe(false);
  expect(card).toMatchObject({ status: 'pending', version: 2, flags: ['facts_changed'] });
  expect(card.notes.at(-1)).toContain('could not be read again, so nothing ran');
});

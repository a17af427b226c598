import { afterAll, beforeAll, expect, test } from 'vitest';

import { numbersIn } from '../domain/numbers.ts';
import { namesWebAddress } from '../domain/targets.ts';
import { phrases } from '../scripts/testing/hostile-phrases.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { decide } from './decide.ts';
import { lessonsOf } from './lessons.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

test('what people rejected and what they sent instead, with the customer masked, of this procedure and type only', async () => {
  const { db, org_id } = database;
  const ana = await member(db, org_id);
  const facts = [{ label: 'Customer', value: 'Maria Lopez (VIP)', unusual: true, event_id: null, at: null }];
  const rejected = await pendingCard(db, org_id, { facts });
  const edited = await pendingCard(db, org_id, { facts });
  const taken_back = await pendingCard(db, org_id, { vertical: 'customer_fire' });
  await decide(
    db,
    ana,
    { proposal_id: rejected.id, decision: 'reject', payload_hash: rejected.payload_hash, feedback: 'Maria pays by $49.00 wire' },
    { via: 'web' },
  );
  const edit = { to: 'ana@example.com', subject: 'Hello Maria', body: 'Pay 49 at https://pay.example/1 or write to me@example.com.' };
  await decide(db, ana, { proposal_id: edited.id, decision: 'approve', payload_hash: edited.payload_hash, edit }, { via: 'web' });
  await decide(
    db,
    ana,
    { proposal_id: taken_back.id, decision: 'reject', payload_hash: taken_back.payload_hash, feedback: 'other' },
    { via: 'web' },
  );

  expect(await lessonsOf(db, org_id, 'money', 'email')).toEqual([
    { rejected_because: '[name] pays by [number] wire' },
    { drafted: 'Your card\n\nPlease update it.', sent: 'Hello [name]\n\nPay [number] at [link] or write to [address]' },
  ]);
  expect(await lessonsOf(db, org_id, 'money', 'slack_dm')).toEqual([]);
});

test('a poisoned lesson carries no link, no address and no figure into the next prompt', async () => {
  const { db, org_id } = database;
  const ana = await member(db, org_id);
  for (const feedback of phrases.lessons) {
    const { id, payload_hash } = await pendingCard(db, org_id, { vertical: 'release' });
    await decide(db, ana, { proposal_id: id, decision: 'reject', payload_hash, feedback }, { via: 'web' });
    const [newest] = await lessonsOf(db, org_id, 'release', 'email');
    const lesson = newest !== undefined && 'rejected_because' in newest ? newest.rejected_because : '';
    expect(lesson).not.toBe('');
    expect(namesWebAddress(lesson), lesson).toBe(false);
    expect(lesson).not.toMatch(/@|\d/);
    expect(numbersIn(lesson).filter(({ text }) => /\d/.test(text))).toEqual([]);
  }
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { member, pendingCard } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { undo } from './aftercare.ts';
import { settle } from './attempts.ts';
import { decide } from './decide.ts';
import { claim } from './executions.ts';
import { disabledTypes, enableProcedure, precisions, switchedOff } from './learning.ts';
import { rollback } from './rollback.ts';

let database: TestDatabase;
let ana: Person;
let sop_version: string;
let versions = 0;
beforeAll(async () => {
  database = await testDatabase();
  ana = await member(database.db, database.org_id);
});
beforeEach(() => {
  sop_version = `test-${(versions += 1)}`;
});
afterAll(() => database.close());

async function decided(decision: 'approve' | 'reject', changes: object = {}, edit?: object): Promise<void> {
  const { db, org_id } = database;
  const card = await pendingCard(db, org_id, { sop_version, ...changes });
  await decide(db, ana, { proposal_id: card.id, decision, payload_hash: card.payload_hash, edit: edit as never }, { via: 'web' });
}

/** Approved, run and done. */
async function done(id: string, payload_hash: string): Promise<void> {
  const { db, org_id } = database;
  await decide(db, ana, { proposal_id: id, decision: 'approve', payload_hash }, { via: 'web', undo_seconds: 0 });
  const execution = await claim(db, org_id, id, 1, 'outbox:local');
  if (execution === null) throw new Error('it was not claimed');
  await settle(db, execution, { status: 'succeeded', result: {} }, 1);
}

const found = async () => (await precisions(database.db.sql, database.org_id, { sop_version }))[0];
const disabled = () => disabledTypes(database.db.sql, database.org_id, 'money', sop_version);

describe('a procedure that people keep rejecting', () => {
  test('is switched off with the tenth rejection, and an owner switches it on again with a clean record', async () => {
    for (let n = 0; n < 9; n += 1) await decided('reject');
    expect(await disabled()).toEqual(new Map());
    await decided('reject');
    expect(await disabled()).toEqual(new Map([['email', 'people wanted 0 of 10']]));
    expect(await found()).toMatchObject({ n: 10, rejected: 10, precision: 0, disabled_reason: 'people wanted 0 of 10' });

    const viewer = await member(database.db, database.org_id, { role: 'ops_lead' });
    await expect(enableProcedure(database.db, viewer, { vertical: 'money', action_type: 'email' })).rejects.toThrow('Only an owner');
    await enableProcedure(database.db, ana, { vertical: 'money', action_type: 'email' });
    expect(await disabled()).toEqual(new Map());
    await decided('reject');
    expect(await disabled()).toEqual(new Map());
    expect(await found()).toMatchObject({ n: 1, rejected: 1, disabled_at: null });
    await expect(enableProcedure(database.db, ana, { vertical: 'money', action_type: 'email' })).rejects.toThrow('not switched off');
  });

  test('is switched off by the tenth decision, though that is an approval', async () => {
    for (let n = 0; n < 9; n += 1) await decided('reject');
    await decided('approve');
    expect(await disabled()).toEqual(new Map([['email', 'people wanted 1 of 10']]));
  });

  test('drafts again when the approval that had switched it off is undone, and only then', async () => {
    const { db, org_id } = database;
    for (let n = 0; n < 9; n += 1) await decided('reject');
    const tenth = await pendingCard(db, org_id, { sop_version });
    const later = await pendingCard(db, org_id, { sop_version });
    for (const { id, payload_hash } of [tenth, later])
      await decide(db, ana, { proposal_id: id, decision: 'approve', payload_hash }, { via: 'web', undo_seconds: 60 });
    expect(await disabled()).toEqual(new Map([['email', 'people wanted 1 of 10']]));
    await undo(db, ana, later.id);
    expect(await disabled(), 'another approval’s undo changes nothing').toEqual(new Map([['email', 'people wanted 1 of 10']]));
    await undo(db, ana, tenth.id);
    expect(await disabled()).toEqual(new Map());
    await decided('reject');
    expect(await disabled(), 'its record did not start afresh').toEqual(new Map([['email', 'people wanted 0 of 10']]));
  });

  test('is switched off when what was approved has been taken back', async () => {
    const { db, org_id } = database;
    const meeting = { to: 'ana@example.com', summary: 'You', description: 'How is it going?', starts_at: '2030-12-01T09:00:00Z' };
    const payload = { ...meeting, duration_minutes: 30, uid: `${sop_version}@example.com`, sequence: 0 };
    const action = { action_type: 'api_call', operation: 'calendar.invite', payload };
    const invite = await pendingCard(db, org_id, { sop_version, action: action as never });
    await done(invite.id, invite.payload_hash);
    for (let n = 0; n < 5; n += 1) await decided('approve', { action });
    for (let n = 0; n < 4; n += 1) await decided('reject', { action });
    expect(await disabled()).toEqual(new Map());

    const back = await rollback(db, ana, invite.id, () => 'outbox:local');
    await done(back.proposal_id, back.payload_hash);
    expect(await found()).toMatchObject({ n: 10, approved_unchanged: 5, rejected: 4, bad_outcome: 1 });
    expect(await disabled()).toEqual(new Map([['api_call', 'people wanted 5 of 10']]));
  });

  test('stays on while six of ten are wanted, edited ones among them', async () => {
    const edit = { to: 'ana@example.com', subject: 'Other words', body: 'For the same thing.' };
    for (let n = 0; n < 5; n += 1) await decided('approve');
    await decided('approve', {}, edit);
    for (let n = 0; n < 4; n += 1) await decided('reject');
    expect(await disabled()).toEqual(new Map());
    expect(await found()).toMatchObject({ n: 10, approved_unchanged: 5, edited: 1, rejected: 4, precision: 0.6 });
  });

  test('is judged by version and type, and drafts from agents have no switch', async () => {
    for (let n = 0; n < 12; n += 1) {
      const card = await pendingCard(database.db, database.org_id, { sop_version });
      await database.db.sql`update proposals set basis = null where id = ${card.id}`;
      await decide(database.db, ana, { proposal_id: card.id, decision: 'reject', payload_hash: card.payload_hash }, { via: 'web' });
    }
    expect(await disabled()).toEqual(new Map());
    expect(await found()).toMatchObject({ n: 12, rejected: 12, disabled_at: null });
  });

  test('is switched off once when the last rejections come at once', async () => {
    const { db, org_id } = database;
    const cards = [];
    for (let n = 0; n < 12; n += 1) cards.push(await pendingCard(db, org_id, { sop_version }));
    await Promise.all(
      cards.map(({ id, payload_hash }) => decide(db, ana, { proposal_id: id, decision: 'reject', payload_hash }, { via: 'web' })),
    );
    expect((await disabled()).has('email')).toBe(true);
    const [row] = await db.sql<{ n: number }>`
      select count(*)::int as n from audit where org_id = ${org_id} and metadata -> 'switched_off' ->> 'sop_version' = ${sop_version}`;
    expect(row?.n).toBe(1);
  });
});

test('what is switched off is told once, and no longer when a later version drafts', async () => {
  const own = await testDatabase();
  const off = () => switchedOff(own.db.sql, own.org_id);
  for (const [version, hours] of [
    ['v1', 2],
    ['v2', 1],
  ] as const)
    await own.db.sql`
      insert into sop_switches (org_id, vertical, action_type, sop_version, disabled_at, reason)
      values (${own.org_id}, 'money', 'email', ${version}, now() - ${hours} * interval '1 hour', ${`of ${version}`})`;
  expect(await off()).toEqual([{ vertical: 'money', action_type: 'email', reason: 'of v2' }]);
  await pendingCard(own.db, own.org_id, { sop_version: 'v3' });
  expect(await off()).toEqual([]);
  await own.close();
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { emailDraft, member, storedEvent } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { setSetting } from '../scripts/testing/settings.ts';
import { undo } from './aftercare.ts';
import { noteDispatch, settle } from './attempts.ts';
import { auditOf } from './audit.ts';
import { decide } from './decide.ts';
import { claim } from './executions.ts';
import { HeldBack } from './mail-limits.ts';
import { readProposal } from './proposals.ts';
import { storeDrafts } from './store.ts';

let t: TestDatabase;
let ana: Person;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());
beforeEach(async () => {
  const [organisation] = await t.db.sql<{ id: string }>`insert into organisations (name) values ('own') returning id`;
  t.org_id = organisation?.id ?? '';
  ana = await member(t.db, t.org_id);
});

/** An approved mail whose undo window is over. */
async function approvedMail(to: string): Promise<string> {
  const event = await storedEvent(t.db, t.org_id);
  const action = { action_type: 'email' as const, operation: null, payload: { to, subject: 'Your card', body: 'Please update it.' } };
  const incident = {
    event,
    vertical: 'money',
    verticals: ['money'],
    subjects: [event.subject ?? ''],
    settledBy: () => false,
    settles: 'for_good' as const,
    subjectsNow: async () => [event.subject ?? ''],
  };
  await storeDrafts(t.db, incident, [emailDraft(event, { action })]);
  const [row] = await t.db.sql<{ id: string; payload_hash: string }>`select id, payload_hash from proposals where event_id = ${event.id}`;
  if (row === undefined) throw new Error('nothing was stored');
  await decide(t.db, ana, { proposal_id: row.id, decision: 'approve', payload_hash: row.payload_hash }, { via: 'api', undo_seconds: 0 });
  return row.id;
}

async function send(id: string, outcome: 'succeeded' | 'failed' = 'succeeded'): Promise<void> {
  const execution = await claim(t.db, t.org_id, id, 1, 'outbox:local');
  if (execution === null) throw new Error('nothing was claimed');
  await noteDispatch(t.db, execution.id, 1);
  await settle(
    t.db,
    execution,
    outcome === 'failed' ? { status: 'failed', error: 'no such mailbox' } : { status: 'succeeded', result: {} },
    1,
  );
}

const view = (id: string) => readProposal(t.db, t.org_id, id);

describe('a mail', () => {
  test('to an address that had as many within the hour waits, says so once, and can still be undone', async () => {
    await setSetting(t, 'organisation.mail_per_recipient', 2);
    for (let n = 0; n < 2; n += 1) await send(await approvedMail('Bo@Example.com'));
    const third = await approvedMail('bo@example.com');
    const held = claim(t.db, t.org_id, third, 1, 'outbox:local');
    await expect(held).rejects.toBeInstanceOf(HeldBack);
    // The first is an hour old in an hour, and a limit may be raised sooner.
    await expect(claim(t.db, t.org_id, third, 1, 'outbox:local')).rejects.toMatchObject({ ms: 60_000 });
    const { status, notes } = await view(third);
    expect({ status, notes }).toEqual({
      status: 'approved',
      notes: [expect.stringContaining('2 mails had gone to this address within an hour')],
    });
    const rows = (await auditOf(t.db, t.org_id, third)).filter(({ metadata }) => metadata.held_back_by !== undefined);
    expect(rows.map(({ metadata }) => metadata.held_back_by)).toEqual(['organisation.mail_per_recipient']);
    await send(await approvedMail('cy@example.com'));
    await undo(t.db, ana, third);
    expect((await view(third)).status).toBe('pending');
  });

  test('goes out when one of the others is an hour old', async () => {
    await setSetting(t, 'organisation.mail_per_recipient', 1);
    await send(await approvedMail('bo@example.com'));
    const second = await approvedMail('bo@example.com');
    await asOwner(t.url, `update attempts set dispatched_at = now() - interval '59 minutes 50 seconds' where org_id = $1`, [t.org_id]);
    const error: unknown = await claim(t.db, t.org_id, second, 1, 'outbox:local').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeldBack);
    if (error instanceof HeldBack) expect(error.ms).toBeGreaterThan(5_000);
    if (error instanceof HeldBack) expect(error.ms).toBeLessThanOrEqual(10_000);
    await asOwner(t.url, `update attempts set dispatched_at = now() - interval '61 minutes' where org_id = $1`, [t.org_id]);
    await send(second);
    expect((await view(second)).status).toBe('executed');
  });

  test('that was refused counts for nobody', async () => {
    await setSetting(t, 'organisation.mail_per_recipient', 1);
    await send(await approvedMail('bo@example.com'), 'failed');
    await send(await approvedMail('bo@example.com'));
  });

  test('waits when the organisation had as many within the hour, whoever they went to', async () => {
    await setSetting(t, 'organisation.mail_per_hour', 3);
    for (const name of ['a', 'b', 'c']) await send(await approvedMail(`${name}@example.com`));
    const fourth = await approvedMail('d@example.com');
    await expect(claim(t.db, t.org_id, fourth, 1, 'outbox:local')).rejects.toBeInstanceOf(HeldBack);
    expect((await view(fourth)).notes).toEqual([expect.stringContaining('3 mails had gone out within an hour')]);
  });

  test('that was claimed already is looked after whatever the limits say', async () => {
    await setSetting(t, 'organisation.mail_per_hour', 1);
    const id = await approvedMail('bo@example.com');
    const first = await claim(t.db, t.org_id, id, 1, 'outbox:local');
    const again = await claim(t.db, t.org_id, id, 1, 'outbox:local');
    expect(again).toMatchObject({ id: first?.id, interrupted: { n: 1 } });
  });
});

test('of twelve mails that are claimed at once, as many go as may', async () => {
  await setSetting(t, 'organisation.mail_per_recipient', 5);
  const ids = await Promise.all(Array.from({ length: 12 }, () => approvedMail('bo@example.com')));
  const outcomes = await Promise.allSettled(ids.map((id) => claim(t.db, t.org_id, id, 1, 'outbox:local')));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(HeldBack);
});

test('a hundred mails to a hundred addresses wait for nothing', async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, (_, n) => approvedMail(`customer-${n}@example.com`)));
  const began_ms = performance.now();
  const claimed = await Promise.all(ids.map((id) => claim(t.db, t.org_id, id, 1, 'outbox:local')));
  expect(claimed.filter((execution) => execution !== null)).toHaveLength(100);
  // Ten milliseconds each on a busy machine.
  expect(performance.now() - began_ms).toBeLessThan(5_000);
});

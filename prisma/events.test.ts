import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { InboundEvent } from '../domain/event.ts';
import { propose_draft_request } from '../domain/wire/draft.ts';
import { emailDraft, incidentOf, storedEvent } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { proposeDraft } from './agent-drafts.ts';
import { giveVerdict, insertEvent, readEvent } from './events.ts';
import { storeDrafts } from './store.ts';
import { withdraw } from './withdraw.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

describe('the verdicts on an event', () => {
  const all = ['money', 'release', 'team_pulse'];

  test('given at once are all counted, and their reasons stand in one order', async () => {
    for (let round = 0; round < 20; round += 1) {
      const event = await storedEvent(t.db, t.org_id);
      await Promise.all(all.map((vertical) => giveVerdict(t.db.sql, event.id, { vertical, all, reason: `no ${vertical}` })));
      expect(await readEvent(t.db, t.org_id, event.id)).toMatchObject({ status: 'ignored', reason: 'no money; no release; no team_pulse' });
    }
  });

  test('leave no reason when all of them acted, and wait for the last', async () => {
    const event = await storedEvent(t.db, t.org_id);
    for (const vertical of ['money', 'release']) await giveVerdict(t.db.sql, event.id, { vertical, all, reason: null });
    expect(await readEvent(t.db, t.org_id, event.id)).toMatchObject({ status: 'received', reason: null, processed_at: null });
    await giveVerdict(t.db.sql, event.id, { vertical: 'team_pulse', all, reason: null });
    expect(await readEvent(t.db, t.org_id, event.id)).toMatchObject({ status: 'processed', reason: null });
  });

  test('said again change nothing', async () => {
    const event = await storedEvent(t.db, t.org_id);
    const said = { vertical: 'money', all: ['money'] };
    await giveVerdict(t.db.sql, event.id, { ...said, reason: 'too small' });
    await giveVerdict(t.db.sql, event.id, { ...said, reason: null });
    expect(await readEvent(t.db, t.org_id, event.id)).toMatchObject({ status: 'ignored', reason: 'too small' });
  });
});

test('an event that withdraws a card while drafts cite it waits for nobody who waits for it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const subject = `s:${randomUUID()}`;
    const failed = await storedEvent(t.db, t.org_id, { subject });
    await storeDrafts(t.db, incidentOf(failed), [emailDraft(failed)]);
    const paid = await storedEvent(t.db, t.org_id, { subject, type: 'invoice.paid' });
    const request = propose_draft_request.parse({
      vertical: 'money',
      action_type: 'email',
      urgency: 'low',
      reasoning: 'They paid.',
      event_id: paid.id,
      payload: { to: 'ana@example.com', subject: 'Thank you', body: 'It arrived.' },
    });
    const actor = { type: 'agent', id: randomUUID() } as const;
    const cite = () => proposeDraft(t.db, { org_id: t.org_id, actor, request, connectionOf: () => 'outbox:local' });
    await Promise.all([withdraw(t.db, incidentOf(paid)), cite(), cite(), cite()]);
  }
});

describe('the objects that an event shows', () => {
  const object = (id: string) => ({ kind: 'contact', id, customer: id, data: { name: `Person ${id}` } });
  const showing = (objects: InboundEvent['objects']): InboundEvent => ({
    source: 'intercom',
    type: 'conversation.user.replied',
    occurred_at: new Date(),
    identity: randomUUID(),
    payload: {},
    subject: null,
    ignored: 'a test',
    objects,
  });

  test('are stored once each, though it shows one twice', async () => {
    await insertEvent(t.db, t.org_id, showing([object('twice'), object('twice')]));
    const stored = await t.db.sql`select data from provider_objects where object_id = 'twice'`;
    expect(stored).toEqual([{ data: { name: 'Person twice' } }]);
  });

  test('in any order and from many events at once are stored without waiting in a circle', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `many-${n}`);
    const orders = [ids, ids.toReversed()];
    await Promise.all(
      Array.from({ length: 40 }, (_, n) => insertEvent(t.db, t.org_id, showing((orders[n % 2] ?? []).map((id) => object(id))))),
    );
    const [stored] = await t.db.sql<{ n: number }>`select count(*)::int as n from provider_objects where object_id like 'many-%'`;
    expect(stored?.n).toBe(ids.length);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { inbox_query } from '../domain/wire/inbox.ts';
import { emailDraft, incidentOf, member, pendingCard, storedEvent } from '../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { auditOf } from './audit.ts';
import { decide } from './decide.ts';
import { delegate } from './delegate.ts';
import { claim } from './executions.ts';
import { readEvent } from './events.ts';
import { lookAt, stepDue } from './lifecycle.ts';
import { inboxPage, proposalsOfEvent, readProposal } from './proposals.ts';
import type { StorableDraft } from './storable.ts';
import { storeDrafts } from './store.ts';
import { withdraw } from './withdraw.ts';

let t: TestDatabase;

beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

async function store(subject: string, changes: Partial<StorableDraft> = {}) {
  const event = await storedEvent(t.db, t.org_id, { subject });
  await storeDrafts(t.db, incidentOf(event), [emailDraft(event, changes)]);
  return event;
}

async function cardsOf(subject: string) {
  return t.db.sql<{ id: string; status: string; urgency: string; version: number }>`
    select id, status, urgency, version from proposals where subject = ${subject} order by created_at`;
}

async function settle(subject: string) {
  const event = await storedEvent(t.db, t.org_id, { subject, type: 'invoice.paid' });
  await withdraw(t.db, incidentOf(event));
  return event;
}

describe('storing a draft', () => {
  test('again for the same event changes nothing', async () => {
    const event = await store('s:again');
    await storeDrafts(t.db, incidentOf(event), [emailDraft(event)]);
    const [card, second] = await cardsOf('s:again');
    expect(second).toBeUndefined();
    expect(await auditOf(t.db, t.org_id, card?.id ?? '')).toHaveLength(1);
  });

  test('of fifty events of one subject at once makes one card with fifty events', async () => {
    const events = await Promise.all(Array.from({ length: 50 }, () => store('s:fifty')));
    const [card, second] = await cardsOf('s:fifty');
    expect(second).toBeUndefined();
    const view = await readProposal(t.db, t.org_id, card?.id ?? '');
    expect(view.event_ids.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    expect(view.version).toBe(1);
  });

  test('that is critical raises the urgency of the open card without a new version', async () => {
    await store('s:urgent');
    await store('s:urgent', { urgency: 'critical' });
    expect(await cardsOf('s:urgent')).toMatchObject([{ urgency: 'critical', version: 1 }]);
  });

  test('that supplies what the pending one lacked makes a new version', async () => {
    await store('s:link', { flags: ['incomplete'] });
    await store('s:link', {
      action: {
        action_type: 'email',
        operation: null,
        payload: { to: 'ana@example.com', subject: 'Your card', body: 'Here: https://example.com/i' },
      },
    });
    const [card] = await cardsOf('s:link');
    expect(await readProposal(t.db, t.org_id, card?.id ?? '')).toMatchObject({
      version: 2,
      flags: [],
      payload: { body: 'Here: https://example.com/i' },
    });
  });

  test('that supplies what a critical card lacked leaves it critical, however young the draft', async () => {
    await store('s:stays', { flags: ['incomplete'], urgency: 'critical' });
    await store('s:stays', { urgency: 'high' });
    expect(await cardsOf('s:stays')).toMatchObject([{ urgency: 'critical', version: 2 }]);
    const [row] = await t.db.sql`select priority, priority_parts, escalation from proposals where subject = 's:stays'`;
    expect(row).toEqual({ priority: 45, priority_parts: { revenue: 0, urgency: 30, effort: 15, strategic: 0 }, escalation: 'owner' });
  });

  test('of what a person reports renames no card', async () => {
    await store('s:signed');
    const reported = await storedEvent(t.db, t.org_id, { subject: 's:reported' });
    const event = { ...reported, source: 'manual' };
    await storeDrafts(t.db, { ...incidentOf(event), subjects: ['s:reported', 's:signed'] }, [emailDraft(event)]);
    const [card] = await cardsOf('s:signed');
    expect((await readProposal(t.db, t.org_id, card?.id ?? '')).event_ids).toContain(event.id);
    expect(await cardsOf('s:reported')).toEqual([]);
  });

  test('under another name of the same incident joins the card, which takes the preferred name', async () => {
    await store('s:intent');
    const event = await storedEvent(t.db, t.org_id, { subject: 's:invoice' });
    await storeDrafts(t.db, { ...incidentOf(event), subjects: ['s:invoice', 's:intent'] }, [emailDraft(event)]);
    expect(await cardsOf('s:invoice')).toHaveLength(1);
    expect(await cardsOf('s:intent')).toHaveLength(0);
  });

  test('after a rejection joins as evidence for 72 hours, unless it has become critical', async () => {
    const ana = await member(t.db, t.org_id);
    await store('s:rejected');
    const [card] = await cardsOf('s:rejected');
    const { payload_hash } = await readProposal(t.db, t.org_id, card?.id ?? '');
    await decide(t.db, ana, { proposal_id: card?.id ?? '', decision: 'reject', payload_hash }, { via: 'api' });
    await store('s:rejected');
    expect(await cardsOf('s:rejected')).toMatchObject([{ status: 'rejected' }]);
    await store('s:rejected', { urgency: 'critical' });
    expect(await cardsOf('s:rejected')).toMatchObject([{ status: 'rejected' }, { status: 'pending', urgency: 'critical' }]);
  });

  test('more than 72 hours after the last decision makes a new card', async () => {
    await store('s:old');
    await asOwner(t.url, `update proposals set status = 'expired', closed_at = now() - interval '73 hours' where subject = 's:old'`);
    await store('s:old');
    expect(await cardsOf('s:old')).toMatchObject([{ status: 'expired' }, { status: 'pending' }]);
  });

  test('after the event that settles it stores nothing and says why', async () => {
    await settle('s:paid-first');
    const event = await store('s:paid-first');
    expect(await cardsOf('s:paid-first')).toEqual([]);
    expect(await readEvent(t.db, t.org_id, event.id)).toMatchObject({ status: 'ignored', reason: 'settled already by invoice.paid' });
  });
});

describe('an incident that may begin again', () => {
  const second = new Date(Math.floor(Date.now() / 1_000) * 1_000);

  async function stored(subject: string, type: string, minutes: number) {
    const event = await storedEvent(t.db, t.org_id, { subject, type, occurred_at: new Date(second.getTime() - minutes * 60_000) });
    // No two of them at the same millisecond of ours.
    const received_at = new Date(event.received_at.getTime() + order++);
    await asOwner(t.url, `update events set received_at = $1 where id = $2`, [received_at, event.id]);
    return { ...event, received_at };
  }
  let order = 1;

  /** What comes of a failure and a payment that are stored in this order, by the provider's clock so many minutes ago. */
  async function outcomeOf(...told: [type: 'failed' | 'paid', minutes: number][]) {
    const subject = `s:again-${order}`;
    const events = [];
    for (const [type, minutes] of told)
      events.push(await stored(subject, type === 'paid' ? 'invoice.paid' : 'invoice.payment_failed', minutes));
    const event = events.find(({ type }) => type === 'invoice.payment_failed');
    if (event === undefined) throw new Error('nothing failed');
    await storeDrafts(t.db, { ...incidentOf(event), settles: 'until_next' }, [emailDraft(event)]);
    return (await cardsOf(subject)).map(({ status }) => status);
  }

  test('is settled by what happened later only, in whichever order both arrive', async () => {
    expect(await outcomeOf(['paid', 2], ['failed', 1])).toEqual(['pending']);
    expect(await outcomeOf(['failed', 1], ['paid', 2])).toEqual(['pending']);
    expect(await outcomeOf(['paid', 1], ['failed', 2])).toEqual([]);
    expect(await outcomeOf(['failed', 2], ['paid', 1])).toEqual([]);
  });

  test('is settled within one second of the provider’s clock by what arrived last', async () => {
    expect(await outcomeOf(['paid', 1], ['failed', 1])).toEqual(['pending']);
    expect(await outcomeOf(['failed', 1], ['paid', 1])).toEqual([]);
  });
});

describe('the drafts of one event', () => {
  test('keep their order wherever they are listed', async () => {
    const event = await storedEvent(t.db, t.org_id);
    const slack = { action_type: 'slack_dm', operation: null, payload: { to: 'U0123', text: 'Look at this.' } } as const;
    const drafts = [emailDraft(event), emailDraft(event, { action: slack })];
    await storeDrafts(t.db, incidentOf(event), drafts);
    const listed = await proposalsOfEvent(t.db, t.org_id, event.id);
    const types = await Promise.all(listed.map(async ({ proposal_id }) => (await readProposal(t.db, t.org_id, proposal_id)).action_type));
    expect(types).toEqual(['email', 'slack_dm']);
  });
});

describe('an event that settles the subject', () => {
  test('is not said to have proposed what it withdrew', async () => {
    await store('s:not-mine');
    const paid = await settle('s:not-mine');
    expect(await proposalsOfEvent(t.db, t.org_id, paid.id)).toEqual([]);
    expect(await readEvent(t.db, t.org_id, paid.id)).toMatchObject({ status: 'processed', reason: 'it withdrew 1 of 1 open proposals' });
  });

  test('withdraws the pending card', async () => {
    await store('s:pending');
    await settle('s:pending');
    expect(await cardsOf('s:pending')).toMatchObject([{ status: 'superseded' }]);
  });

  test('withdraws an approved card that has not started, by legal moves', async () => {
    const ana = await member(t.db, t.org_id);
    const card = await pendingCard(t.db, t.org_id);
    await decide(
      t.db,
      ana,
      { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash },
      { via: 'api', undo_seconds: 0 },
    );
    await settle(card.event.subject ?? '');
    expect((await auditOf(t.db, t.org_id, card.id)).map(({ to_status }) => to_status)).toEqual([
      'pending',
      'approved',
      'pending',
      'superseded',
    ]);
    expect(await claim(t.db, t.org_id, card.id, 1, 'outbox:local')).toBeNull();
  });

  test('leaves a card that has started as it is', async () => {
    const ana = await member(t.db, t.org_id);
    const card = await pendingCard(t.db, t.org_id);
    await decide(
      t.db,
      ana,
      { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash },
      { via: 'api', undo_seconds: 0 },
    );
    await claim(t.db, t.org_id, card.id, 1, 'outbox:local');
    await settle(card.event.subject ?? '');
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ status: 'approved' });
  });

  test('at the same moment as the draft leaves no card waiting, fifty times', async () => {
    for (let round = 0; round < 50; round += 1) {
      const subject = `s:race-${round}`;
      await Promise.all([store(subject), settle(subject)]);
      expect((await cardsOf(subject)).filter(({ status }) => status === 'pending')).toEqual([]);
    }
  });
});

describe('a cursor', () => {
  const everything = inbox_query.parse({ limit: 10 });

  test.each([
    ['[99999999999999,"2026-01-01T00:00:00Z","685345e8-34a0-5ad5-a883-8e289e841ac8"]'],
    ['[5,"0000-01-01T00:00:00Z","685345e8-34a0-5ad5-a883-8e289e841ac8"]'],
    ['[5,"soon","685345e8-34a0-5ad5-a883-8e289e841ac8"]'],
    ['{}'],
    ['not json'],
  ])('of %s was not given out here', async (content) => {
    const cursor = Buffer.from(content).toString('base64url');
    await expect(inboxPage(t.db, t.org_id, { ...everything, cursor })).rejects.toMatchObject({ status: 400 });
  });
});

describe('time', () => {
  const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

  test('escalates a pending card once, and expires it at its end', async () => {
    const event = await store('s:time', { escalates_at: hours(24), expires_at: hours(168) });
    const [card] = await cardsOf('s:time');
    const step = (kind: 'escalate' | 'expire', now: Date) =>
      stepDue(t.db, { org_id: t.org_id, proposal_id: card?.id ?? '', step: kind, now_ms: now.getTime() });
    const [first] = await lookAt(t.db, t.org_id, event.id, Date.now());
    expect(first?.next).toMatchObject({ step: 'escalate' });
    expect(first?.next?.in_ms).toBeGreaterThan(23.9 * 3_600_000);

    await step('escalate', hours(23));
    expect(await cardsOf('s:time')).toMatchObject([{ urgency: 'high' }]);
    await step('escalate', hours(24.1));
    expect(await readProposal(t.db, t.org_id, card?.id ?? '')).toMatchObject({
      urgency: 'critical',
      version: 1,
      priority: { score: 45, parts: { urgency: 30 } },
    });
    const [second] = await lookAt(t.db, t.org_id, event.id, hours(24.1).getTime());
    expect(second?.next).toMatchObject({ step: 'expire' });
    await step('expire', hours(168.1));
    expect(await cardsOf('s:time')).toMatchObject([{ status: 'expired' }]);
    expect(await lookAt(t.db, t.org_id, event.id, Date.now())).toMatchObject([{ open: false, next: null }]);
  });
});

describe('a draft whose type is switched off', () => {
  const switched_off = 'people wanted 0 of 10';

  test('makes no card, and the event says why; an open card of its incident takes it as evidence', async () => {
    const first = await store('s:switched-off', { switched_off });
    expect(await readEvent(t.db, t.org_id, first.id)).toMatchObject({
      status: 'ignored',
      reason: 'email is switched off: people wanted 0 of 10',
    });
    expect(await cardsOf('s:switched-off')).toEqual([]);

    await store('s:switched-off');
    const later = await store('s:switched-off', { switched_off, urgency: 'critical' });
    const [card, ...others] = await cardsOf('s:switched-off');
    expect([card?.urgency, others]).toEqual(['critical', []]);
    expect(await readEvent(t.db, t.org_id, later.id)).toMatchObject({ status: 'processed', proposal_ids: [card?.id] });
  });
});

describe('what people and time have noted', () => {
  test('stays when a later event supplies what the draft lacked; the draft’s own notes are renewed', async () => {
    const card = await pendingCard(t.db, t.org_id, { flags: ['incomplete'], notes: ['The invoice has no link yet.'] });
    const eva = await member(t.db, t.org_id);
    const ben = await member(t.db, t.org_id, { role: 'ops_lead' });
    await delegate(t.db, eva, card.id, { to: ben.user_id, until: new Date(Date.now() + 3_600_000), reason: 'I am away' });
    const told = (await readProposal(t.db, t.org_id, card.id)).notes.at(-1) ?? '';
    expect(told).toContain('delegated it to');

    const next = await storedEvent(t.db, t.org_id, { subject: card.event.subject ?? '' });
    await storeDrafts(t.db, incidentOf(next), [emailDraft(next, { notes: ['The link came with a later event.'] })]);
    expect(await readProposal(t.db, t.org_id, card.id)).toMatchObject({ version: 2, notes: ['The link came with a later event.', told] });
  });
});

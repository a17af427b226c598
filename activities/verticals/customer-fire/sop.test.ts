import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Draft, Sop, StoredEvent } from '../../../domain/sop.ts';
import { insertEvent, readStoredEvent } from '../../../prisma/events.ts';
import { storeDrafts } from '../../../prisma/store.ts';
import { withdraw } from '../../../prisma/withdraw.ts';
import type { IntercomReading } from '../../../providers/intercom/reads.ts';
import { intercom_receiver } from '../../../providers/intercom/inbound.ts';
import { conversationItem, intercomConversation, intercomTicket, shapes } from '../../../providers/intercom/testing.ts';
import type { InboundEvent } from '../../../domain/event.ts';
import type { Json } from '../../../domain/text.ts';
import { testDatabase, type TestDatabase } from '../../../scripts/testing/database.ts';
import { createPeople } from '../people.ts';
import { createRevenues } from '../shared/revenue.ts';
import { incidentOf } from '../../triage.ts';
import type { FireFacts } from './rules.ts';
import { createCustomerFire } from './sop.ts';

type JsonObject = { [key: string]: Json };
const now = new Date('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const contact_id = '5ba682d23d7cf92bef87bfd4';
const subject = `intercom:contact:${contact_id}`;
const vip = { email: 'bo@example.com', intercom_contact_id: contact_id, vip: true, churn_score: 0.8, mrr_percentile: 95 };

let database: TestDatabase;
let org_id: string;
let reading: IntercomReading | null;
let asked: string[];
let fire: Sop<FireFacts>;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  const [organisation] = await database.db.sql<{ id: string }>`insert into organisations (name) values ('another') returning id`;
  org_id = organisation?.id ?? '';
  reading = null;
  asked = [];
  open();
});

function open(): void {
  const { db } = database;
  fire = createCustomerFire({
    db,
    revenues: createRevenues(db),
    people: createPeople({ db, slack: null }),
    intercom:
      reading === null
        ? null
        : async ({ threads }) => {
            asked = threads.map(({ kind, id }) => `${kind} ${id}`);
            return reading ?? { threads: [], admins: [], unreadable: null };
          },
    connected: () => reading !== null,
  });
}

function connect(answer: Partial<IntercomReading>): void {
  reading = { threads: [], admins: [], unreadable: null, ...answer };
  open();
}

async function tell(key: string, data: JsonObject): Promise<void> {
  await database.db.sql`
    insert into context_facts (org_id, kind, key, data, as_of, actor_id) values (${org_id}, 'customer', ${key}, ${JSON.stringify(data)}, ${ago(600)}, 'user_1')`;
}

async function deliver(payload: JsonObject): Promise<StoredEvent> {
  const body = Buffer.from(JSON.stringify(payload));
  const delivery = { body, headers: {}, url: '', media_type: 'application/json', secrets: [], now };
  const parsed = await intercom_receiver.parse(delivery, () => payload);
  if ('answer' in parsed) throw new Error('no event');
  return store(parsed.events[0]);
}

async function report(type: string, payload: JsonObject): Promise<StoredEvent> {
  const identity = JSON.stringify([type, payload]);
  return store({ source: 'manual', type, occurred_at: now, identity, payload, subject: null, ignored: null, objects: [] });
}

async function store(event: InboundEvent): Promise<StoredEvent> {
  const { event_id } = await insertEvent(database.db, org_id, event, event.source === 'manual' ? 'user_1' : null);
  return readStoredEvent(database.db, org_id, event_id);
}

async function factsOf(event: StoredEvent, options = { fresh: false }): Promise<FireFacts> {
  return fire.gather(event, options);
}

async function draftsOf(event: StoredEvent): Promise<Draft[]> {
  const assessment = fire.assess(await factsOf(event), now);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
}

async function reasonOf(event: StoredEvent): Promise<string> {
  const assessment = fire.assess(await factsOf(event), now);
  return assessment.propose ? 'proposed' : assessment.reason;
}

/** Stores the drafts as the worker does. */
async function propose(event: StoredEvent): Promise<void> {
  const drafts = (await draftsOf(event)).map((draft) => ({
    ...draft,
    vertical: fire.vertical,
    sop_version: fire.version,
    connection: 'outbox:local',
    words: { by: 'rules' as const, model: null, explanation: null, claims: [], unsupported: [] },
    trace: [],
    author: { type: 'system' as const, id: 'execops' },
  }));
  await storeDrafts(database.db, await incidentOf(fire, [fire], event), drafts);
}

async function settle(event: StoredEvent): Promise<void> {
  await withdraw(database.db, await incidentOf(fire, [fire], event));
}

async function statuses(): Promise<string[]> {
  const rows = await database.db.sql<{ status: string }>`select status from proposals where org_id = ${org_id} order by created_at`;
  return rows.map(({ status }) => status);
}

const opened = (id: string, minutes: number, more: object = {}) =>
  intercomConversation('conversation.user.created', { id, at: ago(minutes), ...more });
const closed = (id: string, minutes: number, more: object = {}) =>
  intercomConversation('conversation.admin.closed', { id, at: ago(minutes), created_at: ago(60), ...more });

describe.each(shapes)('in the %s shape', (shape) => {
  test('the contact, the customer and the time come from what is signed and told', async () => {
    await tell(`email:bo@example.com`, vip);
    const event = await deliver(opened('147', 30, { shape }));
    expect(await factsOf(event)).toMatchObject({
      subject,
      started_by: 'contact',
      closed: null,
      contact: { id: contact_id, is_bot: false },
      customer: { matched_by: 'intercom_contact_id', name: 'Bo Marin', email: 'bo@example.com', email_from: 'context', vip: true },
      unresolved: { since: ago(30).toISOString() },
      churn_told: 0.8,
      percentile: { value: 95, from: 'context' },
    });
    const [draft] = await draftsOf(event);
    expect(draft).toMatchObject({ subject, urgency: 'high', action: { payload: { to: 'bo@example.com' } } });
    expect(JSON.stringify(draft)).not.toContain('Nothing works');
  });

  test('a conversation that was closed and opened again is unresolved since the customer wrote again', async () => {
    await deliver(opened('147', 500, { shape }));
    await deliver(closed('147', 400, { shape, created_at: ago(500) }));
    const again = await deliver(
      intercomConversation('conversation.user.replied', { shape, at: ago(30), created_at: ago(500), waiting_since: ago(30) }),
    );
    expect(await factsOf(again)).toMatchObject({ closed: null, unresolved: { since: ago(30).toISOString(), assumed: false } });
  });

  test('one that was never closed is unresolved since it was opened, whatever we answered', async () => {
    const event = await deliver(
      intercomConversation('conversation.user.replied', { shape, at: ago(1), created_at: ago(300), waiting_since: ago(1) }),
    );
    expect(await factsOf(event)).toMatchObject({ unresolved: { since: ago(300).toISOString(), assumed: true } });
  });
});

test('a reply that leaves out who opened it, and with whom, is completed from what was stored before', async () => {
  await tell('email:bo@example.com', vip);
  const bare = { type: 'conversation', id: '147' };
  const reply = (id: string) => ({
    type: 'notification_event',
    id,
    topic: 'conversation.user.replied',
    created_at: ago(1).getTime() / 1000,
    data: { item: bare },
  });
  await deliver(intercomConversation('conversation.admin.single.created', { id: '147', at: ago(60), author: { type: 'admin', id: '9' } }));
  expect(await reasonOf(await deliver(reply('n1')))).toMatch(/started by an admin/);
  await deliver(opened('148', 60));
  const second = await deliver({ ...reply('n2'), data: { item: { ...bare, id: '148' } } });
  expect(await factsOf(second)).toMatchObject({ subject, contact: { id: contact_id } });
});

test('a deleted conversation of which Intercom says no more than its id ends the incident', async () => {
  await tell('email:bo@example.com', vip);
  await propose(await deliver(opened('147', 60)));
  const deleted = { type: 'notification_event', id: 'n3', topic: 'conversation.deleted', created_at: ago(1).getTime() / 1000 };
  await settle(await deliver({ ...deleted, data: { item: { type: 'conversation', id: '147' } } }));
  expect(await statuses()).toEqual(['superseded']);
});

describe('one card for a customer', () => {
  beforeEach(() => tell('email:bo@example.com', vip));

  test('ends with the last of the conversations that joined it, in whatever order they are closed', async () => {
    for (const order of [
      ['147', '148'],
      ['148', '147'],
    ] as const) {
      const [first, second] = order.map((id) => `${id}${order[0]}`) as [string, string];
      await propose(await deliver(opened(first, 50)));
      await propose(await deliver(opened(second, 40)));
      expect((await statuses()).at(-1)).toBe('pending');
      await settle(await deliver(closed(first, 30)));
      expect((await statuses()).at(-1)).toBe('pending');
      await settle(await deliver(closed(second, 20)));
      expect((await statuses()).at(-1)).toBe('superseded');
    }
    expect(await statuses()).toHaveLength(2);
  });

  test('stays when another conversation has arrived and is not drafted yet', async () => {
    await propose(await deliver(opened('147', 50)));
    await deliver(opened('148', 40));
    await settle(await deliver(closed('147', 30)));
    expect(await statuses()).toEqual(['pending']);
  });

  test('stays when another conversation joins it while its end is looked at', async () => {
    await propose(await deliver(opened('147', 50)));
    const end = await incidentOf(fire, [fire], await deliver(closed('147', 30)));
    await propose(await deliver(opened('148', 40)));
    await withdraw(database.db, end);
    expect(await statuses()).toEqual(['pending']);

    await settle(await deliver(closed('148', 20)));
    const late = await deliver(opened('149', 10));
    const { subjectsNow, ...rest } = await incidentOf(fire, [fire], await deliver(closed('148', 15, { notification_id: 'n-again' })));
    let looks = 0;
    const joining = async () => {
      const names = await subjectsNow();
      if ((looks += 1) === 1) await propose(late);
      return names;
    };
    await withdraw(database.db, { ...rest, subjectsNow: joining });
    expect(await statuses()).toEqual(['superseded', 'pending']);
  });

  test('does not stay for a conversation that an admin started, or that belongs to an earlier card', async () => {
    await propose(await deliver(opened('146', 55)));
    await database.db.sql`update proposals set status = 'rejected', closed_at = now() - interval '80 hours' where org_id = ${org_id}`;
    await deliver(
      intercomConversation('conversation.admin.single.created', { id: '149', at: ago(45), author: { type: 'admin', id: '9' } }),
    );
    const ours = await deliver(
      intercomConversation('conversation.user.replied', { id: '149', at: ago(44), author: { type: 'admin', id: '9' } }),
    );
    await database.db.sql`update events set status = 'ignored' where id = ${ours.id}`;
    await propose(await deliver(opened('147', 50)));
    await settle(await deliver(closed('147', 30)));
    expect((await statuses()).at(-1)).toBe('superseded');
  });

  test('a closing from before the last reply ends nothing', async () => {
    await propose(await deliver(intercomConversation('conversation.user.replied', { id: '147', at: ago(10), created_at: ago(60) })));
    await settle(await deliver(closed('147', 30)));
    expect(await statuses()).toEqual(['pending']);
  });

  test('within one second of Intercom’s clock ends with the closing when that arrived last', async () => {
    const reply = (id: string) => intercomConversation('conversation.user.replied', { id, at: ago(10), created_at: ago(60) });
    await settle(await deliver(closed('147', 10)));
    const again = await deliver(reply('147'));
    await propose(again);
    expect(await statuses()).toEqual(['pending']);
    expect(await factsOf(again)).toMatchObject({ closed: null, unresolved: { since: ago(10).toISOString() } });
    await settle(await deliver(closed('147', 10, { notification_id: 'n-last' })));
    expect(await statuses()).toEqual(['superseded']);
    await settle(await deliver(closed('148', 10)));
    expect(await reasonOf(await deliver(opened('148', 10)))).toBe('already closed: conversation.admin.closed arrived');
  });

  test('a closing that arrived first is found', async () => {
    await settle(await deliver(closed('147', 30)));
    expect(await reasonOf(await deliver(opened('147', 60)))).toBe('already closed: conversation.admin.closed arrived');
  });

  test('goes on about the other conversation when the first is closed', async () => {
    const first = await deliver(opened('147', 50));
    await propose(first);
    await propose(await deliver(opened('148', 40)));
    await settle(await deliver(closed('147', 30)));
    expect(await factsOf(first, { fresh: true })).toMatchObject({ closed: null, thread: { conversation_id: '148' }, open_count: 1 });
  });
});

describe('with Intercom connected', () => {
  const admins = [
    { id: '1001', name: 'Mal Reynolds', email: 'Mal@example.com', title: null, has_inbox_seat: true, away: false },
    { id: '1002', name: 'Zoe', email: 'zoe@example.com', title: null, has_inbox_seat: true, away: true },
    { id: '1003', name: 'Wash', email: 'wash@example.com', title: null, has_inbox_seat: false, away: false },
  ];
  const founder = (email: string) =>
    database.db
      .sql`insert into context_facts (org_id, kind, key, data, actor_id) values (${org_id}, 'founder', 'founder', ${JSON.stringify({ email })}, 'user_1')`;

  test('the founder takes over, and whoever looks after the account goes first', async () => {
    await founder('mal@example.com');
    await tell('email:bo@example.com', vip);
    connect({ admins });
    const event = await deliver(opened('147', 30));
    expect((await draftsOf(event))[1]?.action).toEqual({
      action_type: 'api_call',
      operation: 'intercom.assign',
      payload: { conversation: '147', assignee_id: '1001' },
    });
    await tell('intercom:owner', { intercom_contact_id: contact_id, owner_email: 'zoe@example.com' });
    const [, second] = await draftsOf(event);
    expect(second?.action.payload).toEqual({ conversation: '147', assignee_id: '1002' });
    expect(second?.notes).toContain('Zoe is set to away in Intercom just now.');
    expect(asked).toEqual(['conversation 147']);
  });

  test('a teammate without a seat takes nothing over', async () => {
    await founder('wash@example.com');
    await tell('email:bo@example.com', vip);
    connect({ admins: admins.slice(2) });
    expect(await draftsOf(await deliver(opened('147', 30)))).toHaveLength(1);
  });

  test('where nobody is known to be a senior, one who has not left is assumed to be, and the card says so', async () => {
    await tell('email:bo@example.com', vip);
    connect({ admins });
    const event = await deliver(opened('147', 30));
    const [, second] = await draftsOf(event);
    expect(second?.action.payload).toEqual({ conversation: '147', assignee_id: '1001' });
    expect(second?.notes.at(-1)).toMatch(/^Neither the account owner nor the founder .* Mal Reynolds is assumed to be a senior\.$/);
    await database.db.sql`insert into context_facts (org_id, kind, key, data, actor_id) values
      (${org_id}, 'team', 'mal', ${JSON.stringify({ github_login: 'mal', email: 'mal@example.com', departed_at: '2020-01-01T00:00:00Z' })}, 'user_1')`;
    expect(await draftsOf(event)).toHaveLength(1);
  });

  test('what Intercom shows now goes before what is stored', async () => {
    await founder('mal@example.com');
    await tell('email:bo@example.com', vip);
    const event = await deliver(opened('147', 30));
    connect({ admins, threads: [{ kind: 'conversation', id: '147', over: 'closed', admin_assignee_id: null }] });
    expect(await reasonOf(event)).toBe('already closed: Intercom shows it closed');
    connect({ admins, threads: [{ kind: 'conversation', id: '147', over: null, admin_assignee_id: '1001' }] });
    expect((await draftsOf(event)).map(({ notes }) => notes.at(-1))).toEqual(['It is assigned to Mal Reynolds already.']);
  });

  test('one that cannot be read delays no draft, and lets nothing run', async () => {
    await tell('email:bo@example.com', vip);
    connect({ unreadable: 'it took too long' });
    const event = await deliver(opened('147', 30));
    expect((await draftsOf(event))[0]?.notes.at(-1)).toMatch(/could not be read just now \(it took too long\)/);
    await expect(factsOf(event, { fresh: true })).rejects.toThrow('Intercom could not be read: it took too long');
  });
});

describe('what a person reports', () => {
  beforeEach(() => tell('email:bo@example.com', vip));

  test('finds the customer, whether it is the whole notification or only the conversation', async () => {
    const whole = await report('conversation.user.created', opened('147', 30));
    const item = await report('conversation.user.created', conversationItem('conversation.user.created', { id: '148', at: ago(30) }));
    for (const event of [whole, item]) {
      expect(await draftsOf(event)).toMatchObject([{ subject, flags: [], action: { payload: { to: 'bo@example.com' } } }]);
    }
  });

  test('feeds no fact: its address is marked, and its conversation is assigned to nobody', async () => {
    await tell('intercom:c9', { ...vip, email: null, intercom_contact_id: 'c9' });
    connect({ admins: [{ id: '1001', name: null, email: 'bo@example.com', title: null, has_inbox_seat: true, away: false }] });
    const event = await report('conversation.user.created', opened('150', 30, { contact: { id: 'c9', email: 'mallory@example.com' } }));
    expect(await draftsOf(event)).toMatchObject([
      {
        flags: ['unknown_recipient'],
        action: { payload: { to: 'mallory@example.com' } },
        notes: expect.arrayContaining(['Reported by a person, not signed by Intercom.']),
      },
    ]);
    const [objects] = await database.db.sql<{ n: number }>`select count(*)::int as n from provider_objects where org_id = ${org_id}`;
    expect(objects?.n).toBe(0);
  });

  test('settles nothing', () => {
    expect(fire.settledBy({ source: 'manual', type: 'conversation.admin.closed' })).toBe(false);
    expect(fire.triggeredBy({ source: 'manual', type: 'ticket.created' })).toBe(true);
  });

  test('about what is closed comes to nothing', async () => {
    await deliver(opened('147', 60));
    const signed = await deliver(closed('147', 30));
    await settle(signed);
    await database.db.sql`update events set status = 'processed' where org_id = ${org_id} and status = 'received'`;
    expect(await reasonOf(await report('conversation.user.replied', opened('147', 10)))).toMatch(/already closed/);
  });

  test('that is no conversation says so', async () => {
    expect(await reasonOf(await report('ticket.created', { note: 'Bo is angry' }))).toBe('it names no conversation and no ticket');
  });
});

test('a ticket and the conversation it came from are one incident', async () => {
  await tell('email:bo@example.com', vip);
  await propose(await deliver(opened('147', 50)));
  await propose(await deliver(intercomTicket('ticket.created', { id: '7', conversation_id: '147', at: ago(40) })));
  expect(await statuses()).toEqual(['pending']);
  await settle(await deliver(closed('147', 30)));
  expect(await statuses()).toEqual(['pending']);
  await settle(await deliver(intercomTicket('ticket.state.updated', { id: '7', at: ago(20) })));
  expect(await statuses()).toEqual(['superseded']);
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Assessment, Draft, Sop, StoredEvent } from '../../../domain/sop.ts';
import { insertEvent, readStoredEvent } from '../../../prisma/events.ts';
import { parseStripe } from '../../../providers/stripe/inbound.ts';
import type { StripeReading } from '../../../providers/stripe/reads.ts';
import {
  type JsonObject,
  type Shape,
  shapes,
  stripeCharge,
  stripeCustomer,
  stripeEvent,
  stripeInvoice,
  stripeSubscription,
} from '../../../providers/stripe/testing.ts';
import { member } from '../../../scripts/testing/cards.ts';
import { asOwner, type TestDatabase, testDatabase } from '../../../scripts/testing/database.ts';
import { until } from '../../../scripts/testing/wait.ts';
import { createPeople, type SlackDirectory } from '../people.ts';
import { createSops } from '../registry.ts';

let database: TestDatabase;
let org_id: string;
let money: Sop;
let connected = false;
let reading: StripeReading | null = null;
/** Slack's, when it is connected. */
let directory: SlackDirectory['memberByEmail'] | null = null;
const now = new Date('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  connected = false;
  reading = null;
  directory = null;
  await start();
});

/** A new organisation knows nothing of what was delivered before. */
async function start(): Promise<void> {
  const [organisation] = await database.db.sql<{ id: string }>`insert into organisations (name) values ('another') returning id`;
  org_id = organisation?.id ?? '';
  open();
}

function open(): void {
  const [sop] = createSops({
    db: database.db,
    stripe: reading === null ? null : async () => reading ?? { objects: [], unreadable: null },
    github: null,
    intercom: null,
    connected: () => connected,
    people: createPeople({ db: database.db, slack: directory === null ? null : { memberByEmail: directory } }),
  });
  if (sop === undefined) throw new Error('no procedure');
  money = sop;
}

async function deliver(payload: JsonObject): Promise<StoredEvent> {
  const { event_id } = await insertEvent(database.db, org_id, parseStripe(payload));
  return readStoredEvent(database.db, org_id, event_id);
}

async function report(type: string, payload: JsonObject): Promise<StoredEvent> {
  const { event_id } = await insertEvent(
    database.db,
    org_id,
    {
      source: 'manual',
      type,
      occurred_at: now,
      identity: JSON.stringify([type, payload]),
      payload,
      subject: null,
      ignored: null,
      objects: [],
    },
    'user_1',
  );
  return readStoredEvent(database.db, org_id, event_id);
}

async function tell(key: string, data: JsonObject, as_of = ago(60)): Promise<void> {
  await database.db.sql`
    insert into context_facts (org_id, kind, key, data, as_of, actor_id) values (${org_id}, 'customer', ${key}, ${JSON.stringify(data)}, ${as_of}, 'user_1')
    on conflict (org_id, kind, key) do update set data = excluded.data, as_of = excluded.as_of`;
}

async function judge(event: StoredEvent, options = { fresh: false }): Promise<Assessment> {
  return money.assess(await money.gather(event, options), now);
}

async function draftOf(event: StoredEvent): Promise<Draft> {
  const assessment = await judge(event);
  const [draft] = assessment.propose ? assessment.drafts : [];
  if (draft === undefined) throw new Error(assessment.propose ? 'no draft' : assessment.reason);
  return draft;
}

async function reasonOf(event: StoredEvent): Promise<string> {
  const assessment = await judge(event);
  return assessment.propose ? 'proposed' : assessment.reason;
}

/** Customers that pay these amounts a month, as `cus_x0`, `cus_x1`, …. */
async function others(shape: Shape, ...amounts: number[]): Promise<void> {
  for (const [index, unit_amount] of amounts.entries()) {
    await deliver(
      stripeEvent('customer.subscription.created', stripeSubscription(shape, `sub_x${index}`, `cus_x${index}`, { unit_amount }), {
        created: ago(10_000),
      }),
    );
  }
}

async function customer(shape: Shape): Promise<void> {
  await deliver(stripeEvent('customer.created', stripeCustomer('cus_1'), { created: ago(10_000) }));
  await deliver(
    stripeEvent('customer.subscription.created', stripeSubscription(shape, 'sub_1', 'cus_1', { unit_amount: 49_900 }), {
      created: ago(10_000),
    }),
  );
}

function incident(shape: Shape): Record<'charge' | 'invoice' | 'past_due', JsonObject> {
  const created = ago(120);
  return {
    charge: stripeEvent('charge.failed', stripeCharge(shape, 'ch_1', 'cus_1', { created }), { created }),
    invoice: stripeEvent('invoice.payment_failed', stripeInvoice(shape, 'in_1', 'cus_1', { created }), { created }),
    past_due: stripeEvent(
      'customer.subscription.updated',
      stripeSubscription(shape, 'sub_1', 'cus_1', { unit_amount: 49_900, status: 'past_due', latest_invoice: 'in_1' }),
      { created, previous_attributes: { status: 'active' } },
    ),
  };
}

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe.each(shapes)('in the %s API shape', (shape) => {
  test('the events of one failed invoice are one incident, in every order', async () => {
    const orders = permutations(['charge', 'invoice', 'past_due'] as const satisfies (keyof ReturnType<typeof incident>)[]);
    for (const order of orders) {
      await start();
      await others(shape, 1_000);
      await customer(shape);
      const payloads = incident(shape);
      const events: StoredEvent[] = [];
      for (const kind of order) {
        events.push(await deliver(payloads[kind]));
        // What is proposed on the way always finds the card that is there already.
        const names = await Promise.all(events.map((event) => money.subjectsOf(event)));
        if (events.length > 1)
          expect(
            names.every((subjects) => subjects.includes('stripe:invoice:in_1')),
            order.join(),
          ).toBe(true);
      }
      const bases = await Promise.all(events.map(async (event) => (await draftOf(event)).basis));
      for (const event of events) {
        expect((await money.subjectsOf(event))[0]).toBe('stripe:invoice:in_1');
        expect(await draftOf(event)).toMatchObject({
          subject: 'stripe:invoice:in_1',
          urgency: 'high',
          title: 'Ana Marin: $499.00 failed',
          flags: [],
        });
      }
      expect(new Set(bases.map((basis) => JSON.stringify(basis))).size).toBe(1);
      expect(bases[0]).toEqual({
        to: 'ana@example.com',
        amount_minor: 49_900,
        currency: 'usd',
        link: 'https://invoice.stripe.com/i/acct_1/live_in_1',
      });
    }
  });

  test('a lone charge is known under names that its invoice finds later', async () => {
    await customer(shape);
    const { charge, invoice } = incident(shape);
    const first = await deliver(charge);
    const alone = await money.subjectsOf(first);
    const second = await deliver(invoice);
    expect(await money.subjectsOf(second)).toEqual(expect.arrayContaining(alone));
    const paid = await deliver(
      stripeEvent('invoice.paid', stripeInvoice(shape, 'in_1', 'cus_1', { created: ago(120), status: 'paid', amount_remaining: 0 }), {
        created: ago(60),
      }),
    );
    expect(await money.subjectsOf(paid)).toEqual(expect.arrayContaining(alone));
  });

  test('a past due subscription that names no invoice joins the one that is owed', async () => {
    await customer(shape);
    const past_due = stripeEvent('customer.subscription.updated', stripeSubscription(shape, 'sub_1', 'cus_1', { status: 'past_due' }), {
      created: ago(119),
      previous_attributes: { status: 'active' },
    });
    const invoice = await deliver(incident(shape).invoice);
    expect((await money.subjectsOf(await deliver(past_due)))[0]).toBe('stripe:invoice:in_1');
    expect(await money.subjectsOf(invoice)).toContain('stripe:subscription:sub_1');
  });

  test.each(['invoice.paid', 'invoice.payment_succeeded', 'invoice.voided', 'invoice.marked_uncollectible'])(
    '%s settles it, whichever comes first',
    async (type) => {
      for (const settled_first of [true, false]) {
        await start();
        await customer(shape);
        const settling = () =>
          deliver(stripeEvent(type, stripeInvoice(shape, 'in_1', 'cus_1', { created: ago(120) }), { created: ago(60) }));
        if (settled_first) await settling();
        const events = [
          await deliver(incident(shape).charge),
          await deliver(incident(shape).invoice),
          await deliver(incident(shape).past_due),
        ];
        if (!settled_first) await settling();
        for (const event of events) expect(await reasonOf(event)).toBe(`already settled: ${type} arrived`);
      }
    },
  );

  test('an invoice that is stored as paid is settled though no settling event was seen', async () => {
    await customer(shape);
    const event = await deliver(incident(shape).invoice);
    await deliver(stripeEvent('invoice.updated', stripeInvoice(shape, 'in_1', 'cus_1', { status: 'paid' }), { created: ago(10) }));
    expect(await reasonOf(event)).toBe('already settled: the invoice is paid');
  });

  test('monthly revenue sums what is being paid for, by the month', async () => {
    await customer(shape);
    for (const [id, more] of Object.entries({
      sub_year: { unit_amount: 120_000, interval: 'year' },
      sub_seats: { unit_amount: 1_000, quantity: 3 },
      sub_trial: { unit_amount: 99_000, status: 'trialing' },
      sub_gone: { unit_amount: 99_000, status: 'canceled' },
      sub_late: { unit_amount: 100, status: 'past_due' },
    })) {
      await deliver(stripeEvent('customer.subscription.created', stripeSubscription(shape, id, 'cus_1', more), { created: ago(9_000) }));
    }
    const draft = await draftOf(await deliver(incident(shape).invoice));
    expect(draft.facts.find(({ label }) => label === 'Revenue')?.value).toBe(
      '$630.00 a month, top 10 % (pays more than 100 % of the others)',
    );
  });

  test('renewal comes from the period end', async () => {
    await deliver(stripeEvent('customer.created', stripeCustomer('cus_1'), { created: ago(10_000) }));
    await deliver(
      stripeEvent(
        'customer.subscription.created',
        stripeSubscription(shape, 'sub_1', 'cus_1', { period_end: new Date('2026-12-01T12:00:00Z') }),
        { created: ago(10_000) },
      ),
    );
    const draft = await draftOf(await deliver(incident(shape).invoice));
    expect(draft.facts.find(({ label }) => label === 'Renews')).toMatchObject({ value: '2026-12-01 12:00 UTC', unusual: true });
  });
});

describe('a percentile', () => {
  const rankAmong = async (...amounts: number[]) => {
    await others('new', ...amounts);
    await customer('new');
    return reasonOf(await deliver(incident('new').invoice));
  };

  test('of 90 is proposed: nine of ten others pay less', async () => {
    expect(await rankAmong(...Array.from({ length: 9 }, (_, index) => 1_000 + index), 90_000)).toBe('proposed');
  });

  test('just below 90 is not', async () => {
    expect(await rankAmong(...Array.from({ length: 8 }, (_, index) => 1_000 + index), 90_000)).toBe(
      'a small customer: pays more than 88.8 % of the others, and the top 10 % begins at 90',
    );
  });

  test('does not count customers who pay nothing or in another currency', async () => {
    await deliver(
      stripeEvent('customer.subscription.created', stripeSubscription('new', 'sub_e', 'cus_e', { unit_amount: 990_000, currency: 'eur' }), {
        created: ago(9_000),
      }),
    );
    await deliver(
      stripeEvent(
        'customer.subscription.created',
        stripeSubscription('new', 'sub_t', 'cus_t', { unit_amount: 990_000, status: 'trialing' }),
        { created: ago(9_000) },
      ),
    );
    expect(await rankAmong()).toBe('proposed');
  });

  test('follows what changes between two events', async () => {
    await others('new', 1_000);
    await customer('new');
    const event = await deliver(incident('new').invoice);
    expect(await reasonOf(event)).toBe('proposed');
    await others('new', 60_000);
    expect(await reasonOf(event)).toBe('a small customer: pays more than 0 % of the others, and the top 10 % begins at 90');
  });

  test('without subscriptions is taken from the latest subscription invoice, and the card says so', async () => {
    await deliver(stripeEvent('customer.created', stripeCustomer('cus_1')));
    const draft = await draftOf(await deliver(incident('new').invoice));
    expect(draft.notes).toContain(
      'No subscription of this customer was seen, so the monthly revenue is taken from the latest subscription invoice.',
    );
    expect(draft.facts.find(({ label }) => label === 'Revenue')?.value).toContain('$499.00 a month');
  });
});

describe('what a person told', () => {
  test('decides where no event is known', async () => {
    await tell('stripe:cus_1', { mrr_percentile: 90, mrr_cents: 200_000, currency: 'usd', vip: true, renewal_at: '2026-12-15T00:00:00Z' });
    const draft = await draftOf(await deliver(incident('new').invoice));
    expect(draft.facts.map(({ label, value }) => [label, value])).toEqual(
      expect.arrayContaining([
        ['Customer', 'Ana Marin (VIP)'],
        ['Revenue', '$2,000.00 a month, top 10 % (percentile 90 as told)'],
        ['Renews', '2026-12-15 00:00 UTC'],
      ]),
    );
  });

  test('overrides the computed figure until a newer event changes what the customer buys', async () => {
    await customer('new');
    await tell('stripe:cus_1', { mrr_percentile: 89.9 }, ago(60));
    const event = await deliver(incident('new').invoice);
    expect(await reasonOf(event)).toMatch(/^a small customer/);
    const update = (minutes: number, previous_attributes: JsonObject) =>
      deliver(
        stripeEvent('customer.subscription.updated', stripeSubscription('new', 'sub_1', 'cus_1', { unit_amount: 59_900 }), {
          created: ago(minutes),
          previous_attributes,
        }),
      );
    await update(50, { status: 'past_due' });
    expect(await reasonOf(event)).toMatch(/^a small customer/);
    await update(40, { items: {} });
    expect(await reasonOf(event)).toBe('proposed');
    await tell('stripe:cus_1', { mrr_percentile: 10 }, ago(30));
    expect(await reasonOf(event)).toMatch(/^a small customer/);
  });

  test('about the address holds until the customer’s own event is newer', async () => {
    await customer('new');
    await tell('stripe:cus_1', { email: 'billing@example.com', name: 'Ana M.' }, ago(60));
    const event = await deliver(incident('new').invoice);
    expect((await draftOf(event)).basis.to).toBe('billing@example.com');
    await deliver(stripeEvent('customer.updated', stripeCustomer('cus_1', { email: 'new@example.com' }), { created: ago(30) }));
    expect((await draftOf(event)).basis.to).toBe('new@example.com');
  });

  test('is found by the customer’s address too', async () => {
    await tell('email:ana@example.com', { mrr_cents: 500_000, currency: 'usd' });
    await deliver(stripeEvent('customer.created', stripeCustomer('cus_1', { email: 'Ana@Example.com' })));
    expect(await reasonOf(await deliver(incident('new').invoice))).toBe('proposed');
  });

  test('that a customer has cancelled ends it, and so does a deleted subscription', async () => {
    await customer('new');
    const event = await deliver(incident('new').invoice);
    await tell('stripe:cus_1', { cancelled: true });
    expect(await reasonOf(event)).toBe('the customer has cancelled');
    await tell('stripe:cus_1', { cancelled: false });
    expect(await reasonOf(event)).toBe('proposed');
    await deliver(
      stripeEvent('customer.subscription.deleted', stripeSubscription('new', 'sub_1', 'cus_1', { status: 'canceled' }), {
        created: ago(5),
      }),
    );
    expect(await reasonOf(event)).toBe('the customer has cancelled');
  });
});

describe('the failure time', () => {
  test('is the earliest stored failure of the incident, by Stripe’s clock', async () => {
    await customer('new');
    const again = stripeEvent(
      'invoice.payment_failed',
      stripeInvoice('new', 'in_1', 'cus_1', { created: ago(26 * 60), attempt_count: 2 }),
      { created: ago(5) },
    );
    const event = await deliver(again);
    expect((await draftOf(event)).urgency).toBe('high');
    const first = await deliver(
      stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_1', 'cus_1', { created: ago(26 * 60) }), { created: ago(26 * 60) }),
    );
    const draft = await draftOf(event);
    expect(draft).toMatchObject({ urgency: 'critical', escalates_at: ago(2 * 60) });
    expect(draft.facts.find(({ label }) => label === 'Failed')?.event_id).toBe(first.id);
  });
});

describe('no proposal', () => {
  test('for an unknown revenue, an amount of nothing, or no address', async () => {
    expect(
      await reasonOf(await deliver(stripeEvent('charge.failed', stripeCharge('new', 'ch_9', 'cus_9', { payment_intent: null })))),
    ).toBe("the customer's monthly revenue is not known");
    await customer('new');
    expect(
      await reasonOf(
        await deliver(stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_2', 'cus_1', { amount_due: 0, amount_remaining: 0 }))),
      ),
    ).toBe('nothing is due');
    await deliver(stripeEvent('customer.updated', stripeCustomer('cus_1', { email: null })));
    expect(
      await reasonOf(await deliver(stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_3', 'cus_1', { customer_email: null })))),
    ).toBe('no email address is known for this customer');
    expect(
      await reasonOf(
        await deliver(
          stripeEvent('invoice.payment_failed', stripeInvoice('new', 'in_4', 'cus_1', { customer_email: 'a@b.co, eve@example.net' })),
        ),
      ),
    ).toBe('no email address is known for this customer');
  });
});

describe('a person’s report', () => {
  test('is drafted from stored facts and never from its own address or link', async () => {
    await customer('new');
    const event = await report('invoice.payment_failed', {
      data: {
        object: stripeInvoice('new', 'in_5', 'cus_1', {
          customer_email: 'thief@example.net',
          hosted_invoice_url: 'https://thief.example/pay',
          created: ago(5),
        }),
      },
    });
    const draft = await draftOf(event);
    expect(draft.basis).toMatchObject({ to: 'ana@example.com', link: null });
    expect(draft.subject).toBe('stripe:invoice:in_5');
    expect(draft.flags).toEqual(['incomplete']);
    expect(draft.notes).toContain('Reported by a person, not signed by Stripe.');
    expect(money.triggeredBy(event)).toBe(true);
  });

  test('marks an address that nothing but the report names', async () => {
    await tell('stripe:cus_1', { mrr_percentile: 99 });
    expect((await draftOf(await report('invoice.payment_failed', stripeInvoice('old', 'in_5', 'cus_1')))).flags).toEqual([
      'unknown_recipient',
    ]);
  });

  test('never settles anything', async () => {
    await customer('new');
    const event = await deliver(incident('new').invoice);
    const paid = await report('invoice.paid', { data: { object: stripeInvoice('new', 'in_1', 'cus_1', { status: 'paid' }) } });
    expect(money.settledBy(paid)).toBe(false);
    expect(await reasonOf(event)).toBe('proposed');
  });
});

describe('with Stripe connected', () => {
  test('what the API shows wins over stored events, and links a charge to its invoice for good', async () => {
    await customer('new');
    const event = await deliver(
      stripeEvent('charge.failed', stripeCharge('new', 'ch_1', 'cus_1', { created: ago(120), amount: 100 }), { created: ago(120) }),
    );
    connected = true;
    reading = {
      unreadable: null,
      objects: [
        {
          kind: 'invoice',
          id: 'in_1',
          customer: 'cus_1',
          data: stripeInvoice('new', 'in_1', 'cus_1', { created: ago(5_000), amount_due: 100, amount_remaining: 100 }),
        },
        {
          kind: 'invoice_payment',
          id: 'pi_1',
          customer: null,
          data: { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { type: 'payment_intent', payment_intent: 'pi_1' } },
        },
      ],
    };
    open();
    const assessment = await judge(event);
    expect(assessment).toMatchObject({
      propose: true,
      drafts: [
        { subject: 'stripe:invoice:in_1', action: { action_type: 'email' } },
        { action: { operation: 'stripe.pause_collection', payload: { subscription: 'sub_1' } } },
      ],
    });
    reading = null;
    open();
    expect((await money.subjectsOf(event))[0]).toBe('stripe:invoice:in_1');
  });

  test('a payment that succeeded since, by the same attempt, is settled', async () => {
    await customer('new');
    const event = await deliver(
      stripeEvent('charge.failed', stripeCharge('new', 'ch_1', 'cus_1', { created: ago(120) }), { created: ago(120) }),
    );
    connected = true;
    const paid = { id: 'pi_1', object: 'payment_intent', customer: 'cus_1', status: 'succeeded' };
    reading = { unreadable: null, objects: [{ kind: 'payment_intent', id: 'pi_1', customer: 'cus_1', data: paid }] };
    open();
    expect(await reasonOf(event)).toBe('already settled: the payment succeeded');
  });

  test('an unreadable Stripe delays nothing while drafting, and stops what would run', async () => {
    await customer('new');
    const event = await deliver(incident('new').invoice);
    reading = { objects: [], unreadable: 'it did not answer in time' };
    open();
    expect((await draftOf(event)).notes).toContain(
      'Stripe could not be read just now (it did not answer in time); this is drafted from stored events.',
    );
    await expect(money.gather(event, { fresh: true })).rejects.toThrow('Stripe could not be read');
  });

  test('an invoice that the API shows as paid is settled', async () => {
    await customer('new');
    const event = await deliver(incident('new').invoice);
    reading = {
      unreadable: null,
      objects: [
        {
          kind: 'invoice',
          id: 'in_1',
          customer: 'cus_1',
          data: stripeInvoice('new', 'in_1', 'cus_1', { status: 'paid', amount_remaining: 0 }),
        },
      ],
    };
    open();
    expect(await judge(event, { fresh: true })).toEqual({ propose: false, reason: 'already settled: the invoice is paid' });
  });
});

describe('with Slack connected', () => {
  async function failedFor(owner_email: string): Promise<StoredEvent> {
    connected = true;
    open();
    await customer('new');
    await tell('stripe:cus_1', { owner_email });
    return deliver(incident('new').invoice);
  }
  const messageOf = async (event: StoredEvent) => {
    const assessment = await judge(event);
    return assessment.propose ? (assessment.drafts.find(({ action }) => action.action_type === 'slack_dm') ?? null) : null;
  };

  test('the account owner is found by their linked Slack user, without asking Slack', async () => {
    directory = () => Promise.reject(new Error('asked'));
    const olga = await member(database.db, org_id);
    await asOwner(database.url, `insert into slack_links (team_id, slack_user_id, org_id, user_id) values ('T1', $1, $2, $3)`, [
      'U0LINKED',
      org_id,
      olga.user_id,
    ]);
    const event = await failedFor(olga.email.toUpperCase());
    expect(await messageOf(event)).toMatchObject({ basis: { to: 'U0LINKED', amount_minor: 49_900, currency: 'usd' } });
  });

  test('else in Slack’s own directory, by the address that an owner told', async () => {
    directory = async (email) => (email === 'olga@example.com' ? { id: 'U0OLGA', name: 'Olga' } : null);
    expect(await messageOf(await failedFor('olga@example.com'))).toMatchObject({
      action: { payload: { to: 'U0OLGA' } },
      facts: expect.arrayContaining([expect.objectContaining({ label: 'Account owner', value: 'Olga' })]),
    });
  });

  test('an account owner whom nobody knows gets no message, and neither does one without a real Slack id', async () => {
    directory = async () => null;
    const event = await failedFor('olga@example.com');
    expect(await messageOf(event)).toBeNull();
    await database.db.sql`
      insert into context_facts (org_id, kind, key, data, actor_id)
      values (${org_id}, 'team', 'email:olga@example.com', '{"email": "olga@example.com", "slack_user_id": "@olga"}', 'user_1')`;
    expect(await messageOf(event)).toBeNull();
    await database.db.sql`update context_facts set data = data || '{"slack_user_id": "U0TOLD"}' where org_id = ${org_id} and kind = 'team'`;
    expect(await messageOf(event)).toMatchObject({ basis: { to: 'U0TOLD' } });
  });

  test('a Slack that cannot be read delays nothing while drafting, and stops what would run', async () => {
    directory = () => Promise.reject(new Error('it did not answer'));
    const event = await failedFor('olga@example.com');
    expect((await draftOf(event)).notes).toContain(
      'Slack could not be read just now (it did not answer), so no message to the account owner is drafted.',
    );
    await expect(money.gather(event, { fresh: true })).rejects.toThrow('Slack could not be read');
  });
});

test('among 10,000 customers an event reads three statements and a handful of rows', async () => {
  await asOwner(
    database.url,
    `insert into provider_objects (org_id, source, kind, object_id, customer, data, as_of, event_id)
     select $1, 'stripe', 'subscription', 'sub_m' || n, 'cus_m' || n,
       jsonb_set(jsonb_set($2::jsonb, '{items,data,0,price,unit_amount}', to_jsonb(n)), '{id}', to_jsonb('sub_m' || n)), now(), gen_random_uuid()
     from generate_series(1, 10000) n`,
    [org_id, JSON.stringify(stripeSubscription('new', 'sub_m', 'cus_m', { padding: 'x'.repeat(1_500) }))],
  );
  await customer('new');
  const event = await deliver(incident('new').invoice);
  const reads: number[] = [];
  const sql: TestDatabase['db']['sql'] = async (...statement) => {
    const rows = await database.db.sql<never>(...statement);
    reads.push(rows.length);
    return rows;
  };
  const [counted] = createSops({
    db: { sql },
    stripe: null,
    github: null,
    intercom: null,
    connected: () => false,
    people: createPeople({ db: { sql }, slack: null }),
  });
  const assessed = counted?.assess(await counted.gather(event, { fresh: false }), now);
  expect(assessed?.propose).toBe(true);
  expect(Math.max(...reads)).toBeGreaterThan(10_000);
  // What another test's transaction may still change on the same server is read again until it ends.
  await until('a reading of a handful of rows', async () => {
    reads.length = 0;
    await counted?.gather(event, { fresh: false });
    return reads.reduce((sum, rows) => sum + rows, 0) < 20;
  });
  expect(reads).toHaveLength(3);
});

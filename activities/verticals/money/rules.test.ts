import { describe, expect, test } from 'vitest';

import type { Draft } from '../../../domain/sop.ts';
import { isTop } from '../shared/standing.ts';
import { analyzeSpend, assessMoney, checkRunway, isEscalated, money_settings, reasonAgainst, type MoneyFacts } from './rules.ts';
import { sampleFacts } from './testing.ts';

const failed_at = '2026-11-20T12:00:00.000Z';
const after = (ms: number) => new Date(Date.parse(failed_at) + ms);
const hour = 3_600_000;
const day = 24 * hour;

function draftsOf(facts: MoneyFacts, now = after(hour)): Draft[] {
  const assessment = assessMoney(facts, now);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
}

function onlyDraft(facts: MoneyFacts, now?: Date): Draft {
  const [draft, ...others] = draftsOf(facts, now);
  if (draft === undefined || others.length > 0) throw new Error(`${others.length + 1} drafts`);
  return draft;
}

describe('thresholds', () => {
  test('the top 10 % begins at percentile 90', () => {
    expect(isTop(90, money_settings)).toBe(true);
    expect(isTop(89.99, money_settings)).toBe(false);
  });

  test('a failure is escalated when it is older than 24 h, and not at exactly 24 h', () => {
    expect(isEscalated(failed_at, after(24 * hour))).toBe(false);
    expect(isEscalated(failed_at, after(24 * hour + 1))).toBe(true);
  });

  test('a renewal is near up to and including 30 days', () => {
    expect(checkRunway(after(30 * day).toISOString(), after(0))).toEqual({ days: 30, near: true });
    expect(checkRunway(after(30 * day + 1).toISOString(), after(0))).toEqual({ days: 31, near: false });
    expect(checkRunway(after(-1).toISOString(), after(0))).toBeNull();
    expect(checkRunway(null, after(0))).toBeNull();
  });

  test('spend is unusual above 10 % either way, and not at exactly 10 %', () => {
    const spend = (...amounts: number[]) => analyzeSpend(amounts.map((amount_minor) => ({ amount_minor })));
    expect(spend(110, 100, 100)).toEqual({ percent: 10, unusual: false });
    expect(spend(111, 100, 100)).toEqual({ percent: 11, unusual: true });
    expect(spend(90, 100)).toEqual({ percent: -10, unusual: false });
    expect(spend(89, 100)).toEqual({ percent: -11, unusual: true });
    expect(spend(1_101, 999, 1_000, 1_001)?.unusual).toBe(true);
    expect(spend(1_100, 999, 1_000, 1_001)?.unusual).toBe(false);
    expect(spend(100)).toBeNull();
    expect(spend(100, 0)).toBeNull();
    expect(spend()).toBeNull();
  });
});

describe('nothing is proposed', () => {
  test.each<[string, Partial<MoneyFacts>]>([
    ['test mode', { irrelevant: 'test mode' }],
    ['already settled: invoice.paid arrived', { settled: { how: 'invoice.paid arrived', event_id: null } }],
    ['nothing is due', { amount: { amount_minor: 0, currency: 'usd' } }],
    ["the customer's monthly revenue is not known", { percentile: null }],
    [
      'a small customer: pays more than 89.9 % of the others, and the top 10 % begins at 90',
      { percentile: { value: 89.99, from: 'computed' } },
    ],
  ])('%s', (reason, facts) => {
    expect(assessMoney(sampleFacts(facts), after(hour))).toEqual({ propose: false, reason });
  });

  test('for a customer who has cancelled', () => {
    const { customer } = sampleFacts();
    expect(reasonAgainst(sampleFacts({ customer: { ...customer, cancelled: true } }))).toBe('the customer has cancelled');
  });

  test('for a customer without an address, when nothing else is connected', () => {
    expect(assessMoney(nowhere(), after(hour))).toEqual({ propose: false, reason: 'no email address is known for this customer' });
  });
});

describe('a failed payment of a top customer', () => {
  test('becomes one email with the amount, the link and the trusted address', () => {
    const draft = onlyDraft(sampleFacts());
    expect(draft.action).toEqual({
      action_type: 'email',
      operation: null,
      payload: {
        to: 'ana@example.com',
        subject: 'Your payment of $499.00 did not go through',
        body: expect.stringContaining('\n\nhttps://invoice.stripe.com/i/in_1\n\n'),
      },
    });
    expect(draft).toMatchObject({ subject: 'stripe:invoice:in_1', urgency: 'high', title: 'Ana Marin: $499.00 failed', flags: [] });
    expect(draft.basis).toEqual({
      to: 'ana@example.com',
      amount_minor: 49_900,
      currency: 'usd',
      link: 'https://invoice.stripe.com/i/in_1',
    });
    expect(draft.escalates_at).toEqual(after(24 * hour));
    expect(draft.expires_at).toEqual(after(hour + 7 * day));
    expect(draft.priority).toEqual({ score: 73, parts: { revenue: 38, urgency: 20, effort: 15, strategic: 0 } });
    expect(draft.notes).toEqual([
      'With Stripe connected, pausing collection to keep the plan would be offered here too.',
      'With Slack connected, a message to the account owner would be offered here too.',
    ]);
  });

  test('is high at 24 h and critical after it', () => {
    expect(onlyDraft(sampleFacts(), after(24 * hour)).urgency).toBe('high');
    const late = onlyDraft(sampleFacts(), after(26 * hour));
    expect(late).toMatchObject({ urgency: 'critical', escalates_at: after(24 * hour) });
    expect(late.facts.find(({ label }) => label === 'Failed')).toMatchObject({
      value: '2026-11-20 12:00 UTC',
      at: '2026-11-20T12:00:00.000Z',
      unusual: true,
    });
  });

  test('shows amounts in the currency’s own units', () => {
    const titleOf = (amount_minor: number, currency: string) => onlyDraft(sampleFacts({ amount: { amount_minor, currency } })).title;
    expect(titleOf(5_000, 'jpy')).toBe('Ana Marin: ¥5,000 failed');
    expect(titleOf(1_234_567, 'eur')).toBe('Ana Marin: €12,345.67 failed');
    expect(titleOf(1_234, 'kwd')).toBe('Ana Marin: KWD\u00A01.234 failed');
  });

  test('without a link is incomplete, asks for a reply and has no web address', () => {
    const draft = onlyDraft(sampleFacts({ link: null }));
    expect(draft.flags).toEqual(['incomplete']);
    expect(draft.action.payload).toMatchObject({ body: expect.stringContaining('Reply to this email and I will send you a link') });
    expect(JSON.stringify(draft.action.payload)).not.toMatch(/https?:|\{\{/);
    expect(draft.priority.parts.effort).toBe(5);
  });

  test('without a known amount still makes sense', () => {
    const draft = onlyDraft(sampleFacts({ amount: null, invoice_id: null }));
    expect(draft.title).toBe('Ana Marin: a payment failed');
    expect(draft.action.payload).toMatchObject({ subject: 'Your last payment did not go through' });
    expect(draft.flags).toEqual(['incomplete']);
  });

  test('shows the decline in our words and never Stripe’s free text or an unknown code', () => {
    const why = (decline_code: string) =>
      onlyDraft(sampleFacts({ decline_code })).facts.find(({ label }) => label === 'Why it failed')?.value;
    expect(why('insufficient_funds')).toBe('Not enough money on the account');
    expect(why('<script>')).toBeUndefined();
    expect(why('constructor')).toBeUndefined();
  });

  test('marks a near renewal, a VIP and unusual spend', () => {
    const facts = sampleFacts({
      renewal_at: after(hour + 10 * day).toISOString(),
      spend: [
        { id: 'in_1', amount_minor: 49_900 },
        { id: 'in_0', amount_minor: 40_000 },
      ],
      customer: { ...sampleFacts().customer, vip: true },
    });
    const draft = onlyDraft(facts);
    expect(draft.facts.filter(({ unusual }) => unusual).map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Customer: Ana Marin (VIP)',
      'Renews: 2026-11-30 13:00 UTC',
      'Spend: 24.8 % above the mean of the earlier ones',
    ]);
    expect(draft.priority.parts.strategic).toBe(15);
  });

  test('says what was assumed', () => {
    const facts = sampleFacts({
      revenue: { amount_minor: 49_900, currency: 'usd', from: 'invoice' },
      stripe: { connected: false, unreadable: 'it did not answer in time' },
      reported: true,
    });
    expect(onlyDraft(facts).notes).toEqual([
      'No subscription of this customer was seen, so the monthly revenue is taken from the latest subscription invoice.',
      'Stripe could not be read just now (it did not answer in time); this is drafted from stored events.',
      'Reported by a person, not signed by Stripe.',
      'With Stripe connected, pausing collection to keep the plan would be offered here too.',
      'With Slack connected, a message to the account owner would be offered here too.',
    ]);
  });

  test('every claim points to an event or to a metric', () => {
    for (const { event_id, metric } of onlyDraft(sampleFacts()).evidence) expect(event_id ?? metric).toEqual(expect.any(String));
  });
});

test('without an address what needs none is offered, and the first card says what lacks', () => {
  const drafts = draftsOf(
    nowhere({
      stripe: { connected: true, unreadable: null },
      slack: { connected: true, unreadable: null },
      owner: { email: 'olga@example.com', has_left: false, slack_user_id: 'U0OLGA', name: 'Olga' },
    }),
  );
  expect(drafts.map(({ action }) => action.operation ?? action.action_type)).toEqual(['stripe.pause_collection', 'slack_dm']);
  expect(drafts[0]?.notes).toContain('No email address is known for this customer, so no email is drafted.');
  expect(drafts[1]?.action.payload).toMatchObject({ text: expect.stringMatching(/we know no email address of theirs\.$/) });
});

function nowhere(more: Partial<MoneyFacts> = {}): MoneyFacts {
  const { customer } = sampleFacts();
  return sampleFacts({ customer: { ...customer, email: null }, ...more });
}

describe('with Stripe connected', () => {
  const connected = { stripe: { connected: true, unreadable: null } };

  test('keeping the plan is offered beside the email, stable within the hour', () => {
    const [email, pause] = draftsOf(sampleFacts(connected), new Date('2026-11-20T13:10:00Z'));
    const [, later] = draftsOf(sampleFacts(connected), new Date('2026-11-20T13:59:59Z'));
    expect(email?.notes).toEqual(['With Slack connected, a message to the account owner would be offered here too.']);
    expect(pause?.action).toEqual({
      action_type: 'api_call',
      operation: 'stripe.pause_collection',
      payload: { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-11-27T13:00:00.000Z' },
    });
    expect(pause?.notes).toContain('The failed invoice itself is still retried by Stripe; only new invoices wait.');
    expect(later?.action).toEqual(pause?.action);
    expect(later?.basis).toEqual(pause?.basis);
    expect(pause?.basis).toEqual({ subscription: 'sub_1', amount_minor: 49_900, currency: 'usd' });
  });

  test('there is nothing to pause without a subscription', () => {
    expect(draftsOf(sampleFacts({ ...connected, subscription_id: null }))).toHaveLength(1);
  });
});

describe('with Slack connected', () => {
  const slack = { connected: true, unreadable: null };
  const owner = { email: 'olga@example.com', has_left: false, slack_user_id: 'U0OLGA', name: 'Olga' };

  test('the account owner is told, after everything else, in fixed words', () => {
    const drafts = draftsOf(sampleFacts({ slack, owner, stripe: { connected: true, unreadable: null } }));
    expect(drafts.map(({ action }) => action.operation ?? action.action_type)).toEqual(['email', 'stripe.pause_collection', 'slack_dm']);
    const [email, , dm] = drafts;
    expect(dm).toMatchObject({
      subject: 'stripe:invoice:in_1',
      urgency: 'high',
      title: 'Ana Marin: tell the account owner',
      action: {
        payload: {
          to: 'U0OLGA',
          text: expect.stringMatching(
            /^A payment of \$499\.00 from Ana Marin failed on 2026-11-20 at 12:00 UTC and nothing has settled it since\./,
          ),
        },
      },
      basis: { to: 'U0OLGA', amount_minor: 49_900, currency: 'usd' },
      flags: [],
    });
    expect(email?.notes).toEqual([]);
    expect(email?.facts).toContainEqual(expect.objectContaining({ label: 'Account owner', value: 'Olga' }));
  });

  test('there is no message without an account owner, or when Slack knows nobody, and the email says so', () => {
    const notesOf = (facts: Partial<MoneyFacts>) => onlyDraft(sampleFacts({ slack, ...facts })).notes.slice(1);
    expect(notesOf({})).toEqual([]);
    expect(notesOf({ owner: { ...owner, slack_user_id: null } })).toEqual([
      'No Slack user is known for the account owner, olga@example.com, so no message to them is drafted.',
    ]);
    expect(notesOf({ owner: { ...owner, slack_user_id: null }, slack: { connected: true, unreadable: 'it did not answer' } })).toEqual([
      'Slack could not be read just now (it did not answer), so no message to the account owner is drafted.',
    ]);
    expect(notesOf({ owner: { ...owner, has_left: true, slack_user_id: null } })).toEqual([
      'The account owner, olga@example.com, has left, so no message to them is drafted.',
    ]);
    expect(onlyDraft(sampleFacts({ owner })).notes).toContain(
      'With Slack connected, a message to the account owner would be offered here too.',
    );
  });

  test('an amount that is not known yet completes the message later', () => {
    const dm = draftsOf(sampleFacts({ slack, owner, amount: null })).at(-1);
    expect(dm).toMatchObject({
      flags: ['incomplete'],
      action: { payload: { text: expect.stringMatching(/^A payment from Ana Marin failed/) } },
    });
  });
});

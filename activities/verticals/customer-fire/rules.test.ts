import { describe, expect, test } from 'vitest';

import type { Draft } from '../../../domain/sop.ts';
import { assessFire, isEscalated, type FireFacts } from './rules.ts';
import { sampleFacts } from './testing.ts';

const since = '2026-11-20T12:00:00.000Z';
const after = (ms: number) => new Date(Date.parse(since) + ms);
const hour = 3_600_000;
const senior = { id: '1001', name: 'Founder', email: 'founder@example.com', as: 'founder' as const, away: false };
const connected = { connected: true, unreadable: null, senior };

function draftsOf(more: Partial<FireFacts>, now = after(hour)): Draft[] {
  const assessment = assessFire(sampleFacts(more), now);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
}

function reasonOf(more: Partial<FireFacts>): string | null {
  const assessment = assessFire(sampleFacts(more), after(hour));
  return assessment.propose ? null : assessment.reason;
}

const customer = (more: Partial<FireFacts['customer']>) => ({ customer: { ...sampleFacts().customer, ...more } });
const percentile = (value: number) => ({ percentile: { value, from: 'context' as const } });

describe('thresholds', () => {
  test('a churn score of 0.60 is not above 0.6, one of 0.61 is', () => {
    expect(reasonOf({ churn_told: 0.6 })).toBe('the churn score of 0.6 (told) is not above 0.6');
    expect(reasonOf({ churn_told: 0.61 })).toBeNull();
  });

  test('the top 10 % begins at percentile 90', () => {
    expect(reasonOf(percentile(89.99))).toBe('a small customer: percentile 89.9 as told, and the top 10 % begins at 90');
    expect(reasonOf(percentile(90))).toBeNull();
  });

  test('four hours exactly are not longer than four hours, a second more is', () => {
    expect(isEscalated(since, after(4 * hour))).toBe(false);
    expect(isEscalated(since, after(4 * hour + 1_000))).toBe(true);
    expect(draftsOf({}, after(4 * hour))[0]?.urgency).toBe('high');
    expect(draftsOf({}, after(4 * hour + 1_000))[0]?.urgency).toBe('critical');
  });

  test('VIP, churn score and revenue have to hold together', () => {
    expect(reasonOf(customer({ vip: false }))).toBe('the customer is not marked as a VIP');
    expect(reasonOf({ churn_told: 0.1, ...percentile(99) })).toMatch(/churn score/);
    expect(reasonOf({ churn_told: 0.99, ...percentile(10) })).toMatch(/small customer/);
  });
});

test('what speaks against a proposal is named', () => {
  expect(reasonOf({ irrelevant: 'it names no conversation and no ticket' })).toBe('it names no conversation and no ticket');
  expect(reasonOf({ started_by: 'admin' })).toMatch(/started by an admin/);
  expect(reasonOf({ started_by: 'bot' })).toMatch(/bot or an automated message/);
  expect(reasonOf({ contact: { id: '5ba6', is_bot: true } })).toMatch(/bot or an automated message/);
  expect(reasonOf({ closed: { how: 'conversation.admin.closed arrived', event_id: null } })).toBe(
    'already closed: conversation.admin.closed arrived',
  );
  expect(reasonOf({ contact: null })).toBe('it names no contact');
  expect(reasonOf(customer({ ambiguous: 'it fits 2 customers: cus_1, cus_2' }))).toMatch(/not clear which customer/);
  expect(reasonOf(customer({ matched_by: null }))).toMatch(/no known customer/);
  expect(reasonOf(customer({ cancelled: true }))).toBe('the customer has cancelled');
  expect(reasonOf({ percentile: null })).toBe("the customer's monthly revenue is not known");
  expect(reasonOf(customer({ email: null }))).toBe('no email address is known for this customer');
});

describe('the apology', () => {
  test('goes to the known address, runs out after seven days and escalates after four hours', () => {
    const [draft] = draftsOf({});
    expect(draft).toMatchObject({
      subject: 'intercom:contact:5ba6',
      title: 'Bo Marin: a VIP at risk waits in support',
      action: { action_type: 'email', operation: null, payload: { to: 'bo@example.com', subject: 'I am sorry for the trouble' } },
      basis: { to: 'bo@example.com' },
      flags: [],
      priority: { score: 38 + 20 + 15 + 10 },
      escalates_from: new Date(since),
      escalates_at: after(4 * hour),
      expires_at: after(hour + 7 * 24 * hour),
    });
    expect(draft?.action.payload).toHaveProperty('body', expect.stringMatching(/^Hi Bo,\n\nI saw that you had to turn to our support/));
  });

  test('to an address that only a person reported is marked', () => {
    expect(draftsOf({ reported: true, ...customer({ email_from: 'report' }) })[0]).toMatchObject({
      flags: ['unknown_recipient'],
      notes: expect.arrayContaining(['Reported by a person, not signed by Intercom.']),
    });
  });

  test('says what was assumed', () => {
    const [draft] = draftsOf({
      started_by: null,
      unresolved: { ...sampleFacts().unresolved, assumed: true },
      ...customer({ matched_by: 'email', email_from: 'intercom', stripe_unclear: true }),
    });
    expect(draft?.notes).toEqual([
      'Nothing tells who opened the conversation; it is taken to be the customer.',
      'No closing was seen, so it counts as unresolved since it was opened.',
      'The contact was matched to the customer by its email address.',
      'Several Stripe customers have this address, so nothing of theirs was used.',
      'The address is the one Intercom has; neither Stripe nor an owner confirms it.',
      'With Intercom connected, assigning the conversation to a senior would be offered here too.',
    ]);
  });

  test('shows the parts of a computed score as evidence', () => {
    const [draft] = draftsOf({
      churn_told: null,
      churn: { ...sampleFacts().churn, cancelling: true, failed_payments: [since, since, since] },
    });
    expect(draft?.evidence.map(({ claim }) => claim)).toEqual(
      expect.arrayContaining([
        'The churn score is 0.7',
        '40 of 100 churn points: the subscription is set to end with its period',
        '30 of 100 churn points: 3 failed payments in 90 days',
      ]),
    );
    expect(draft?.notes[0]).toMatch(/^No churn score was told/);
  });
});

describe('the assignment', () => {
  test('comes second, of the same subject', () => {
    const drafts = draftsOf({ intercom: connected });
    expect(drafts.map(({ action }) => action.operation)).toEqual([null, 'intercom.assign']);
    expect(drafts[1]).toMatchObject({
      subject: drafts[0]?.subject,
      title: 'Bo Marin: assign the conversation to Founder',
      action: { payload: { conversation: '147', assignee_id: '1001' } },
      basis: { conversation: '147', assignee_id: '1001' },
    });
  });

  test.each<[string, Partial<FireFacts>, RegExp]>([
    ['Intercom is not connected', {}, /With Intercom connected/],
    [
      'Intercom cannot be read',
      { intercom: { ...connected, unreadable: 'it took too long' } },
      /could not be read just now \(it took too long\)/,
    ],
    ['nobody is a senior', { intercom: { ...connected, senior: null } }, /Nobody is there in Intercom/],
    [
      'the senior has it already',
      { intercom: connected, thread: { ...thread(), admin_assignee_id: '1001' } },
      /It is assigned to Founder already/,
    ],
    ['only a report names it', { intercom: connected, thread: { ...thread(), signed: false } }, /No signed event shows this conversation/],
    [
      'it is a ticket without a conversation',
      { intercom: connected, thread: { ...thread(), kind: 'ticket', conversation_id: null } },
      /assigned in Intercom itself/,
    ],
  ])('is not offered when %s, and the apology says so', (_name, more, note) => {
    const drafts = draftsOf(more);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.notes.at(-1)).toMatch(note);
  });

  test('is offered alone to a customer without an address, and says why', () => {
    const [draft, ...others] = draftsOf({ intercom: connected, ...customer({ email: null }) });
    expect(others).toEqual([]);
    expect(draft?.action.operation).toBe('intercom.assign');
    expect(draft?.notes.at(-1)).toBe('No email address is known for this customer, so no apology is drafted.');
  });

  test('of a conversation whose id the action refuses leaves the apology', () => {
    expect(draftsOf({ intercom: connected, thread: { ...thread(), conversation_id: 'a.b:c' } })).toHaveLength(1);
  });
});

function thread() {
  const sample = sampleFacts().thread;
  if (sample === null) throw new Error('no thread');
  return sample;
}

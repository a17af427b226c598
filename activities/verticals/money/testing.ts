/** Facts of one failed payment, for tests of what is made from them. */
import type { MoneyFacts } from './rules.ts';

export function sampleFacts(more: Partial<MoneyFacts> = {}): MoneyFacts {
  return {
    event_id: '0197a000-0000-7000-8000-000000000001',
    reported: false,
    paused: false,
    irrelevant: null,
    subject: 'stripe:invoice:in_1',
    failed_at: '2026-11-20T12:00:00.000Z',
    failed_event_id: '0197a000-0000-7000-8000-000000000001',
    settled: null,
    invoice_id: 'in_1',
    charge_id: 'ch_1',
    subscription_id: 'sub_1',
    amount: { amount_minor: 49_900, currency: 'usd' },
    link: 'https://invoice.stripe.com/i/in_1',
    decline_code: 'insufficient_funds',
    next_attempt_at: '2026-11-23T12:00:00.000Z',
    customer: {
      id: 'cus_1',
      name: 'Ana Marin',
      email: 'ana@example.com',
      email_from: 'customer',
      vip: false,
      cancelled: false,
      event_id: null,
    },
    revenue: { amount_minor: 49_900, currency: 'usd', from: 'subscriptions' },
    percentile: { value: 95, from: 'computed' },
    renewal_at: null,
    spend: [],
    stripe: { connected: false, unreadable: null },
    owner: null,
    slack: { connected: false, unreadable: null },
    ...more,
  };
}

/** Facts of one customer's call for help, for tests of what is made from them. */
import type { FireFacts } from './rules.ts';

const event_id = '0197a000-0000-7000-8000-000000000002';

export function sampleFacts(more: Partial<FireFacts> = {}): FireFacts {
  return {
    event_id,
    reported: false,
    irrelevant: null,
    subject: 'intercom:contact:5ba6',
    started_by: 'contact',
    closed: null,
    thread: { kind: 'conversation', conversation_id: '147', signed: true, admin_assignee_id: null, event_id },
    unresolved: { since: '2026-11-20T12:00:00.000Z', assumed: false, event_id },
    open_count: 1,
    contact: { id: '5ba6', is_bot: false },
    customer: {
      matched_by: 'intercom_contact_id',
      ambiguous: null,
      stripe_unclear: false,
      name: 'Bo Marin',
      email: 'bo@example.com',
      email_from: 'context',
      event_id: null,
      vip: true,
      cancelled: false,
    },
    churn_told: 0.8,
    churn: { cancelling: false, failed_payments: [], unpaid_since: null, opened: [], ratings: [] },
    revenue: { amount_minor: 49_900, currency: 'usd', from: 'subscriptions' },
    percentile: { value: 95, from: 'context' },
    intercom: { connected: false, unreadable: null, senior: null },
    ...more,
  };
}

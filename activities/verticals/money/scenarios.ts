/**
 * Labelled cases of Money, in Stripe's shapes before and since its API version 2025-03-31:
 * https://docs.stripe.com/api/events/types and https://docs.stripe.com/changelog/basil.
 */
import type { Json } from '../../../domain/text.ts';
import {
  stripeCharge,
  stripeCustomer,
  stripeEvent,
  stripeInvoice,
  stripeSubscription,
  type JsonObject,
  type Shape,
} from '../../../providers/stripe/testing.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';
import { sparse } from './scenarios-sparse.ts';

type Expected = Course['expect'][number];
const invoice_subject = 'stripe:invoice:in_1';
const email = (urgency: Expected['urgency'] = 'high', more: Partial<Expected> = {}): Expected => ({
  vertical: 'money',
  action_type: 'email',
  urgency,
  subject: invoice_subject,
  to: 'ana@example.com',
  ...more,
});
const pause = (urgency: Expected['urgency'] = 'high'): Expected => ({
  vertical: 'money',
  action_type: 'api_call',
  operation: 'stripe.pause_collection',
  urgency,
  subject: invoice_subject,
});
const dm = (urgency: Expected['urgency'] = 'high'): Expected => ({
  vertical: 'money',
  action_type: 'slack_dm',
  urgency,
  subject: invoice_subject,
  to: 'U0OLGA',
});
const none = (reason: RegExp): Pick<Course, 'expect' | 'reason'> => ({ expect: [], reason });
const one_email: Pick<Course, 'expect'> = { expect: [email()] };

const deliver = (payload: Json): Course['deliveries'][number] => ({ source: 'stripe', payload });
const top = { stripe_customer_id: 'cus_1', mrr_percentile: 95 };
const recently = { minutes: 30 };
type Age = Parameters<Moment['ago']>[0];

const invoiceEvent = (
  { ago }: Moment,
  type: string,
  more: { age?: Age; shape?: Shape; invoice?: Parameters<typeof stripeInvoice>[3]; livemode?: boolean } = {},
) => {
  const created = ago(more.age ?? recently);
  const { shape = 'new', invoice = {}, livemode } = more;
  return deliver(stripeEvent(type, stripeInvoice(shape, 'in_1', 'cus_1', { created, ...invoice }), { created, livemode }));
};
const failed = (at: Moment, more: Parameters<typeof invoiceEvent>[2] = {}) => invoiceEvent(at, 'invoice.payment_failed', more);
const chargeFailed = ({ ago }: Moment, shape: Shape, more: Parameters<typeof stripeCharge>[3] = {}) =>
  deliver(
    stripeEvent('charge.failed', stripeCharge(shape, 'ch_1', 'cus_1', { created: ago(recently), ...more }), { created: ago(recently) }),
  );
const subscription = (
  { ago }: Moment,
  type: string,
  more: Parameters<typeof stripeSubscription>[3] = {},
  {
    age = recently,
    previous,
    shape = 'new',
    id = 'sub_1',
    customer = 'cus_1',
  }: { age?: Age; previous?: JsonObject; shape?: Shape; id?: string; customer?: string } = {},
) =>
  deliver(
    stripeEvent(`customer.subscription.${type}`, stripeSubscription(shape, id, customer, more), {
      created: ago(age),
      previous_attributes: previous,
    }),
  );
const becamePastDue = (at: Moment, shape: Shape = 'new') =>
  subscription(at, 'updated', { status: 'past_due', latest_invoice: 'in_1' }, { shape, previous: { status: 'active' } });
const customerCreated = ({ ago }: Moment, more: JsonObject = {}) =>
  deliver(stripeEvent('customer.created', stripeCustomer('cus_1', more), { created: ago({ days: 90 }) }));

/** A top customer, as told, and these deliveries. */
function of_top(name: string, deliveries: (at: Moment) => Course['deliveries'], outcome: Omit<Course, 'deliveries' | 'context'>): Scenario {
  return { name, build: (at) => ({ context: { customers: [top] }, deliveries: deliveries(at), ...outcome }) };
}

/** What was told of the customer, and one failed invoice. */
function told(name: string, customer: JsonObject, outcome: Omit<Course, 'deliveries' | 'context'>, team: JsonObject[] = []): Scenario {
  return {
    name,
    build: (at) => ({ context: { customers: [{ stripe_customer_id: 'cus_1', ...customer }], team }, deliveries: [failed(at)], ...outcome }),
  };
}

const shapes = (['old', 'new'] as const).flatMap((shape): Scenario[] => [
  of_top(`a failed invoice in the ${shape} shape is an email`, (at) => [failed(at, { shape })], one_email),
  of_top(
    `a failed charge in the ${shape} shape belongs to its invoice`,
    (at) => [chargeFailed(at, shape), failed(at, { shape })],
    one_email,
  ),
  of_top(
    `charge, invoice and subscription in the ${shape} shape are one card`,
    (at) => [becamePastDue(at, shape), chargeFailed(at, shape), failed(at, { shape })],
    one_email,
  ),
  of_top(
    `a subscription in the ${shape} shape that becomes past due belongs to its latest invoice`,
    (at) => [customerCreated(at), becamePastDue(at, shape)],
    one_email,
  ),
]);

const links: Scenario[] = [
  of_top(
    'a charge whose payment intent names the invoice belongs to it',
    (at) => [
      customerCreated(at),
      deliver(
        stripeEvent(
          'payment_intent.payment_failed',
          {
            id: 'pi_1',
            object: 'payment_intent',
            customer: 'cus_1',
            invoice: 'in_1',
            amount: 49_900,
            currency: 'usd',
            status: 'requires_payment_method',
          },
          { created: at.ago(recently) },
        ),
      ),
      chargeFailed(at, 'new'),
    ],
    one_email,
  ),
  of_top(
    'a charge that was paid for no invoice has a card of its own',
    (at) => [customerCreated(at), chargeFailed(at, 'new', { payment_intent: null })],
    { expect: [email('high', { subject: 'stripe:charge:ch_1' })] },
  ),
  of_top(
    'two invoices of one customer are two cards',
    (at) => [failed(at), failed(at, { invoice: { id: 'in_2', payment_intent: 'pi_2', amount_due: 9_900, amount_remaining: 9_900 } })],
    { expect: [email(), email('high', { subject: 'stripe:invoice:in_2' })] },
  ),
  of_top(
    'the same failure again is one card',
    (at) => [failed(at, { age: { hours: 3 } }), failed(at), failed(at, { age: { minutes: 1 } })],
    one_email,
  ),
];

const threshold: Scenario[] = [
  told('percentile 90 is in the top 10 %', { mrr_percentile: 90 }, one_email),
  told('percentile 89.9 is not', { mrr_percentile: 89.9 }, none(/a small customer/)),
  of_top('a failure of exactly 24 hours ago is high', (at) => [failed(at, { age: { hours: 24 } })], one_email),
  of_top('a failure of a second more than 24 hours ago is critical', (at) => [failed(at, { age: { hours: 24, seconds: 1 } })], {
    expect: [email('critical')],
  }),
  of_top('a failure of 26 hours ago that arrives now is critical now', (at) => [failed(at, { age: { hours: 26 } })], {
    expect: [email('critical')],
  }),
  of_top(
    'a second attempt counts from the first',
    (at) => [failed(at, { age: { hours: 30 } }), failed(at, { invoice: { attempt_count: 2 } })],
    {
      expect: [email('critical')],
    },
  ),
  {
    name: 'the customer who pays more than nine of ten others is in the top 10 %',
    build: (at) => ({
      deliveries: [...others(at, 9, 1), subscription(at, 'created', {}, { age: { days: 90 } }), failed(at)],
      ...one_email,
    }),
  },
  {
    name: 'the customer who pays more than eight of ten others is not',
    build: (at) => ({
      deliveries: [...others(at, 8, 2), subscription(at, 'created', {}, { age: { days: 90 } }), failed(at)],
      ...none(/a small customer/),
    }),
  },
];

/** So many customers who pay less than $499.00 a month, and so many who pay more. */
function others(at: Moment, less: number, more: number): Course['deliveries'] {
  return Array.from({ length: less + more }, (_, index) => {
    const unit_amount = index < less ? 1_000 + index : 90_000 + index;
    return subscription(at, 'created', { unit_amount }, { age: { days: 90 }, id: `sub_x${index}`, customer: `cus_x${index}` });
  });
}

const settling = ['invoice.paid', 'invoice.payment_succeeded', 'invoice.voided', 'invoice.marked_uncollectible'].flatMap(
  (type): Scenario[] => [
    of_top(`${type} withdraws the card`, (at) => [failed(at), invoiceEvent(at, type, { age: { minutes: 1 } })], { expect: [] }),
    of_top(
      `a failure that arrives after ${type} is no card`,
      (at) => [invoiceEvent(at, type, { age: { minutes: 1 } }), failed(at)],
      none(/settled/),
    ),
  ],
);

const negatives: Scenario[] = [
  of_top('test mode is not real money', (at) => [failed(at, { livemode: false })], none(/^test mode$/)),
  told('a customer who has cancelled is not asked', { mrr_percentile: 99, cancelled: true }, none(/has cancelled/)),
  of_top(
    'a customer whose last subscription ended is not asked',
    (at) => [subscription(at, 'deleted', { status: 'canceled' }, { age: { hours: 2 } }), failed(at)],
    none(/has cancelled/),
  ),
  told('a small customer is no interruption', { mrr_cents: 0, currency: 'usd' }, none(/a small customer/)),
  {
    name: 'a customer of unknown revenue is no card',
    build: (at) => ({ deliveries: [chargeFailed(at, 'new')], ...none(/revenue is not known/) }),
  },
  of_top(
    'an invoice of nothing is nothing due',
    (at) => [failed(at, { invoice: { amount_due: 0, amount_remaining: 0 } })],
    none(/nothing is due/),
  ),
  of_top(
    'without an address there is nobody to write to',
    (at) => [failed(at, { invoice: { customer_email: null } })],
    none(/no email address/),
  ),
  of_top(
    'an invoice that another event shows as paid is settled',
    (at) => [invoiceEvent(at, 'invoice.updated', { age: { minutes: 5 }, invoice: { status: 'paid', amount_remaining: 0 } }), failed(at)],
    none(/the invoice is paid/),
  ),
  of_top(
    'a subscription that is still past due is no new failure',
    (at) => [subscription(at, 'updated', { status: 'past_due' }, { previous: { items: {} } })],
    none(/did not become past due/),
  ),
  of_top(
    'a subscription that recovers is no failure',
    (at) => [subscription(at, 'updated', { status: 'active' }, { previous: { status: 'past_due' } })],
    none(/not past due/),
  ),
  of_top(
    'a payment that succeeds is no failure',
    (at) => [deliver(stripeEvent('charge.succeeded', stripeCharge('new', 'ch_1', 'cus_1', {}), { created: at.ago(recently) }))],
    none(/no procedure lists/),
  ),
];

const olga = { email: 'olga@example.com', name: 'Olga', slack_user_id: 'U0OLGA' };
const owned = { mrr_percentile: 95, owner_email: olga.email };

const further_drafts: Scenario[] = [
  of_top(
    'with Stripe connected, keeping the plan is offered too',
    (at) => [subscription(at, 'created', {}, { age: { days: 90 } }), failed(at)],
    {
      connected: ['stripe'],
      expect: [email(), pause()],
    },
  ),
  of_top(
    'without an address the plan can be kept all the same',
    (at) => [subscription(at, 'created', {}, { age: { days: 90 } }), failed(at, { invoice: { customer_email: null } })],
    { connected: ['stripe'], expect: [pause()] },
  ),
  of_top(
    'a subscription that rests already is not paused again',
    (at) => [
      subscription(at, 'created', { pause_collection: { behavior: 'keep_as_draft', resumes_at: null } }, { age: { days: 90 } }),
      failed(at),
    ],
    { connected: ['stripe'], ...one_email },
  ),
  of_top(
    'a payment for no subscription leaves nothing to pause',
    (at) => [customerCreated(at), chargeFailed(at, 'new', { payment_intent: null })],
    {
      connected: ['stripe'],
      expect: [email('high', { subject: 'stripe:charge:ch_1' })],
    },
  ),
  told('with Slack connected, the account owner is told', owned, { connected: ['slack'], expect: [email(), dm()] }, [olga]),
  told('with both connected there are three drafts', owned, { connected: ['stripe', 'slack'], expect: [email(), pause(), dm()] }, [olga]),
  told('without Slack the account owner is not written to', owned, one_email, [olga]),
  told('an account owner without a Slack user is not written to', owned, { connected: ['slack'], ...one_email }, [{ email: olga.email }]),
  told('an account owner who has left is not written to', owned, { connected: ['slack'], ...one_email }, [
    { ...olga, departed_at: '2026-01-31' },
  ]),
  told('without an account owner nobody is written to', { mrr_percentile: 95 }, { connected: ['slack'], ...one_email }, [olga]),
  told(
    'the account owner of a small customer is left alone',
    { ...owned, mrr_percentile: 50 },
    { connected: ['slack'], ...none(/a small customer/) },
    [olga],
  ),
  {
    name: 'with the escalation time past, all drafts are critical',
    build: (at) => ({
      context: { customers: [{ stripe_customer_id: 'cus_1', ...owned }], team: [olga] },
      connected: ['stripe', 'slack'],
      deliveries: [failed(at, { age: { hours: 25 } })],
      expect: [email('critical'), pause('critical'), dm('critical')],
    }),
  },
];

const told_facts: Scenario[] = [
  {
    name: 'a near renewal enriches the card and changes nothing else',
    build: (at) => ({
      context: { customers: [{ ...top, renewal_at: at.ahead({ days: 30 }).toISOString() }] },
      deliveries: [failed(at)],
      ...one_email,
    }),
  },
  told(
    'a customer is told by the address of the invoice, too, in any case',
    { stripe_customer_id: null, email: 'ANA@example.com', mrr_percentile: 95 },
    { expect: [email('high', { to: 'ANA@example.com' })] },
  ),
  told(
    'an address that was told is where the email goes',
    { mrr_percentile: 95, email: 'billing@example.com' },
    { expect: [email('high', { to: 'billing@example.com' })] },
  ),
];

export const scenarios: Scenario[] = [
  ...shapes,
  ...links,
  ...threshold,
  ...settling,
  ...negatives,
  ...further_drafts,
  ...told_facts,
  ...sparse,
];

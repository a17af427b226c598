/**
 * Labelled cases with as little in their payloads as Stripe may send, or with its objects expanded. They are written out
 * rather than built by the samples of the other cases, so that what those always carry is not relied upon.
 */
import type { Json } from '../../../domain/text.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';

type JsonObject = { [key: string]: Json };
type Delivery = Course['deliveries'][number];
type Age = Parameters<Moment['ago']>[0];

const recently: Age = { minutes: 30 };

/** Deliveries of one moment. */
function stripe({ ago }: Moment) {
  let count = 0;
  const deliver = (type: string, object: JsonObject, age = recently, data: JsonObject = {}, livemode = true): Delivery => {
    count += 1;
    const created = Math.floor(ago(age).getTime() / 1_000);
    return { source: 'stripe', payload: { id: `evt_${count}`, type, created, livemode, data: { object, ...data } } };
  };
  const invoice = (type: string, more: JsonObject = {}, age = recently, livemode = true) =>
    deliver(
      `invoice.${type}`,
      { id: 'in_1', object: 'invoice', customer: 'cus_1', amount_due: 49_900, currency: 'usd', ...more },
      age,
      {},
      livemode,
    );
  const charge = (more: JsonObject = {}) => {
    const created = Math.floor(ago(recently).getTime() / 1_000);
    return deliver('charge.failed', {
      id: 'ch_1',
      customer: 'cus_1',
      amount: 49_900,
      currency: 'usd',
      created,
      payment_intent: 'pi_1',
      ...more,
    });
  };
  const subscription = (type: string, more: JsonObject = {}, age = recently, previous_attributes?: JsonObject) =>
    deliver(
      `customer.subscription.${type}`,
      { id: 'sub_1', customer: 'cus_1', status: 'active', currency: 'usd', items: priced(49_900), ...more },
      age,
      previous_attributes === undefined ? {} : { previous_attributes },
    );
  return { deliver, invoice, charge, subscription };
}

const priced = (unit_amount: number, interval = 'month', quantity = 1): Json => ({
  data: [{ price: { unit_amount, recurring: { interval } }, quantity }],
});

const ana = { stripe_customer_id: 'cus_1', email: 'ana@example.com', mrr_percentile: 95 };
const card = (subject = 'stripe:invoice:in_1', more: Partial<Course['expect'][number]> = {}) => ({
  expect: [{ vertical: 'money' as const, action_type: 'email', urgency: 'high' as const, subject, to: 'ana@example.com', ...more }],
});
const critical = card(undefined, { urgency: 'critical' });
const none = (reason?: RegExp): Pick<Course, 'expect' | 'reason'> => ({ expect: [], ...(reason && { reason }) });

function scenario(
  name: string,
  deliveries: (send: ReturnType<typeof stripe>) => Delivery[],
  outcome: Pick<Course, 'expect' | 'reason'>,
  customers: Json[] = [ana],
): Scenario {
  return { name, build: (at) => ({ context: { customers }, deliveries: deliveries(stripe(at)), ...outcome }) };
}

/** So many others who pay this much a month, as an owner told it. */
const others = (count: number, mrr_cents: number, currency = 'usd'): Json[] =>
  Array.from({ length: count }, (_, index) => ({ stripe_customer_id: `cus_${currency}_${mrr_cents}_${index}`, mrr_cents, currency }));
const untold = { stripe_customer_id: 'cus_1', email: 'ana@example.com' };
const of_intent = 'stripe:payment_intent:pi_1';
const intent = { id: 'pi_1', object: 'payment_intent', customer: 'cus_1', invoice: 'in_1' };

const whose_invoice: Scenario[] = [
  scenario('an expanded payment intent names the invoice of its charge', ({ charge }) => [charge({ payment_intent: intent })], card()),
  scenario('an invoice may be expanded in its charge', ({ charge }) => [charge({ invoice: { id: 'in_1' } })], card()),
  scenario(
    'a charge whose payment intent names the invoice later is withdrawn with it',
    ({ charge, deliver, invoice }) => [
      charge({ amount: 100 }),
      deliver('payment_intent.payment_failed', intent),
      invoice('paid', { status: 'paid' }, { minutes: 2 }),
    ],
    none(/withdrew 1 of 1/),
  ),
  scenario(
    'a charge of an invoice whose list of payments says that it is paid',
    ({ charge, invoice }) => [
      invoice('paid', { status: 'paid', payments: { data: [{ payment: { payment_intent: 'pi_1' } }] } }, { minutes: 1 }),
      charge(),
    ],
    none(/settled/),
  ),
  scenario(
    'a charge of an invoice that an invoice payment ties to it',
    ({ charge, deliver, invoice }) => [
      deliver('invoice_payment.paid', { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { payment_intent: 'pi_1' } }),
      invoice('paid', { status: 'paid' }, { minutes: 1 }),
      charge(),
    ],
    none(/settled/),
  ),
];

const past_due = { status: 'past_due', latest_invoice: 'in_1' };

const past_dues: Scenario[] = [
  scenario('past due without a word on what changed', ({ subscription }) => [subscription('updated', past_due)], card()),
  scenario(
    'past due before, and something else changed',
    ({ subscription }) => [subscription('updated', past_due, recently, { default_payment_method: 'pm_1' })],
    none(/did not become past due/),
  ),
  scenario(
    'past due without a latest invoice, which the invoice joins',
    ({ subscription, invoice }) => [
      subscription('updated', { status: 'past_due' }, recently, { status: 'active' }),
      invoice('payment_failed', { subscription: 'sub_1', status: 'open' }),
    ],
    card(),
  ),
  scenario(
    'past due with its latest invoice expanded',
    ({ subscription }) => [subscription('updated', { ...past_due, latest_invoice: { id: 'in_1' } })],
    card(),
  ),
  scenario(
    'past due for an invoice that was paid, which arrived first',
    ({ invoice, subscription }) => [invoice('paid', { status: 'paid' }, { minutes: 1 }), subscription('updated', past_due)],
    none(/settled/),
  ),
  scenario('past due for 26 hours', ({ subscription }) => [subscription('updated', past_due, { hours: 26 })], critical),
];

const invoices: Scenario[] = [
  scenario('an invoice of which only the amount and the customer are known', ({ invoice }) => [invoice('payment_failed')], card()),
  scenario(
    'an invoice that is paid in part',
    ({ invoice }) => [invoice('payment_failed', { amount_paid: 40_000, amount_remaining: 9_900 })],
    card(),
  ),
  scenario(
    'an invoice of which nothing remains',
    ({ invoice }) => [invoice('payment_failed', { amount_remaining: 0 })],
    none(/nothing is due/),
  ),
  scenario('an invoice that its own event shows void', ({ invoice }) => [invoice('payment_failed', { status: 'void' })], none(/is void/)),
  scenario(
    'a payment in test mode settles nothing',
    ({ invoice }) => [invoice('paid', { status: 'paid' }, { minutes: 1 }, false), invoice('payment_failed')],
    card(),
  ),
  scenario(
    'an attempt of 25 hours ago that arrives after the newer one',
    ({ invoice }) => [invoice('payment_failed', { attempt_count: 2 }), invoice('payment_failed', { attempt_count: 1 }, { hours: 25 })],
    critical,
  ),
];

const addresses: Scenario[] = [
  ...([{ receipt_email: 'pay@example.com' }, { billing_details: { email: 'pay@example.com' } }] as const).map((given) =>
    scenario(
      `a charge of which only the ${Object.keys(given).join()} is known`,
      ({ charge }) => [charge(given)],
      card(of_intent, { to: 'pay@example.com' }),
      [{ stripe_customer_id: 'cus_1', mrr_percentile: 95 }],
    ),
  ),
  scenario(
    'an address that was told goes before the one given with a payment',
    ({ charge }) => [charge({ billing_details: { email: 'pay@example.com' } })],
    card(of_intent),
  ),
  scenario(
    'a guest whose address an owner told with Stripe’s id',
    ({ charge }) => [charge({ customer: null, billing_details: { email: 'Ana@example.com' } })],
    card(of_intent),
  ),
  scenario(
    'a guest whose address an owner told of two customers',
    ({ charge }) => [charge({ customer: null, billing_details: { email: 'ana@example.com' } })],
    none(/revenue is not known/),
    [ana, { ...ana, stripe_customer_id: 'cus_2' }],
  ),
  scenario(
    'a guest whom an owner told by the address given with the payment',
    ({ charge }) => [charge({ customer: null, billing_details: { email: 'ana@example.com' } })],
    card(of_intent),
    [{ email: 'ana@example.com', mrr_percentile: 95 }],
  ),
];

const days_ago: Age = { days: 3 };

/** A subscription that was seen three days ago, a failed invoice now. */
function paying(name: string, what: JsonObject, outcome: Pick<Course, 'expect' | 'reason'>, rest: Json[]): Scenario {
  return scenario(name, ({ subscription, invoice }) => [subscription('created', what, days_ago), invoice('payment_failed')], outcome, [
    untold,
    ...rest,
  ]);
}

const revenue: Scenario[] = [
  paying('a trial pays nothing', { status: 'trialing' }, none(/a small customer/), others(10, 100)),
  paying('a paused subscription pays nothing', { status: 'paused' }, none(/a small customer/), others(10, 100)),
  paying('seats count each', { items: priced(1_000, 'month', 30) }, card(), others(10, 20_000)),
  paying('a year counts a twelfth a month', { items: priced(120_000, 'year') }, none(/a small customer/), others(10, 20_000)),
  paying('euros are not held against dollars', { currency: 'eur' }, card(), others(10, 9_900_000)),
  paying(
    'whoever has cancelled is nobody to be held against',
    {},
    card(),
    others(9, 100).concat([
      { stripe_customer_id: 'cus_x', mrr_cents: 90_000 },
      { stripe_customer_id: 'cus_y', mrr_cents: 90_000, cancelled: true },
    ]),
  ),
  ...[true, false].map((dollars_first) =>
    scenario(
      `most of what is paid counts, whichever currency came ${dollars_first ? 'last' : 'first'}`,
      ({ subscription, invoice }) => {
        const dollars = subscription('created', { id: 'sub_0', items: priced(500) }, days_ago);
        const euros = subscription('created', { currency: 'eur' }, days_ago);
        return [...(dollars_first ? [dollars, euros] : [euros, dollars]), invoice('payment_failed')];
      },
      card(),
      [untold, ...others(10, 10_000), ...others(10, 10_000, 'eur')],
    ),
  ),
  scenario(
    'what was told before the terms changed is overtaken',
    ({ subscription, invoice }) => [
      subscription('updated', { items: priced(100) }, { minutes: -1 }, { items: {} }),
      invoice('payment_failed'),
    ],
    none(/a small customer/),
    [ana, ...others(10, 5_000)],
  ),
  scenario(
    'one of two subscriptions has ended',
    ({ subscription, invoice }) => [
      subscription('deleted', { id: 'sub_0', status: 'canceled' }, days_ago),
      subscription('created', {}, days_ago),
      invoice('payment_failed'),
    ],
    card(),
  ),
  scenario(
    'a customer that was deleted at Stripe',
    ({ deliver, invoice }) => [deliver('customer.deleted', { id: 'cus_1', email: 'ana@example.com' }), invoice('payment_failed')],
    none(/has cancelled/),
  ),
];

export const sparse: Scenario[] = [...whose_invoice, ...past_dues, ...invoices, ...addresses, ...revenue];

/**
 * Labelled cases with as little in their payloads as Intercom may send. They are written out rather than built by the samples
 * of the other cases, so that what those always carry is not relied upon.
 */
import type { Json } from '../../../domain/text.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';

type JsonObject = { [key: string]: Json };
type Delivery = Course['deliveries'][number];
type Age = Parameters<Moment['ago']>[0];
type Outcome = Pick<Course, 'expect' | 'reason'>;

const just_now: Age = { minutes: 1 };
const author = { type: 'user', id: 'c1', name: 'Bo', email: 'bo@example.com' };
const contacts = { contacts: [{ type: 'contact', id: 'c1' }] };
const by = (type: string, delivered_as: string): JsonObject => ({ source: { delivered_as, author: { type, id: '9' } } });

/** Deliveries of one moment. */
function intercom({ ago }: Moment) {
  let count = 0;
  const seconds = (age: Age) => Math.floor(ago(age).getTime() / 1_000);
  const deliver = (topic: string, item: JsonObject, age = just_now): Delivery => {
    count += 1;
    return { source: 'intercom', payload: { id: `notif_${count}`, topic, created_at: seconds(age), data: { item } } };
  };
  const conversation = (topic: string, more: JsonObject = {}, age = just_now) =>
    deliver(`conversation.${topic}`, { type: 'conversation', id: '900', source: { author }, contacts, ...more }, age);
  const ticket = (topic: string, more: JsonObject = {}, age = just_now) =>
    deliver(`ticket.${topic}`, { type: 'ticket', id: '77', ...more }, age);
  return { deliver, conversation, ticket, seconds, ago };
}

const signs = { vip: true, churn_score: 0.8, mrr_percentile: 95 };
const bo = { intercom_contact_id: 'c1', email: 'bo@example.com', ...signs };
const apology = (urgency: 'high' | 'critical' = 'high'): Outcome => ({
  expect: [{ vertical: 'customer_fire', action_type: 'email', urgency, subject: 'intercom:contact:c1', to: 'bo@example.com' }],
});
const none = (reason?: RegExp): Outcome => ({ expect: [], ...(reason && { reason }) });

function scenario(
  name: string,
  deliveries: (send: ReturnType<typeof intercom>) => Delivery[],
  outcome: Outcome,
  customers: Json[] = [bo],
): Scenario {
  return { name, build: (at) => ({ context: { customers }, deliveries: deliveries(intercom(at)), ...outcome }) };
}

/** One conversation that begins now. */
const one = (name: string, more: JsonObject, outcome: Outcome, customers?: Json[]) =>
  scenario(name, ({ conversation }) => [conversation('user.created', more)], outcome, customers);

const people: Scenario[] = [
  one('a lead', { source: { author: { ...author, type: 'lead' } } }, apology()),
  one('contacts without their list', { contacts: [{ id: 'c1' }] }, apology()),
  one('nobody but who wrote', { contacts: null }, apology()),
  one('the second of two contacts wrote', { contacts: { contacts: [{ id: 'c0' }, { id: 'c1' }] } }, apology()),
  one('an item that does not say what it is', { type: null }, apology()),
  one('an id that is a number', { id: 900 }, apology()),
  ...['user.created', 'user.replied'].map((topic) =>
    scenario(`${topic} with its user alone`, ({ deliver }) => [deliver(`conversation.${topic}`, { id: '900', user: author })], apology()),
  ),
  one(
    'a bot in capitals, in the shape before API 2.0',
    { source: null, conversation_message: { author: { type: 'Bot', id: '9' } } },
    none(/started by a bot/),
  ),
  scenario(
    'a reply to what a campaign sent',
    ({ conversation }) => [conversation('user.replied', by('admin', 'campaigns_initiated'))],
    none(/automated message/),
  ),
  scenario(
    'a reply that does not say who began, to what an admin began',
    ({ conversation }) => [
      conversation('admin.single.created', by('admin', 'admin_initiated'), { hours: 1 }),
      conversation('user.replied', { source: null }),
    ],
    none(/started by an admin/),
  ),
];

const customers: Scenario[] = [
  one('a VIP told by the contact’s id alone', {}, apology(), [{ intercom_contact_id: 'c1', ...signs }]),
  one('a VIP told by an address alone, written otherwise', { source: { author: { ...author, email: ' Bo@Example.com ' } } }, apology(), [
    { email: 'bo@example.com', ...signs },
  ]),
  one(
    'a VIP told by Stripe’s id alone, which is the contact’s own',
    { contacts: { contacts: [{ id: 'c1', external_id: 'cus_1' }] } },
    apology(),
    [{ stripe_customer_id: 'cus_1', ...signs }],
  ),
  one('what was told of one customer in two parts', {}, apology(), [
    { intercom_contact_id: 'c1', vip: true, churn_score: 0.9 },
    { email: 'bo@example.com', mrr_percentile: 95 },
  ]),
];

const tickets: Scenario[] = [
  scenario('a ticket with its contacts alone', ({ ticket }) => [ticket('created', { contacts })], apology()),
  scenario('a ticket with its contact', ({ ticket }) => [ticket('created', { contact: { id: 'c1' } })], apology()),
  scenario('a ticket with its user', ({ ticket }) => [ticket('created', { user: author })], apology()),
  scenario('a ticket within its item', ({ deliver }) => [deliver('ticket.created', { ticket: { id: '77', contacts } })], apology()),
  scenario(
    'a ticket that is resolved when it is made',
    ({ ticket }) => [ticket('created', { contacts, ticket_state: 'resolved' })],
    none(/resolved/),
  ),
  scenario(
    'a ticket of a contact whose address an earlier notification told',
    ({ deliver, ticket }) => [
      deliver('contact.user.created', { type: 'contact', id: 'c1', role: 'user', email: 'bo@example.com' }, { days: 3 }),
      ticket('created', { contacts }),
    ],
    apology(),
    [{ email: 'bo@example.com', ...signs }],
  ),
  scenario('a ticket that was closed', ({ ticket }) => [ticket('created', { contacts }, { minutes: 9 }), ticket('closed')], none()),
];

const closing: Scenario[] = [
  scenario(
    'a closing that names nobody',
    ({ conversation, deliver }) => [conversation('user.created', {}, { minutes: 5 }), deliver('conversation.admin.closed', { id: '900' })],
    none(/withdrew 1 of 1/),
  ),
  ...[true, false].map((closed_last) =>
    scenario(
      `a closing in the same second, arriving ${closed_last ? 'last' : 'first'}`,
      ({ conversation }) => {
        const [created, closed] = [conversation('user.created'), conversation('admin.closed', { state: 'closed' })];
        return closed_last ? [created, closed] : [closed, created];
      },
      none(),
    ),
  ),
  scenario(
    'a reply after a day to what was closed',
    ({ conversation, seconds }) => {
      const began = { created_at: seconds({ days: 2 }) };
      return [
        conversation('user.created', began, { days: 2 }),
        conversation('admin.closed', { ...began, state: 'closed' }, { days: 1 }),
        conversation('user.replied', began),
      ];
    },
    apology(),
  ),
  scenario(
    'a reply to what was closed before anything was seen of it',
    ({ conversation, seconds }) => [
      conversation('user.replied', { created_at: seconds({ days: 2 }), statistics: { last_close_at: seconds({ days: 1 }) } }),
    ],
    apology(),
  ),
  ...['open', 'snoozed'].map((state) =>
    scenario(
      `a reply to what was snoozed, with its state still ${state}`,
      ({ conversation, seconds }) => {
        const began = { created_at: seconds({ hours: 2 }) };
        return [
          conversation('admin.snoozed', { ...began, state: 'snoozed' }, { hours: 1 }),
          conversation('user.replied', { ...began, state }),
        ];
      },
      apology(),
    ),
  ),
];

const ages: Scenario[] = [
  scenario(
    'four hours exactly, by the notification alone',
    ({ conversation }) => [conversation('user.created', {}, { hours: 4 })],
    apology(),
  ),
  scenario(
    'four hours and a second, with its time as a date',
    ({ conversation, ago }) => [conversation('user.created', { created_at: ago({ hours: 4, seconds: 1 }).toISOString() })],
    apology('critical'),
  ),
  scenario(
    'a reply without a time to what was opened five hours ago',
    ({ conversation, deliver, seconds }) => [
      conversation('user.created', { created_at: seconds({ hours: 5 }) }, { hours: 5 }),
      deliver('conversation.user.replied', { id: '900', user: author }),
    ],
    apology('critical'),
  ),
  scenario(
    'a ticket of five hours ago that arrives now',
    ({ ticket }) => [ticket('created', { contacts }, { hours: 5 })],
    apology('critical'),
  ),
];

export const sparse: Scenario[] = [...people, ...customers, ...tickets, ...closing, ...ages];

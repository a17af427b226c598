/**
 * Labelled cases of Customer Fire. Notifications are shaped as Intercom documents them, in the form before API 2.0 (`old`) and
 * since: https://developers.intercom.com/docs/references/webhooks/webhook-models
 */
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';
import type { Json } from '../../../domain/text.ts';
import { intercomConversation, intercomPing, intercomTicket, type ConversationOptions } from '../../../providers/intercom/testing.ts';
import { stripeCustomer, stripeEvent, stripeInvoice, stripeSubscription } from '../../../providers/stripe/testing.ts';
import { sparse } from './scenarios-sparse.ts';

type Told = { [key: string]: Json };
type Delivery = Course['deliveries'][number];
type Expected = Course['expect'][number];

const contact_id = '5ba682d23d7cf92bef87bfd4';
const subject = `intercom:contact:${contact_id}`;
const bo: Told = { email: 'bo@example.com', intercom_contact_id: contact_id, vip: true, churn_score: 0.8, mrr_percentile: 95 };
const told = (more: Told = {}): Told => ({ customers: [{ ...bo, ...more }] });

const apology = (more: Partial<Expected> = {}): Expected => ({
  vertical: 'customer_fire',
  action_type: 'email',
  urgency: 'high',
  subject,
  to: 'bo@example.com',
  ...more,
});
const assignment = (more: Partial<Expected> = {}): Expected => ({
  vertical: 'customer_fire',
  action_type: 'api_call',
  operation: 'intercom.assign',
  urgency: 'high',
  subject,
  ...more,
});

type Options = ConversationOptions & { at?: Date; notification_id?: string };
const conversation = (topic: string, more: Options = {}): Delivery => ({ source: 'intercom', payload: intercomConversation(topic, more) });
const created = (more: Options = {}): Delivery => conversation('conversation.user.created', more);
const replied = (more: Options = {}): Delivery => conversation('conversation.user.replied', more);
const closed = (more: Options = {}): Delivery => conversation('conversation.admin.closed', more);
const ticket = (topic: string, more: Parameters<typeof intercomTicket>[1] = {}): Delivery => ({
  source: 'intercom',
  payload: intercomTicket(topic, more),
});
const stripe = (payload: Delivery['payload']): Delivery => ({ source: 'stripe', payload });

function scenario(name: string, build: (at: Moment) => Course): Scenario {
  return { name, build };
}

/** One conversation, opened a minute ago, of a customer about whom this was told. */
function one(name: string, context: Told, expect: Course['expect'], reason?: RegExp, more: Options = {}): Scenario {
  return scenario(name, ({ ago }) => ({ context, deliveries: [created({ at: ago({ minutes: 1 }), ...more })], expect, reason }));
}

const triggers: Scenario[] = [
  one('a VIP at risk opens a conversation', told(), [apology()]),
  one('a VIP at risk opens a conversation, in the shape before API 2.0', told(), [apology()], undefined, { shape: 'old' }),
  scenario('a VIP at risk replies', ({ ago }) => ({
    context: told(),
    deliveries: [replied({ at: ago({ minutes: 1 }), created_at: ago({ hours: 1 }) })],
    expect: [apology()],
  })),
  scenario('a VIP at risk replies, in the shape before API 2.0', ({ ago }) => ({
    context: told(),
    deliveries: [replied({ shape: 'old', at: ago({ minutes: 1 }), created_at: ago({ hours: 1 }) })],
    expect: [apology()],
  })),
  scenario('a VIP at risk opens a ticket', ({ ago }) => ({
    context: told(),
    deliveries: [ticket('ticket.created', { at: ago({ minutes: 1 }) })],
    expect: [apology()],
  })),
  scenario('a VIP at risk opens a ticket, with its state as a word', ({ ago }) => ({
    context: told(),
    deliveries: [ticket('ticket.created', { shape: 'old', at: ago({ minutes: 1 }) })],
    expect: [apology()],
  })),
  scenario('an answer of ours asks for nothing', ({ ago }) => ({
    context: told(),
    deliveries: [conversation('conversation.admin.replied', { at: ago({ minutes: 1 }) })],
    expect: [],
    reason: /no procedure lists conversation\.admin\.replied/,
  })),
  scenario('a ping asks for nothing', ({ ago }) => ({
    context: told(),
    deliveries: [{ source: 'intercom', payload: intercomPing(ago({ minutes: 1 })) }],
    expect: [],
    reason: /a ping/,
  })),
];

const admin = { id: '814865', name: 'Mal Reynolds', email: 'mal@example.com', type: 'admin' };
const bot = { id: '814866', name: 'Fin', email: null, type: 'bot' };

const not_the_customer: Scenario[] = [
  one('an admin started the conversation', told(), [], /started by an admin/, { author: admin }),
  one('an admin started the conversation, in the shape before API 2.0', told(), [], /started by an admin/, { author: admin, shape: 'old' }),
  scenario('the customer replies to what an admin started', ({ ago }) => ({
    context: told(),
    deliveries: [replied({ author: admin, at: ago({ minutes: 1 }) })],
    expect: [],
    reason: /started by an admin/,
  })),
  one('a bot started the conversation', told(), [], /started by a bot/, { author: bot }),
  one('an outbound campaign started the conversation', told(), [], /automated message/, { delivered_as: 'campaigns_initiated' }),
  one('the operator started the conversation', told(), [], /automated message/, { delivered_as: 'operator_initiated' }),
  scenario('an admin opened the ticket', ({ ago }) => ({
    context: told(),
    deliveries: [ticket('ticket.created', { author: admin, at: ago({ minutes: 1 }) })],
    expect: [],
    reason: /started by an admin/,
  })),
];

const thresholds: Scenario[] = [
  one('a churn score of 0.61 is above 0.6', told({ churn_score: 0.61 }), [apology()]),
  one('a churn score of 0.60 is not above 0.6', told({ churn_score: 0.6 }), [], /churn score of 0\.6 \(told\) is not above/),
  one('percentile 90 is in the top 10 %', told({ mrr_percentile: 90 }), [apology()]),
  one('percentile 89.99 is not in the top 10 %', told({ mrr_percentile: 89.99 }), [], /a small customer/),
  one('a customer who is no VIP', told({ vip: false }), [], /not marked as a VIP/),
  one('a customer of whom nobody said that it is a VIP', { customers: [{ ...bo, vip: null }] }, [], /not marked as a VIP/),
  one('a VIP of whose revenue nothing is known', { customers: [{ ...bo, mrr_percentile: null }] }, [], /revenue is not known/),
  ...revenueRanks(),
];

/** Nine of ten others pay less, or eight. */
function revenueRanks(): Scenario[] {
  const others = (less: number) =>
    Array.from({ length: 10 }, (_, index) => ({ stripe_customer_id: `cus_x${index}`, mrr_cents: index < less ? 1_000 : 90_000 }));
  const context = (less: number) => ({ customers: [{ ...bo, mrr_percentile: null, mrr_cents: 50_000 }, ...others(less)] });
  return [
    one('a VIP who pays more than nine of ten others', context(9), [apology()]),
    one('a VIP who pays more than eight of ten others', context(8), [], /a small customer: pays more than 80 % of the others/),
  ];
}

const time: Scenario[] = [
  scenario('unresolved for exactly four hours is not longer', ({ ago }) => ({
    context: told(),
    deliveries: [created({ at: ago({ hours: 4 }) })],
    expect: [apology()],
  })),
  scenario('unresolved for four hours and a second, told late', ({ ago }) => ({
    context: told(),
    deliveries: [created({ at: ago({ hours: 4, seconds: 1 }) })],
    expect: [apology({ urgency: 'critical' })],
  })),
  scenario('a reply to what is unresolved for five hours', ({ ago }) => ({
    context: told(),
    deliveries: [replied({ at: ago({ minutes: 1 }), created_at: ago({ hours: 5 }), waiting_since: ago({ minutes: 1 }) })],
    expect: [apology({ urgency: 'critical' })],
  })),
  scenario('a reply to what was closed an hour ago starts its time anew', ({ ago }) => ({
    context: told(),
    deliveries: [
      created({ at: ago({ hours: 6 }) }),
      closed({ at: ago({ hours: 1 }), created_at: ago({ hours: 6 }) }),
      replied({ at: ago({ minutes: 1 }), created_at: ago({ hours: 6 }), waiting_since: ago({ minutes: 1 }) }),
    ],
    expect: [apology()],
  })),
  scenario('a later event raises the card that is there', ({ ago }) => ({
    context: told(),
    deliveries: [
      created({ at: ago({ hours: 3 }) }),
      replied({ at: ago({ minutes: 1 }), created_at: ago({ hours: 5 }), waiting_since: ago({ hours: 5 }) }),
    ],
    expect: [apology({ urgency: 'critical' })],
  })),
];

const closing: Scenario[] = [
  scenario('a conversation that is closed takes its card back', ({ ago }) => ({
    context: told(),
    deliveries: [created({ at: ago({ hours: 1 }) }), closed({ at: ago({ minutes: 1 }), created_at: ago({ hours: 1 }) })],
    expect: [],
  })),
  scenario('a closing that arrives first', ({ ago }) => ({
    context: told(),
    deliveries: [closed({ at: ago({ minutes: 1 }), created_at: ago({ hours: 1 }) }), created({ at: ago({ hours: 1 }) })],
    expect: [],
    reason: /closed/,
  })),
  scenario('a closing from before the last reply, arriving after it', ({ ago }) => ({
    context: told(),
    deliveries: [
      replied({ at: ago({ minutes: 1 }), created_at: ago({ hours: 2 }) }),
      closed({ at: ago({ hours: 1 }), created_at: ago({ hours: 2 }) }),
    ],
    expect: [apology()],
  })),
  one('a conversation that its own notification shows closed', told(), [], /already closed: the conversation is closed/, {
    state: 'closed',
  }),
  scenario('a deleted conversation takes its card back', ({ ago }) => ({
    context: told(),
    deliveries: [created({ at: ago({ hours: 1 }) }), conversation('conversation.deleted', { at: ago({ minutes: 1 }) })],
    expect: [],
  })),
  scenario('a resolved ticket takes its card back', ({ ago }) => ({
    context: told(),
    deliveries: [ticket('ticket.created', { at: ago({ hours: 1 }) }), ticket('ticket.state.updated', { at: ago({ minutes: 1 }) })],
    expect: [],
  })),
  scenario('a ticket that somebody works on is not resolved', ({ ago }) => ({
    context: told(),
    deliveries: [
      ticket('ticket.created', { at: ago({ hours: 1 }) }),
      ticket('ticket.state.updated', { state: 'in_progress', at: ago({ minutes: 1 }) }),
    ],
    expect: [apology()],
  })),
  scenario('a ticket in progress before it is created, as deliveries go', ({ ago }) => ({
    context: told(),
    deliveries: [
      ticket('ticket.state.updated', { state: 'in_progress', at: ago({ minutes: 1 }) }),
      ticket('ticket.created', { at: ago({ hours: 1 }) }),
    ],
    expect: [apology()],
  })),
];

const repeated: Scenario[] = [
  scenario('two conversations and a ticket of one customer are one card', ({ ago }) => ({
    context: told(),
    deliveries: [
      created({ id: '147', at: ago({ minutes: 9 }) }),
      created({ id: '148', at: ago({ minutes: 5 }) }),
      ticket('ticket.created', { at: ago({ minutes: 1 }) }),
    ],
    expect: [apology()],
  })),
  scenario('the same notification again changes nothing', ({ ago }) => {
    const delivery = created({ at: ago({ minutes: 5 }) });
    return { context: told(), deliveries: [delivery, delivery], expect: [apology()] };
  }),
  scenario('closing one of two conversations leaves the card', ({ ago }) => ({
    context: told(),
    deliveries: [
      created({ id: '147', at: ago({ minutes: 9 }) }),
      created({ id: '148', at: ago({ minutes: 5 }) }),
      closed({ id: '147', at: ago({ minutes: 1 }), created_at: ago({ minutes: 9 }) }),
    ],
    expect: [apology()],
  })),
  scenario('closing both conversations takes the card back', ({ ago }) => ({
    context: told(),
    deliveries: [
      created({ id: '147', at: ago({ minutes: 9 }) }),
      created({ id: '148', at: ago({ minutes: 5 }) }),
      closed({ id: '148', at: ago({ minutes: 2 }), created_at: ago({ minutes: 5 }) }),
      closed({ id: '147', at: ago({ minutes: 1 }), created_at: ago({ minutes: 9 }) }),
    ],
    expect: [],
  })),
  scenario('two customers are two cards', ({ ago }) => ({
    context: { customers: [bo, { ...bo, email: 'cy@example.com', intercom_contact_id: 'c2' }] },
    deliveries: [
      created({ id: '147', at: ago({ minutes: 9 }) }),
      created({ id: '148', at: ago({ minutes: 5 }), contact: { id: 'c2', name: 'Cy Adler', email: 'cy@example.com', external_id: null } }),
    ],
    expect: [apology(), apology({ subject: 'intercom:contact:c2', to: 'cy@example.com' })],
  })),
];

const customers: Scenario[] = [
  one('a contact nobody knows', { customers: [{ ...bo, email: 'cy@example.com', intercom_contact_id: 'c2' }] }, [], /no known customer/),
  one('a contact known by its address', { customers: [{ ...bo, intercom_contact_id: null }] }, [apology()]),
  one('a contact known by its id goes by the address that was told', told({ email: 'bo.marin@example.com' }), [
    apology({ to: 'bo.marin@example.com' }),
  ]),
  one('a contact without any address', { customers: [{ ...bo, email: null }] }, [], /no email address is known/, {
    contact: { email: null },
  }),
  one('a contact whose address only Intercom knows', { customers: [{ ...bo, email: null }] }, [apology()]),
  one('a customer who has cancelled, as was told', told({ cancelled: true }), [], /has cancelled/),
  scenario('a customer whose subscription has ended', ({ ago }) => ({
    context: told({ stripe_customer_id: 'cus_1' }),
    deliveries: [
      stripe(
        stripeEvent('customer.subscription.deleted', stripeSubscription('new', 'sub_1', 'cus_1', { status: 'canceled' }), {
          created: ago({ days: 1 }),
        }),
      ),
      created({ at: ago({ minutes: 1 }) }),
    ],
    expect: [],
    reason: /has cancelled/,
  })),
  scenario('a contact whose own id is the one Stripe gave', ({ ago }) => ({
    context: { customers: [{ ...bo, email: null, intercom_contact_id: null, stripe_customer_id: 'cus_1' }] },
    deliveries: [
      stripe(stripeEvent('customer.created', stripeCustomer('cus_1', { email: 'bo@work.example.com' }), { created: ago({ days: 1 }) })),
      created({ at: ago({ minutes: 1 }), contact: { external_id: 'cus_1' } }),
    ],
    expect: [apology({ to: 'bo@work.example.com' })],
  })),
  scenario('a contact with the address of a Stripe customer', ({ ago }) => ({
    context: { customers: [{ ...bo, email: null, intercom_contact_id: null, stripe_customer_id: 'cus_1' }] },
    deliveries: [
      stripe(stripeEvent('customer.created', stripeCustomer('cus_1', { email: 'Bo@example.com' }), { created: ago({ days: 1 }) })),
      created({ at: ago({ minutes: 1 }) }),
    ],
    expect: [apology({ to: 'Bo@example.com' })],
  })),
  one(
    'an address that two customers share',
    { customers: ['cus_1', 'cus_2'].map((stripe_customer_id) => ({ ...bo, intercom_contact_id: null, stripe_customer_id })) },
    [],
    /not clear which customer.*cus_1, cus_2/,
  ),
];

/** Nobody told a churn score: a subscription that ends is worth 40 points, each failed payment 10. */
function computed(name: string, failures: number, context: Told, expect: Course['expect'], reason?: RegExp): Scenario {
  return scenario(name, ({ ago }) => ({
    context: { customers: [{ ...bo, churn_score: null, stripe_customer_id: 'cus_1', ...context }] },
    deliveries: [
      stripe(
        stripeEvent('customer.subscription.created', stripeSubscription('new', 'sub_1', 'cus_1', { cancel_at_period_end: true }), {
          created: ago({ days: 40 }),
        }),
      ),
      ...Array.from({ length: failures }, (_, index) =>
        // Long enough ago for Money's card to be another matter: the invoice is given up.
        stripe(
          stripeEvent(
            'invoice.updated',
            stripeInvoice('new', `in_${index}`, 'cus_1', { status: 'uncollectible', created: ago({ days: 20 + index }) }),
            { created: ago({ days: 10 }) },
          ),
        ),
      ),
      created({ at: ago({ minutes: 1 }) }),
    ],
    expect,
    reason,
  }));
}

const churn: Scenario[] = [
  computed('a computed score of 0.7 is above 0.6', 3, {}, [apology()]),
  computed('a computed score of 0.6 is not above 0.6', 2, {}, [], /churn score of 0\.6 \(computed\) is not above/),
  computed('a score that was told goes before a computed one', 3, { churn_score: 0.2 }, [], /churn score of 0\.2 \(told\)/),
  one('nothing is known that speaks for leaving', { customers: [{ ...bo, churn_score: null }] }, [], /churn score of 0 \(computed\)/),
];

const seniors: Scenario[] = [
  scenario('with Intercom connected the founder takes over', ({ ago }) => ({
    context: { ...told(), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 1 }) })],
    expect: [apology(), assignment()],
  })),
  scenario('both cards are critical after four hours', ({ ago }) => ({
    context: { ...told({ owner_email: 'owner@example.com' }), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ hours: 5 }) })],
    expect: [apology({ urgency: 'critical' }), assignment({ urgency: 'critical' })],
  })),
  scenario('a contact without any address is given a senior all the same', ({ ago }) => ({
    context: { ...told({ email: null }), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 1 }), contact: { email: null } })],
    expect: [assignment()],
  })),
  scenario('an account owner who has left takes nothing over', ({ ago }) => ({
    context: {
      ...told({ owner_email: 'owner@example.com' }),
      team: [{ email: 'Owner@example.com', departed_at: ago({ days: 1 }).toISOString() }],
    },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 1 }) })],
    expect: [apology()],
  })),
  scenario('nobody in Intercom is known as a senior', ({ ago }) => ({
    context: told(),
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 1 }) })],
    expect: [apology()],
  })),
  scenario('a conversation that the senior has already', ({ ago }) => ({
    context: { ...told(), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 1 }), admin_assignee_id: '1001' })],
    expect: [apology()],
  })),
  scenario('a ticket is assigned through its conversation', ({ ago }) => ({
    context: { ...told(), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [ticket('ticket.created', { at: ago({ minutes: 1 }), conversation_id: '147' })],
    expect: [apology(), assignment()],
  })),
  scenario('closing the conversation takes both cards back', ({ ago }) => ({
    context: { ...told(), founder: { email: 'founder@example.com' } },
    connected: ['intercom'],
    deliveries: [created({ at: ago({ minutes: 9 }) }), closed({ at: ago({ minutes: 1 }) })],
    expect: [],
  })),
];

export const scenarios: Scenario[] = [
  ...triggers,
  ...not_the_customer,
  ...thresholds,
  ...time,
  ...closing,
  ...repeated,
  ...customers,
  ...churn,
  ...seniors,
  ...sparse,
];

/** Gathers the facts of a failed payment from stored events, what people told, and Stripe's API when it is connected. */
import type { Money } from '../../../domain/money.ts';
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';
import { failure_types, reasonToIgnore, settling_types } from '../../../providers/stripe/inbound.ts';
import type { StripeReader } from '../../../providers/stripe/reads.ts';
import { readCustomer, readInvoice, readSubscription, type Invoice, type Subscription } from '../../../providers/stripe/shapes.ts';
import type { People } from '../people.ts';
import { isEnded } from '../shared/customer.ts';
import type { Account } from '../shared/account.ts';
import type { Population, Revenues } from '../shared/revenue.ts';
import { standingOf } from '../shared/standing.ts';
import { toldAt } from '../shared/told.ts';
import { customerOf, customerTold, signedAddress } from './customer.ts';
import type { Incident, SeenObject } from './incident.ts';
import { accountOwner } from './owner.ts';
import { readIncident, reportedOf, type Report } from './reading.ts';
import type { MoneyFacts } from './rules.ts';

export interface FactsDeps {
  db: Pick<Database, 'sql'>;
  revenues: Revenues;
  /** Null when Stripe is not connected. */
  stripe: StripeReader | null;
  /** Whether an operation's provider, or `slack_dm`, is connected. */
  connected(name: string): boolean;
  people: Pick<People, 'slackUserOf' | 'hasLeft'>;
}

/** Throws when Postgres is down, and, with `fresh`, when a connected provider cannot be read: an old fact must not pass for a fresh one. */
export async function gatherMoney(
  deps: FactsDeps,
  event: StoredEvent,
  { fresh, keeps }: { fresh: boolean; keeps?: boolean },
): Promise<MoneyFacts> {
  const report = reportedOf(event);
  const [{ incident, seen, history, unreadable }, population] = await Promise.all([
    readIncident({ db: deps.db, stripe: deps.stripe, ...(keeps !== undefined && { keeps }) }, event, report),
    deps.revenues(event.org_id),
  ]);
  if (fresh && unreadable !== null) throw new Error(`Stripe could not be read: ${unreadable}`);

  const named = incident.invoice?.customer ?? incident.charge?.customer ?? report.customer;
  const customer_id = named ?? customerTold(population, signedAddress(null, incident));
  const seen_customer = customer_id === null ? null : newestOf(seen, 'customer', customer_id);
  const customer = seen_customer && readCustomer(seen_customer.data);
  const address = signedAddress(seen_customer, incident);
  const keys = [customer_id && `stripe:${customer_id}`, address && `email:${address.email.toLowerCase()}`].filter(
    (key) => typeof key === 'string',
  );
  const told = population.told(keys);
  const slack_connected = deps.connected('slack_dm');
  const { owner, unreadable: slack_unreadable } = await accountOwner(deps.people, {
    org_id: event.org_id,
    email: toldAt(told, 'owner_email'),
    connected: slack_connected,
  });
  if (fresh && slack_unreadable !== null) throw new Error(`Slack could not be read: ${slack_unreadable}`);
  const account = accountOf(customer_id, seen, population);
  const fallback_currency = incident.invoice?.currency ?? incident.charge?.currency ?? null;
  const { revenue, percentile } = standingOf({ account, told, population, own_keys: keys, fallback_currency });
  const failure = earliestFailure(event, report, history);
  const subscription = incident.subscription_id === null ? null : (account.subscriptions.get(incident.subscription_id) ?? null);
  return {
    event_id: event.id,
    reported: event.source === 'manual',
    irrelevant: report.irrelevant,
    subject: incident.subjects[0] ?? `stripe:event:${event.id}`,
    failed_at: failure.at,
    failed_event_id: failure.event_id,
    settled: settledOf(incident, history),
    invoice_id: incident.invoice?.id ?? null,
    charge_id: incident.charge?.id ?? null,
    subscription_id: incident.subscription_id,
    paused: subscription?.pause_collection != null,
    amount: amountOf(incident),
    link: linkOf(incident, event.source === 'manual'),
    decline_code: incident.charge?.decline_code ?? incident.payment_intent?.decline_code ?? null,
    next_attempt_at: incident.invoice?.next_payment_attempt ?? null,
    customer: customerOf(
      {
        id: customer_id,
        signed: seen_customer && customer && { customer, seen: seen_customer },
        signed_as_of: customer_id === null ? null : (newestOf(seen.filter(isSigned), 'customer', customer_id)?.as_of ?? null),
        address,
        told,
        account,
      },
      incident,
      event.source === 'manual',
    ),
    revenue,
    percentile,
    renewal_at: toldAt(told, 'renewal_at') ?? renewalOf(account, subscription),
    spend: spendOf(seen, customer_id, incident.invoice),
    stripe: { connected: deps.connected('stripe.pause_collection'), unreadable },
    owner,
    slack: { connected: slack_connected, unreadable: slack_unreadable },
  };
}

function isSigned({ event_id }: SeenObject): boolean {
  return event_id !== null;
}

export interface HistoryRow {
  id: string;
  type: string;
  occurred_at: Date;
  data: { object: Json; previous_attributes?: { [key: string]: Json } | null } | null;
}

function earliestFailure(event: StoredEvent, report: Report, history: readonly HistoryRow[]): { at: string; event_id: string } {
  const failures = history
    .filter(({ type, data }) => failure_types.includes(type) && data !== null && reasonToIgnore(type, data) === null)
    .map(({ id, occurred_at }) => ({ at: occurred_at.toISOString(), event_id: id }));
  const own = { at: report.failed_at ?? event.occurred_at.toISOString(), event_id: event.id };
  return [own, ...failures].reduce((first, other) => (Date.parse(other.at) < Date.parse(first.at) ? other : first));
}

const settled_statuses = new Set(['paid', 'void', 'uncollectible']);

/** What settled it stays settled, whichever event came first and whatever an older one shows. */
function settledOf({ invoice, payment_intent }: Incident, history: readonly HistoryRow[]): MoneyFacts['settled'] {
  const settling = history.find(({ type }) => settling_types.includes(type));
  if (settling) return { how: `${settling.type} arrived`, event_id: settling.id };
  if (invoice?.status && settled_statuses.has(invoice.status))
    return { how: `the invoice is ${invoice.status}`, event_id: invoice.seen.event_id };
  if (payment_intent?.status === 'succeeded') return { how: 'the payment succeeded', event_id: payment_intent.seen.event_id };
  return null;
}

function amountOf({ invoice, charge }: Incident): Money | null {
  const due = invoice?.amount_remaining ?? invoice?.amount_due ?? null;
  if (invoice?.currency && due !== null) return { amount_minor: due, currency: invoice.currency };
  return charge?.currency && charge.amount !== null ? { amount_minor: charge.amount, currency: charge.currency } : null;
}

/** A person's report may carry any address, so only Stripe's own is taken from it. */
function linkOf({ invoice }: Incident, reported: boolean): string | null {
  const link = invoice?.hosted_invoice_url ?? null;
  if (link === null || !reported || invoice?.seen.event_id !== null) return link;
  return /(^|\.)stripe\.com$/.test(new URL(link).hostname) ? link : null;
}

function accountOf(customer: string | null, seen: readonly SeenObject[], population: Population): Account {
  const known = population.account(customer ?? '');
  const subscriptions = new Map(known.subscriptions);
  // What the API read just now is newer than any stored event.
  for (const { kind, data, event_id } of seen) {
    const subscription = kind === 'subscription' && event_id === null ? readSubscription(data) : null;
    if (subscription?.customer === customer && subscription !== null) subscriptions.set(subscription.id, subscription);
  }
  return { ...known, subscriptions };
}

function renewalOf({ subscriptions }: Account, subscription: Subscription | null): string | null {
  const ends = (subscription === null ? [...subscriptions.values()] : [subscription])
    .filter((candidate) => !isEnded(candidate) && !candidate.cancel_at_period_end)
    .map(({ current_period_end }) => current_period_end);
  return ends.filter((end) => end !== null).sort()[0] ?? null;
}

const spend_invoices_max = 6;

function spendOf(seen: readonly SeenObject[], customer: string | null, invoice: Invoice | null): MoneyFacts['spend'] {
  const finalised = new Map<string, Invoice>();
  for (const { kind, data } of seen) {
    const candidate = kind === 'invoice' ? readInvoice(data) : null;
    if (
      candidate !== null &&
      candidate.customer === customer &&
      candidate.currency === invoice?.currency &&
      /^(paid|open|uncollectible)$/.test(candidate.status ?? '')
    )
      finalised.set(candidate.id, candidate);
  }
  return [...finalised.values()]
    .toSorted((a, b) => Date.parse(b.created ?? '') - Date.parse(a.created ?? ''))
    .slice(0, spend_invoices_max)
    .flatMap(({ id, total, amount_due }) =>
      total === null && amount_due === null ? [] : [{ id, amount_minor: total ?? amount_due ?? 0 }],
    );
}

function newestOf(seen: readonly SeenObject[], kind: string, id: string): SeenObject | null {
  return (
    seen
      .filter((object) => object.kind === kind && object.object_id === id)
      .toSorted((a, b) => Date.parse(b.as_of) - Date.parse(a.as_of))[0] ?? null
  );
}

/** Gathers the facts of a customer's call for help from stored events, what people told, and Intercom's API when it is connected. */
import type { StoredEvent } from '../../../domain/sop.ts';
import type { Database } from '../../../prisma/database.ts';
import type { IntercomReader, IntercomReading } from '../../../providers/intercom/reads.ts';
import type { People } from '../people.ts';
import { addressOf, inert, isCancelled } from '../shared/customer.ts';
import type { Account } from '../shared/account.ts';
import type { Revenues } from '../shared/revenue.ts';
import { standingOf } from '../shared/standing.ts';
import { toldAt, toldSince } from '../shared/told.ts';
import { createLookup, matchCustomer, type Match } from './customer.ts';
import { readContact, type ContactReading } from './reading.ts';
import type { FireFacts } from './rules.ts';
import { seniorsAmong, type Senior } from './senior.ts';
import { churnSignals } from './signals.ts';
import { endOf, isSame, openThreads, unresolvedSince, type Thread } from './threads.ts';

export interface FactsDeps {
  db: Pick<Database, 'sql'>;
  revenues: Revenues;
  people: Pick<People, 'founderOf' | 'hasLeft'>;
  /** Null when Intercom is not connected. */
  intercom: IntercomReader | null;
  /** Whether an operation's provider is connected. */
  connected(operation: string): boolean;
}

/** Throws when Postgres is down, and, with `fresh`, when a connected Intercom cannot be read: an old fact must not pass for a fresh one. */
export async function gatherFire(deps: FactsDeps, event: StoredEvent, { fresh }: { fresh: boolean }): Promise<FireFacts> {
  const { db, revenues, people, connected } = deps;
  const [reading, population, founder] = await Promise.all([
    readContact(db, event),
    revenues(event.org_id),
    people.founderOf(event.org_id),
  ]);
  const answer = await askIntercom(deps.intercom, reading);
  if (fresh && answer?.unreadable != null) throw new Error(`Intercom could not be read: ${answer.unreadable}`);
  const threads = reading.threads.map((thread) => withAnswer(thread, answer));

  const contact = contactOf(reading, event);
  const match = contact === null ? null : await matchCustomer(population, createLookup(db, event.org_id), contact);
  const told = match?.told ?? [];
  const stripe_id = match?.stripe?.id ?? null;
  const account = population.account(stripe_id ?? '');
  return {
    event_id: event.id,
    reported: event.source === 'manual',
    ...threadFacts(threads, reading, event),
    contact: contact && { id: contact.id, is_bot: reading.shown?.contact?.role === 'bot' },
    customer: customerFacts(match, contact, account),
    churn_told: toldAt(told, 'churn_score') ?? null,
    churn: await churnSignals(db, event.org_id, { stripe_id, account, threads }),
    ...standingOf({ account, told, population, own_keys: match?.keys ?? [], fallback_currency: null }),
    intercom: {
      connected: connected('intercom.assign'),
      unreadable: answer?.unreadable ?? null,
      senior: await seniorOf(people, event.org_id, answer?.admins ?? [], toldAt(told, 'owner_email') ?? null, founder?.email ?? null),
    },
  };
}

/** The best of them who has not left. */
async function seniorOf(
  people: Pick<People, 'hasLeft'>,
  org_id: string,
  ...among: Parameters<typeof seniorsAmong>
): Promise<Senior | null> {
  for (const senior of seniorsAmong(...among)) {
    if (senior.email === null || !(await people.hasLeft(org_id, senior.email))) return senior;
  }
  return null;
}

const threads_asked_max = 5;

async function askIntercom(intercom: IntercomReader | null, { shown, threads }: ContactReading): Promise<IntercomReading | null> {
  if (intercom === null || shown === null) return null;
  const others = openThreads(threads, shown).filter((thread) => !isSame(thread, shown));
  return intercom({ threads: [shown, ...others].slice(0, threads_asked_max).map(({ kind, id }) => ({ kind, id })) });
}

/** What the API shows is newer than any stored event. That it is open again, the customer's next word says. */
function withAnswer(thread: Thread, answer: IntercomReading | null): Thread {
  const now = answer?.threads.find((one) => isSame(thread, one));
  if (now === undefined) return thread;
  return { ...thread, over_now: now.over, admin_assignee_id: now.admin_assignee_id };
}

type ThreadFacts = Pick<FireFacts, 'irrelevant' | 'subject' | 'started_by' | 'closed' | 'thread' | 'unresolved' | 'open_count'>;

function threadFacts(threads: readonly Thread[], { shown, contact_id }: ContactReading, event: StoredEvent): ThreadFacts {
  const own = threads.find((thread) => isSame(thread, shown)) ?? null;
  const open = openThreads(threads, shown);
  const chosen = open.find((thread) => thread === own) ?? open.toSorted((a, b) => (a.as_of < b.as_of ? 1 : -1))[0] ?? own;
  const told_at = event.occurred_at.toISOString();
  const earliest = open
    .map((thread) => ({ thread, since: unresolvedSince(thread) ?? told_at }))
    .toSorted((a, b) => (a.since < b.since ? -1 : 1))[0];
  return {
    irrelevant: own === null ? 'it names no conversation and no ticket' : null,
    subject: contact_id === null ? `intercom:event:${event.id}` : `intercom:contact:${contact_id}`,
    started_by: own?.started_by ?? null,
    closed: own === null || open.length > 0 ? null : endOf(own),
    thread: chosen && {
      kind: chosen.kind,
      conversation_id: chosen.kind === 'conversation' ? chosen.id : chosen.conversation_id,
      signed: chosen.event_id !== null,
      admin_assignee_id: chosen.admin_assignee_id,
      event_id: chosen === own || chosen.event_id === null ? event.id : chosen.event_id,
    },
    unresolved: {
      since: earliest !== undefined && earliest.since < told_at ? earliest.since : told_at,
      assumed: earliest !== undefined && earliest.since < told_at && earliest.since === earliest.thread.created_at,
      event_id: earliest?.thread.event_id ?? event.id,
    },
    open_count: open.length,
  };
}

interface KnownContact {
  id: string;
  name: string | null;
  external_id: string | null;
  email: string | null;
  /** Which event told the address; null when only a person did. */
  email_event_id: string | null;
}

/** What a person reports stands behind what is signed. */
function contactOf({ shown, contact_id, contact: signed }: ContactReading, event: StoredEvent): KnownContact | null {
  if (contact_id === null) return null;
  const shown_here = shown?.contact?.id === contact_id ? shown.contact : null;
  const told = event.source === 'manual' ? null : shown_here;
  return {
    id: contact_id,
    name: told?.name ?? signed?.name ?? shown_here?.name ?? null,
    external_id: told?.external_id ?? signed?.external_id ?? shown_here?.external_id ?? null,
    email: told?.email ?? signed?.email ?? shown_here?.email ?? null,
    email_event_id: told?.email != null ? event.id : signed?.email != null ? signed.event_id : null,
  };
}

/** The address to write to: what was told or what Stripe has, by the newest of them, and only then what Intercom has. */
function customerFacts(match: Match | null, contact: KnownContact | null, account: Account): FireFacts['customer'] {
  const told = match?.told ?? [];
  const stripe = match?.stripe ?? null;
  const told_email = addressOf(toldSince(told, 'email', stripe?.as_of ?? null));
  const stripe_email = addressOf(stripe?.customer?.email);
  const addresses = [
    { email: told_email, email_from: 'context' as const, event_id: null },
    { email: stripe_email, email_from: 'stripe' as const, event_id: stripe?.event_id ?? null },
    { email: addressOf(toldAt(told, 'email')), email_from: 'context' as const, event_id: null },
    {
      email: addressOf(contact?.email),
      email_from: contact?.email_event_id === null ? ('report' as const) : ('intercom' as const),
      event_id: contact?.email_event_id ?? null,
    },
  ];
  const address = addresses.find(({ email }) => email !== null) ?? { email: null, email_from: null, event_id: null };
  return {
    matched_by: match?.by ?? null,
    ambiguous: match?.ambiguous ?? null,
    stripe_unclear: match?.stripe_unclear ?? false,
    name: inert(toldSince(told, 'name', stripe?.as_of ?? null) ?? stripe?.customer?.name ?? toldAt(told, 'name') ?? contact?.name),
    ...address,
    vip: toldAt(told, 'vip') ?? false,
    cancelled: isCancelled(account, told, stripe?.customer ?? null),
  };
}

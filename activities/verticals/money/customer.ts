/** Who the customer is and where to write, by the newest of what signed events and people told. */
import { address } from '../../../domain/address.ts';
import { normaliseText } from '../../../domain/text.ts';
import type { Customer } from '../../../providers/stripe/shapes.ts';
import type { Incident, SeenObject } from './incident.ts';
import { isNewer, type Account, type Told } from './revenue.ts';
import type { MoneyFacts } from './rules.ts';

export interface KnownCustomer {
  id: string | null;
  /** Stripe's own object, as last seen. */
  signed: { customer: Customer; seen: SeenObject } | null;
  /** When a signed event last showed it. What the API shows now may be as old as the account, and overtakes nothing that was told. */
  signed_as_of: string | null;
  signed_email: string | null;
  told: readonly Told[];
  account: Account;
}

export function customerOf(known: KnownCustomer, incident: Incident, reported: boolean): MoneyFacts['customer'] {
  const { id, signed, signed_as_of, signed_email, told, account } = known;
  const told_email = toldSince(told, 'email', signed_as_of);
  const told_name = toldSince(told, 'name', signed_as_of);
  const from_customer = signed_email !== null && signed?.customer.email != null;
  const source = from_customer ? signed.seen : (incident.invoice?.seen ?? null);
  return {
    id,
    name: inert(told_name ?? signed?.customer.name ?? incident.invoice?.customer_name ?? toldAt(told, 'name')),
    email: told_email ?? signed_email ?? toldAt(told, 'email') ?? null,
    email_reported: reported && told_email === undefined && signed_email !== null && source?.event_id === null && !from_customer,
    vip: toldAt(told, 'vip') ?? false,
    cancelled: isCancelled(account, told, signed?.customer ?? null),
    event_id: told_email !== undefined || signed_email === null ? null : (source?.event_id ?? null),
  };
}

/** What the email's own schema would refuse is no address. */
export function addressOf(text: string | null | undefined): string | null {
  return address.safeParse(text?.trim()).data ?? null;
}

/** The first fact of this name that was told, and that no newer signed event has overtaken. */
function toldSince<Name extends keyof Told['data']>(
  told: readonly Told[],
  name: Name,
  signed_as_of: string | null,
): Told['data'][Name] | undefined {
  return toldAt(
    told.filter(({ as_of }) => !isNewer(signed_as_of, as_of)),
    name,
  );
}

export function toldAt<Name extends keyof Told['data']>(told: readonly Told[], name: Name): Told['data'][Name] | undefined {
  return told.find(({ data }) => data[name] !== undefined)?.data[name];
}

const ended = new Set(['canceled', 'incomplete_expired']);

export function isEnded({ status }: { status: string | null }): boolean {
  return ended.has(status ?? '');
}

function isCancelled({ subscriptions, terms_as_of }: Account, told: readonly Told[], customer: Customer | null): boolean {
  const fact = told.find(({ data }) => data.cancelled !== undefined);
  if (fact?.data.cancelled !== undefined && !isNewer(terms_as_of, fact.as_of)) return fact.data.cancelled;
  if (customer?.deleted) return true;
  return subscriptions.size > 0 && [...subscriptions.values()].every(isEnded);
}

const name_chars_max = 80;

/** A customer's name is outside text: one line of visible characters, never markup. */
function inert(name: string | null | undefined): string | null {
  const plain = normaliseText(name ?? '')
    .replace(/[\p{C}<>{}[\]\s]+/gu, ' ')
    .trim()
    .slice(0, name_chars_max)
    // The cut may have split a character that takes two units.
    .replace(/[\uD800-\uDBFF]$/, '')
    .trim();
  return plain === '' ? null : plain;
}

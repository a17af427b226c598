/** Who the customer is and where to write, by the newest of what signed events and people told. */
import { readCustomer, type Customer } from '../../../providers/stripe/shapes.ts';
import { addressOf, inert, isCancelled } from '../shared/customer.ts';
import type { Account, Told } from '../shared/account.ts';
import type { Population } from '../shared/revenue.ts';
import { toldAt, toldSince } from '../shared/told.ts';
import type { Incident, SeenObject } from './incident.ts';
import type { MoneyFacts } from './rules.ts';

export interface KnownCustomer {
  id: string | null;
  /** Stripe's own object, as last seen. */
  signed: { customer: Customer; seen: SeenObject } | null;
  /** When a signed event last showed it. What the API shows now may be as old as the account, and overtakes nothing that was told. */
  signed_as_of: string | null;
  address: SignedAddress | null;
  told: readonly Told[];
  account: Account;
}

export interface SignedAddress {
  email: string;
  from: 'customer' | 'invoice' | 'charge';
  seen: SeenObject;
}

/** Stripe's own customer goes before the invoice, and both before what was given with the payment. */
export function signedAddress(customer: SeenObject | null, { invoice, charge }: Incident): SignedAddress | null {
  const places = [
    customer && { email: readCustomer(customer.data)?.email, from: 'customer' as const, seen: customer },
    invoice && { email: invoice.customer_email, from: 'invoice' as const, seen: invoice.seen },
    charge && { email: charge.email, from: 'charge' as const, seen: charge.seen },
  ];
  const addresses = places.flatMap((place) => {
    const email = addressOf(place?.email);
    return place === null || email === null ? [] : [{ ...place, email }];
  });
  return addresses[0] ?? null;
}

/** Which of Stripe's customers an owner told this address of; null when that is nobody or several. */
export function customerTold(population: Pick<Population, 'toldWhere'>, address: SignedAddress | null): string | null {
  if (address === null) return null;
  const told = population.toldWhere(({ email }) => email?.toLowerCase() === address.email.toLowerCase());
  const ids = [...new Set(told.flatMap(({ data }) => data.stripe_customer_id ?? []))];
  return ids.length === 1 ? (ids[0] ?? null) : null;
}

export function customerOf(known: KnownCustomer, incident: Incident, reported: boolean): MoneyFacts['customer'] {
  const { id, signed, signed_as_of, told, account } = known;
  const told_name = toldSince(told, 'name', signed_as_of);
  return {
    id,
    name: inert(told_name ?? signed?.customer.name ?? incident.invoice?.customer_name ?? toldAt(told, 'name')),
    ...recipientOf(known, reported),
    vip: toldAt(told, 'vip') ?? false,
    cancelled: isCancelled(account, told, signed?.customer ?? null),
  };
}

/** What was told goes first until Stripe's customer changes, and before what was merely given with a payment in any case. */
function recipientOf({ address, signed_as_of, told }: KnownCustomer, reported: boolean) {
  const confirmed = address?.from === 'charge' ? null : address;
  const told_email = toldSince(told, 'email', signed_as_of) ?? (confirmed === null ? toldAt(told, 'email') : undefined);
  if (told_email !== undefined || address === null) return { email: told_email ?? null, email_from: 'context' as const, event_id: null };
  const { email, from, seen } = address;
  const email_from = reported && from !== 'customer' && seen.event_id === null ? ('report' as const) : from;
  return { email, email_from, event_id: seen.event_id };
}

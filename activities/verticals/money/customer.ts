/** Who the customer is and where to write, by the newest of what signed events and people told. */
import type { Customer } from '../../../providers/stripe/shapes.ts';
import { inert, isCancelled } from '../shared/customer.ts';
import type { Account, Told } from '../shared/revenue.ts';
import { toldAt, toldSince } from '../shared/told.ts';
import type { Incident, SeenObject } from './incident.ts';
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

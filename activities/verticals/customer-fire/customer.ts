/** Which customer a contact is: by what people told, by Stripe's id, by address. */
import { addressOf } from '../shared/customer.ts';
import type { Told } from '../shared/account.ts';
import type { Population } from '../shared/revenue.ts';
import { readCustomer, type Customer } from '../../../providers/stripe/shapes.ts';
import type { Json } from '../../../domain/text.ts';
import type { Database } from '../../../prisma/database.ts';

export interface ContactIdentity {
  id: string;
  email: string | null;
  external_id: string | null;
}

export interface Match {
  /** How it was found; null when no customer is known. */
  by: 'intercom_contact_id' | 'external_id' | 'email' | null;
  /** What leaves it open which customer it is; null when that is clear. */
  ambiguous: string | null;
  stripe: { id: string; customer: Customer | null; as_of: string | null; event_id: string | null } | null;
  /** Several Stripe customers have the address, so none of them was taken. */
  stripe_unclear: boolean;
  /** Everything told about it, the newest first. */
  told: Told[];
  /** The keys it is ranked under. */
  keys: string[];
}

type Lookup = (wanted: { id: string } | { emails: string[] }) => Promise<StripeCustomer[]>;
export interface StripeCustomer {
  id: string;
  data: Json;
  as_of: string;
  event_id: string;
}

export async function matchCustomer(population: Population, lookUp: Lookup, contact: ContactIdentity): Promise<Match> {
  const email = addressOf(contact.email)?.toLowerCase() ?? null;
  const external = contact.external_id?.startsWith('cus_') ? contact.external_id : null;
  const { by, anchors } = anchorsOf(population, contact.id, external, email);
  const told_ids = distinct(anchors.map(({ data }) => data.stripe_customer_id));
  const ids = by === 'email' ? distinct([...told_ids, external]) : told_ids;
  if (ids.length > 1) return { ...nobody, by, ambiguous: `it fits ${ids.length} customers: ${ids.join(', ')}` };

  const emails = distinct([...anchors.map(({ data }) => data.email?.toLowerCase()), anchors.some(({ data }) => data.email) ? null : email]);
  const known_id = ids[0] ?? external;
  const found = known_id === null ? await lookUp({ emails }) : await lookUp({ id: known_id });
  if (known_id === null && found.length > 1 && anchors.length === 0)
    return { ...nobody, by: 'email', ambiguous: `${found.length} Stripe customers have its address` };
  const stripe =
    found.length === 1 ? toStripe(found[0]) : known_id === null ? null : { id: known_id, customer: null, as_of: null, event_id: null };

  const told = toldAbout(population, { by, anchors, stripe, emails, contact_id: contact.id });
  const keys = distinct([...told.map(({ key }) => key), stripe && `stripe:${stripe.id}`]);
  return {
    by: by ?? (stripe === null ? null : external === null ? 'email' : 'external_id'),
    ambiguous: null,
    stripe,
    stripe_unclear: known_id === null && found.length > 1,
    told,
    keys,
  };
}

const nobody: Omit<Match, 'by' | 'ambiguous'> = { stripe: null, stripe_unclear: false, told: [], keys: [] };

type KeyedTold = Told & { key: string };

/** The surest of what was told: by the contact's own id, then by Stripe's, then by address. */
function anchorsOf(population: Population, contact_id: string, external: string | null, email: string | null) {
  const by_id = population.toldWhere(({ intercom_contact_id }) => intercom_contact_id === contact_id);
  if (by_id.length > 0) return { by: 'intercom_contact_id' as const, anchors: by_id };
  const by_external = external === null ? [] : population.toldWhere(({ stripe_customer_id }) => stripe_customer_id === external);
  if (by_external.length > 0) return { by: 'external_id' as const, anchors: by_external };
  const by_email = email === null ? [] : population.toldWhere((customer) => customer.email?.toLowerCase() === email);
  return { by: by_email.length > 0 ? ('email' as const) : null, anchors: by_email };
}

interface Found {
  by: Match['by'];
  anchors: KeyedTold[];
  stripe: Match['stripe'];
  emails: string[];
  contact_id: string;
}

/** Also what was told under another of its names, unless that names somebody else. */
function toldAbout(population: Population, { by, anchors, stripe, emails, contact_id }: Found): KeyedTold[] {
  const addresses = distinct([...emails, stripe?.customer?.email?.toLowerCase()]);
  const others = population.toldWhere(({ stripe_customer_id, intercom_contact_id, email }) => {
    if (stripe_customer_id !== undefined) return stripe_customer_id === stripe?.id;
    const is_another = by === 'intercom_contact_id' && intercom_contact_id !== undefined && intercom_contact_id !== contact_id;
    return !is_another && email !== undefined && addresses.includes(email.toLowerCase());
  });
  const all = [...anchors, ...others.filter(({ key }) => !anchors.some((anchor) => anchor.key === key))];
  return all.toSorted((a, b) => Date.parse(b.as_of) - Date.parse(a.as_of));
}

function toStripe(found: StripeCustomer | undefined): Match['stripe'] {
  return found === undefined ? null : { id: found.id, customer: readCustomer(found.data), as_of: found.as_of, event_id: found.event_id };
}

function distinct(values: readonly (string | null | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value != null))];
}

export function createLookup(db: Pick<Database, 'sql'>, org_id: string): Lookup {
  return async (wanted) => {
    const ids = 'id' in wanted ? [wanted.id] : [];
    const emails = 'emails' in wanted ? wanted.emails : [];
    if (ids.length + emails.length === 0) return [];
    const rows = await db.sql<Omit<StripeCustomer, 'as_of'> & { as_of: Date }>`
      select object_id as id, data, as_of, event_id from provider_objects
      where org_id = ${org_id} and source = 'stripe' and kind = 'customer'
        and (object_id = any(${ids}) or (lower(data ->> 'email') = any(${emails}) and data ->> 'deleted' is distinct from 'true'))
      order by object_id`;
    return rows.map(({ as_of, ...row }) => ({ ...row, as_of: as_of.toISOString() }));
  };
}

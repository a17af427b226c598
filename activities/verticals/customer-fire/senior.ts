/** Who takes a customer's case over: the teammate in Intercom with the address of the account's owner, else of the founder. Pure. */
import type { IntercomAdmin } from '../../../providers/intercom/reads.ts';
import { inert } from '../shared/customer.ts';

export interface Senior {
  id: string;
  name: string;
  as: 'owner' | 'founder';
  away: boolean;
}

/** Only a teammate with a seat in the inbox can be assigned to: https://developers.intercom.com/docs/references/2.0/rest-api/admins/admin-model */
export function seniorAmong(admins: readonly IntercomAdmin[], owner_email: string | null, founder_email: string | null): Senior | null {
  const withAddress = (email: string | null) =>
    email === null ? undefined : admins.find((admin) => admin.has_inbox_seat && admin.email?.toLowerCase() === email.toLowerCase());
  const owner = withAddress(owner_email);
  const found = owner ?? withAddress(founder_email);
  if (found === undefined) return null;
  const as = owner === undefined ? 'founder' : 'owner';
  return { id: found.id, name: inert(found.name) ?? found.email ?? found.id, as, away: found.away };
}

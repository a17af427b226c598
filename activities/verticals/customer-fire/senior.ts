/** Who takes a customer's case over: somebody on our side in Intercom, by who they are known to be. Pure. */
import type { IntercomAdmin } from '../../../providers/intercom/reads.ts';
import { inert } from '../shared/customer.ts';

export interface Senior {
  id: string;
  name: string;
  email: string | null;
  /** What makes them one: the account is theirs, they founded the company, their title says it, or nobody has been there for longer. */
  as: 'owner' | 'founder' | 'title' | 'longest';
  away: boolean;
}

/** Everybody who could, the best first. Only a teammate with a seat in the inbox can be assigned to: https://developers.intercom.com/docs/references/2.0/rest-api/admins/admin-model */
export function seniorsAmong(admins: readonly IntercomAdmin[], owner_email: string | null, founder_email: string | null): Senior[] {
  const seated = admins.filter(({ has_inbox_seat }) => has_inbox_seat);
  const withAddress = (address: string | null) =>
    address === null ? [] : seated.filter(({ email }) => email?.toLowerCase() === address.toLowerCase());
  // Whoever is there for anybody is asked only while they are there.
  const there = seated.filter(({ away }) => !away);
  const ways: [Senior['as'], readonly IntercomAdmin[]][] = [
    ['owner', withAddress(owner_email)],
    ['founder', withAddress(founder_email)],
    ['title', there.filter(({ title }) => senior_title.test(title ?? ''))],
    // Intercom numbers people as they come.
    ['longest', there.toSorted((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1))],
  ];
  return ways.flatMap(([as, found]) =>
    found.map(({ id, name, email, away }) => ({ id, name: inert(name) ?? email ?? id, email, as, away })),
  );
}

const senior_title = /\b(senior|sr|lead|leader|head|principal|staff|manager|director|chief|vp|founder|co-?founder|c[eot]o)\b/i;

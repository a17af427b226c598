/** Whether what an action goes to is somebody known here. */
import type { Json } from '../domain/text.ts';
import type { Sql } from './database.ts';

export const unknown_recipient_note = 'Nothing stored here knows this recipient. Check the address before you approve.';

/**
 * Whether a stored customer or contact, an owner's word or a member has this address or Slack id. Other kinds of payload
 * name no recipient. Whoever wrote in without an account gave an address that nobody checked.
 */
export async function isKnownRecipient(sql: Sql, org_id: string, payload: Json): Promise<boolean> {
  const to = recipientOf(payload);
  if (to === null) return true;
  const address = to.toLowerCase();
  const rows = await sql`
    select 1 from context_facts where org_id = ${org_id} and kind in ('customer', 'team', 'founder')
      and (lower(data ->> 'email') = ${address} or data ->> 'slack_user_id' = ${to})
    union all select 1 from provider_objects where org_id = ${org_id} and kind in ('customer', 'contact') and lower(data ->> 'email') = ${address}
      and data ->> 'role' is distinct from 'lead'
    union all select 1 from members m join "user" u on u.id = m.user_id where m.org_id = ${org_id} and lower(u.email) = ${address}
    union all select 1 from slack_links where org_id = ${org_id} and slack_user_id = ${to}
    limit 1`;
  return rows.length > 0;
}

/** Null for a payload that names none. */
export function recipientOf(payload: Json): string | null {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  return typeof payload.to === 'string' ? payload.to : null;
}

/** Who a Slack user is to us: a member by their link, else whom an owner told of. */
import type { Sql } from './database.ts';

interface Messaged {
  org_id: string;
  action_type: string;
  payload: unknown;
}

/** The names by Slack user id, for cards of one organisation. Who is not known is left out. */
export async function recipientNames(sql: Sql, cards: readonly Messaged[]): Promise<Map<string, string>> {
  const ids = [...new Set(cards.flatMap((card) => recipientOf(card) ?? []))];
  const org_id = cards[0]?.org_id;
  if (ids.length === 0 || org_id === undefined) return new Map();
  const rows = await sql<{ id: string; name: string }>`
    select data ->> 'slack_user_id' as id, data ->> 'name' as name from context_facts
    where org_id = ${org_id} and kind = 'team' and data ->> 'slack_user_id' = any(${ids}) and data ->> 'name' is not null
    union all
    select l.slack_user_id, u.name from slack_links l join "user" u on u.id = l.user_id
    where l.org_id = ${org_id} and l.slack_user_id = any(${ids})`;
  // A member's link is the surer of the two, and comes last.
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The Slack user a message is for; null where it is for an address, or is no message. */
export function recipientOf({ action_type, payload }: Omit<Messaged, 'org_id'>): string | null {
  if (action_type !== 'slack_dm' || payload === null || typeof payload !== 'object' || !('to' in payload)) return null;
  return typeof payload.to === 'string' && !payload.to.includes('@') ? payload.to : null;
}

/** The account owner: who looks after a customer on our side, and what they are told in Slack. */
import { slack_member_id } from '../../../domain/action.ts';
import { formatMoney } from '../../../domain/money.ts';
import type { People } from '../people.ts';
import { inert } from '../shared/customer.ts';
import { nameOf } from './card.ts';
import type { MoneyFacts } from './rules.ts';

export interface AccountOwner {
  email: string;
  has_left: boolean;
  /** Null when Slack is not connected, or knows nobody for the address. */
  slack_user_id: string | null;
  /** How Slack or an owner calls them. */
  name: string | null;
}

/** `unreadable` when Slack had to be asked and did not answer. */
export async function accountOwner(
  people: Pick<People, 'slackUserOf' | 'hasLeft'>,
  { org_id, email, connected }: { org_id: string; email: string | undefined; connected: boolean },
): Promise<{ owner: AccountOwner | null; unreadable: string | null }> {
  if (email === undefined) return { owner: null, unreadable: null };
  const has_left = await people.hasLeft(org_id, email);
  if (!connected || has_left) return { owner: { email, has_left, slack_user_id: null, name: null }, unreadable: null };
  const { user, unreadable } = await people.slackUserOf(org_id, { email, email_told: true });
  // What was told as somebody's Slack id may be anything.
  const slack_user_id = slack_member_id.safeParse(user?.slack_user_id).data ?? null;
  return { owner: { email, has_left, slack_user_id, name: inert(user?.name) }, unreadable };
}

/** Fixed words: everything in them is on the card. */
export function messageFor(facts: MoneyFacts): string {
  const amount = facts.amount === null ? 'A payment' : `A payment of ${formatMoney(facts.amount)}`;
  const failed_at = `${facts.failed_at.slice(0, 10)} at ${facts.failed_at.slice(11, 16)} UTC`;
  return [
    `${amount} from ${nameOf(facts)} failed on ${failed_at} and nothing has settled it since.`,
    `You look after this account, so you may know why. A short word from you often helps; ${
      facts.customer.email === null ? 'we know no email address of theirs' : 'an email about the card is drafted already'
    }.`,
  ].join('\n\n');
}

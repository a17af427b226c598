/** What is proposed for a failed payment: the email, a rest for the subscription, a word to the account owner. Pure. */
import { pause_collection_payload } from '../../../domain/operations.ts';
import type { Priority } from '../../../domain/priority.ts';
import type { Draft } from '../../../domain/sop.ts';
import { nameOf } from './card.ts';
import { emailFor } from './email.ts';
import { messageFor } from './owner.ts';
import type { MoneyFacts, MoneySettings } from './rules.ts';

/** What the drafts of an incident show alike. */
export interface Card extends Omit<Draft, 'action' | 'basis' | 'flags'> {
  /** For a draft that somebody has to complete first. */
  priority_with_edit: Priority;
}

export function draftsOf(facts: MoneyFacts, { priority_with_edit, ...card }: Card, now: Date, settings: MoneySettings): Draft[] {
  const email = emailDraft(facts, { ...card, priority: facts.link === null ? priority_with_edit : card.priority });
  const drafts = [email, pauseDraft(facts, card, now, settings), ownerDraft(facts, card)].filter((draft) => draft !== null);
  return drafts.map((draft, place) => (place === 0 ? { ...draft, notes: [...draft.notes, ...whatLacks(facts)] } : draft));
}

type Shared = Omit<Card, 'priority_with_edit'>;

/** No recipient, no card: null without an address. */
function emailDraft(facts: MoneyFacts, card: Shared): Draft | null {
  const to = facts.customer.email;
  if (to === null) return null;
  return {
    ...card,
    action: { action_type: 'email', operation: null, payload: { to, ...emailFor(facts) } },
    basis: { to, ...amountOf(facts), link: facts.link },
    flags: flagsOf(facts),
  };
}

/** On the main card alone: what is not known, and what connecting it would add. */
function whatLacks({ customer, link, stripe, slack, owner }: MoneyFacts): string[] {
  const notes: string[] = [];
  if (customer.email === null) notes.push('No email address is known for this customer, so no email is drafted.');
  else if (link === null) notes.push('The link to the invoice is not known yet, so the email asks for a reply instead.');
  if (!stripe.connected) notes.push('With Stripe connected, pausing collection to keep the plan would be offered here too.');
  if (!slack.connected) notes.push('With Slack connected, a message to the account owner would be offered here too.');
  else if (slack.unreadable !== null)
    notes.push(`Slack could not be read just now (${slack.unreadable}), so no message to the account owner is drafted.`);
  else if (owner?.has_left) notes.push(`The account owner, ${owner.email}, has left, so no message to them is drafted.`);
  else if (owner !== null && owner.slack_user_id === null)
    notes.push(`No Slack user is known for the account owner, ${owner.email}, so no message to them is drafted.`);
  return notes;
}

function flagsOf({ link, amount, customer }: MoneyFacts): Draft['flags'] {
  const flags: Draft['flags'] = link === null || amount === null ? ['incomplete'] : [];
  return customer.email_from === 'report' ? [...flags, 'unknown_recipient'] : flags;
}

const hour_ms = 3_600_000;

/** Null when Stripe is not connected, no subscription is known that it could pause, or somebody has paused it already. */
function pauseDraft(facts: MoneyFacts, card: Shared, now: Date, settings: MoneySettings): Draft | null {
  const resumes_ms = now.getTime() + settings.pause_days * 24 * hour_ms;
  const resumes_at = new Date(Math.floor(resumes_ms / hour_ms) * hour_ms).toISOString();
  const payload = pause_collection_payload.safeParse({ subscription: facts.subscription_id, behavior: 'keep_as_draft', resumes_at }).data;
  if (!facts.stripe.connected || payload === undefined || facts.paused) return null;
  return {
    ...card,
    title: `${nameOf(facts)}: keep the plan, pause collection for ${settings.pause_days} days`,
    reasoning: `${card.reasoning} Pausing collection keeps the subscription while the card is sorted out: new invoices stay drafts until it resumes.`,
    notes: [...card.notes, 'The failed invoice itself is still retried by Stripe; only new invoices wait.'],
    action: { action_type: 'api_call', operation: 'stripe.pause_collection', payload },
    basis: { subscription: facts.subscription_id, ...amountOf(facts) },
    flags: [],
  };
}

/** No recipient, no card: null without an account owner who has a Slack user. */
function ownerDraft(facts: MoneyFacts, card: Shared): Draft | null {
  const to = facts.owner?.slack_user_id ?? null;
  if (!facts.slack.connected || to === null) return null;
  return {
    ...card,
    title: `${nameOf(facts)}: tell the account owner`,
    reasoning: `${card.reasoning} Whoever looks after the customer may know why, and a word from them helps.`,
    action: { action_type: 'slack_dm', operation: null, payload: { to, text: messageFor(facts) } },
    basis: { to, ...amountOf(facts) },
    // A later event may tell the amount.
    flags: facts.amount === null ? ['incomplete'] : [],
  };
}

/** How much it is about: compared with fresh facts before anything runs. */
function amountOf({ amount }: MoneyFacts): Draft['basis'] {
  return { amount_minor: amount?.amount_minor ?? null, currency: amount?.currency ?? null };
}

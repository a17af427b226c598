/** The Customer Fire rules: pure, from facts to a verdict. Every threshold is a named setting. */
import { priorityOf } from '../../../domain/priority.ts';
import type { Assessment } from '../../../domain/sop.ts';
import { customer_fire_thresholds, defaultsOf } from '../../../domain/thresholds.ts';
import { whySmall } from '../shared/rank.ts';
import { isTop, type Standing } from '../shared/standing.ts';
import { expiryAfter } from '../shared/expiry.ts';
import { evidenceOf, factsOf, nameOf, reasoningOf } from './card.ts';
import type { Match } from './customer.ts';
import { draftsOf, type Card } from './drafts.ts';
import { churnScore, type ChurnScore, type ChurnSignals } from './scores.ts';
import type { Senior } from './senior.ts';

export const customer_fire_settings = defaultsOf(customer_fire_thresholds);
export type CustomerFireSettings = typeof customer_fire_settings;

/** Everything the rules look at, as JSON: it is kept in the graph's checkpoint. Times are ISO 8601. */
export interface FireFacts extends Standing {
  event_id: string;
  /** Reported by a person rather than signed by Intercom. */
  reported: boolean;
  /** The event says nothing that a rule acts on. */
  irrelevant: string | null;
  subject: string;
  /** Who opened the conversation; null when nothing tells. */
  started_by: 'contact' | 'admin' | 'bot' | null;
  /** What ended it, and by which event; null while the contact has a conversation open. */
  closed: { how: string; event_id: string | null } | null;
  /** The conversation or ticket that the card is about. */
  thread: {
    kind: 'conversation' | 'ticket';
    /** Where somebody can be assigned; null for a ticket that names none. */
    conversation_id: string | null;
    /** Signed events know it. */
    signed: boolean;
    admin_assignee_id: string | null;
    event_id: string;
  } | null;
  unresolved: {
    since: string;
    /** It was opened before this event, and no closing in between was seen. */
    assumed: boolean;
    event_id: string;
  };
  /** How many of the contact's conversations and tickets are open. */
  open_count: number;
  contact: { id: string; is_bot: boolean } | null;
  customer: {
    matched_by: Match['by'];
    ambiguous: string | null;
    stripe_unclear: boolean;
    name: string | null;
    email: string | null;
    email_from: 'context' | 'stripe' | 'intercom' | 'report' | null;
    /** The event that told the address; null when a person told it, or nobody. */
    event_id: string | null;
    vip: boolean;
    cancelled: boolean;
  };
  /** What an owner told; it goes before what stored events add up to. */
  churn_told: number | null;
  churn: ChurnSignals;
  intercom: {
    /** Whether a conversation could be assigned from here. */
    connected: boolean;
    /** Why Intercom could not be read just now; null when it was, or is not connected. */
    unreadable: string | null;
    senior: Senior | null;
  };
}

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

/** What to propose, or why nothing. */
export function assessFire(facts: FireFacts, now: Date, settings: CustomerFireSettings = customer_fire_settings): Assessment {
  const churn = churnOf(facts, now, settings);
  const reason = reasonAgainst(facts, churn, settings);
  if (reason !== null) return { propose: false, reason };
  const drafts = draftsOf(facts, cardOf(facts, churn, now, settings));
  return drafts.length > 0 ? { propose: true, drafts } : { propose: false, reason: 'no email address is known for this customer' };
}

export interface Churn extends ChurnScore {
  from: 'context' | 'computed';
}

/** The score that was told, else the computed one with its parts. */
function churnOf(facts: Pick<FireFacts, 'churn_told' | 'churn'>, now: Date, settings: CustomerFireSettings): Churn {
  if (facts.churn_told !== null) return { score: facts.churn_told, parts: [], from: 'context' };
  return { ...churnScore(facts.churn, now, settings), from: 'computed' };
}

/** Why there is no proposal, whatever could be drafted; null when there may be one. VIP, churn score and revenue have to hold together. */
export function reasonAgainst(facts: FireFacts, churn: Churn, settings: CustomerFireSettings = customer_fire_settings): string | null {
  const { contact, customer, percentile, started_by, closed } = facts;
  if (facts.irrelevant !== null) return facts.irrelevant;
  if (started_by === 'admin') return 'the conversation was started by an admin, not by the customer';
  if (started_by === 'bot' || contact?.is_bot) return 'the conversation was started by a bot or an automated message';
  if (closed !== null) return `already closed: ${closed.how}`;
  if (contact === null) return 'it names no contact';
  if (customer.ambiguous !== null) return `it is not clear which customer this contact is: ${customer.ambiguous}`;
  if (customer.matched_by === null) return 'no known customer has this contact or its address';
  if (customer.cancelled) return 'the customer has cancelled';
  if (!customer.vip) return 'the customer is not marked as a VIP';
  if (percentile === null) return "the customer's monthly revenue is not known";
  if (!isTop(percentile.value, settings)) return whySmall(percentile, settings);
  if (!(churn.score > settings.churn_score_min))
    return `the churn score of ${churn.score} (${churn.from === 'context' ? 'told' : 'computed'}) is not above ${settings.churn_score_min}`;
  return null;
}

/** Whether it is unresolved for longer than the SOP's time. Exactly as long is not longer. */
export function isEscalated(since: string, now: Date, settings: CustomerFireSettings = customer_fire_settings): boolean {
  return now.getTime() - Date.parse(since) > settings.escalate_after_hours * hour_ms;
}

/** What both drafts of an incident show alike. */
function cardOf(facts: FireFacts, churn: Churn, now: Date, settings: CustomerFireSettings): Card {
  const critical = isEscalated(facts.unresolved.since, now, settings);
  const urgency = critical ? 'critical' : 'high';
  const judged = { churn, critical, settings };
  const { vip } = facts.customer;
  const since_ms = Date.parse(facts.unresolved.since);
  return {
    subject: facts.subject,
    urgency,
    title: `${nameOf(facts)}: a VIP at risk waits in support`,
    facts: factsOf(facts, judged),
    reasoning: reasoningOf(facts, judged),
    evidence: evidenceOf(facts, judged),
    priority: priorityOf({ urgency, revenue_percentile: facts.percentile?.value, needs_edit: false, vip, renewal_near: false }),
    notes: assumptionsOf(facts, churn),
    escalates_from: new Date(since_ms),
    escalates_at: new Date(since_ms + settings.escalate_after_hours * hour_ms),
    expires_at: expiryAfter(now, settings.expire_after_days * day_ms),
  };
}

function assumptionsOf(facts: FireFacts, churn: Churn): string[] {
  const { customer, unresolved } = facts;
  const notes: string[] = [];
  if (churn.from === 'computed') notes.push('No churn score was told, so it is computed from stored events; the evidence lists its parts.');
  if (facts.started_by === null) notes.push('Nothing tells who opened the conversation; it is taken to be the customer.');
  if (unresolved.assumed) notes.push('No closing was seen, so it counts as unresolved since it was opened.');
  if (customer.matched_by === 'email') notes.push('The contact was matched to the customer by its email address.');
  if (customer.stripe_unclear) notes.push('Several Stripe customers have this address, so nothing of theirs was used.');
  if (customer.email_from === 'intercom') notes.push('The address is the one Intercom has; neither Stripe nor an owner confirms it.');
  if (facts.reported) notes.push('Reported by a person, not signed by Intercom.');
  return notes;
}

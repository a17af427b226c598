/** The Money rules: pure, from facts to a verdict. Every threshold is a named setting. */
import { formatMoney, type Money } from '../../../domain/money.ts';
import { priorityOf } from '../../../domain/priority.ts';
import type { Assessment } from '../../../domain/sop.ts';
import { defaultsOf, money_thresholds } from '../../../domain/thresholds.ts';
import { whySmall } from '../shared/rank.ts';
import { isTop } from '../shared/standing.ts';
import { expiryAfter } from '../shared/expiry.ts';
import { evidenceOf, factsOf, nameOf, reasoningOf } from './card.ts';
import { draftsOf, type Card } from './drafts.ts';
import type { AccountOwner } from './owner.ts';

export const money_settings = defaultsOf(money_thresholds);
export type MoneySettings = typeof money_settings;

/** Everything the rules look at, as JSON: it is kept in the graph's checkpoint. Times are ISO 8601. */
export interface MoneyFacts {
  event_id: string;
  /** Reported by a person rather than signed by Stripe. */
  reported: boolean;
  /** The event says something that no rule acts on, such as test mode. */
  irrelevant: string | null;
  /** The preferred name of the incident. */
  subject: string;
  failed_at: string;
  failed_event_id: string;
  /** What ended it, and by which event; null while it is open. */
  settled: { how: string; event_id: string | null } | null;
  invoice_id: string | null;
  charge_id: string | null;
  subscription_id: string | null;
  /** Its collection is paused already, by whomever. */
  paused: boolean;
  /** What is owed; null when no stored object tells. */
  amount: Money | null;
  /** Where the card is updated and the invoice paid. */
  link: string | null;
  /** Stripe's code for why; shown only through our own list of sentences. */
  decline_code: string | null;
  next_attempt_at: string | null;
  customer: {
    id: string | null;
    name: string | null;
    email: string | null;
    /** Who names the address: an owner, Stripe's customer, the invoice, who paid with the charge, or only a person's report. */
    email_from: 'context' | 'customer' | 'invoice' | 'charge' | 'report';
    vip: boolean;
    cancelled: boolean;
    /** The event that told the name and the address; null when a person told them, or nobody. */
    event_id: string | null;
  };
  revenue: { amount_minor: number; currency: string; from: 'subscriptions' | 'invoice' | 'context' } | null;
  percentile: { value: number; from: 'context' | 'computed' } | null;
  renewal_at: string | null;
  /** Finalised invoices of the same currency, the newest first. */
  spend: { id: string; amount_minor: number }[];
  stripe: {
    /** Whether collection could be paused from here. */
    connected: boolean;
    /** Why Stripe could not be read just now; null when it was, or is not connected. */
    unreadable: string | null;
  };
  /** Who looks after the customer on our side, as an owner told it; null when nobody did. */
  owner: AccountOwner | null;
  slack: {
    /** Whether the account owner could be written to from here. */
    connected: boolean;
    /** Why Slack could not be read just now; null when it was, or need not be. */
    unreadable: string | null;
  };
}

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;

/** What to propose, or why nothing. */
export function assessMoney(facts: MoneyFacts, now: Date, settings: MoneySettings = money_settings): Assessment {
  const reason = reasonAgainst(facts, settings);
  if (reason !== null) return { propose: false, reason };
  const drafts = draftsOf(facts, cardOf(facts, now, settings), now, settings);
  return drafts.length > 0 ? { propose: true, drafts } : { propose: false, reason: 'no email address is known for this customer' };
}

/** Why there is no proposal, whatever could be drafted; null when there may be one. */
export function reasonAgainst(facts: MoneyFacts, settings: MoneySettings = money_settings): string | null {
  const { customer, amount, percentile } = facts;
  if (facts.irrelevant !== null) return facts.irrelevant;
  if (facts.settled !== null) return `already settled: ${facts.settled.how}`;
  if (amount !== null && amount.amount_minor <= 0) return 'nothing is due';
  if (customer.cancelled) return 'the customer has cancelled';
  if (percentile === null) return "the customer's monthly revenue is not known";
  if (!isTop(percentile.value, settings)) return whySmall(percentile, settings);
  return null;
}

/** Whether the failure is older than the SOP's time. Exactly as old is not older. */
export function isEscalated(failed_at: string, now: Date, settings: MoneySettings = money_settings): boolean {
  return now.getTime() - Date.parse(failed_at) > settings.escalate_after_hours * hour_ms;
}

/** How long until the contract renews; near up to and including `renewal_days_max`. Null without a renewal ahead. */
export function checkRunway(
  renewal_at: string | null,
  now: Date,
  settings: MoneySettings = money_settings,
): { days: number; near: boolean } | null {
  if (renewal_at === null) return null;
  const left_ms = Date.parse(renewal_at) - now.getTime();
  return left_ms < 0 ? null : { days: Math.ceil(left_ms / day_ms), near: left_ms <= settings.renewal_days_max * day_ms };
}

/** How far the latest invoice is from the mean of the earlier ones. Null with fewer than two. */
export function analyzeSpend(
  spend: readonly { amount_minor: number }[],
  settings: MoneySettings = money_settings,
): { percent: number; unusual: boolean } | null {
  const [latest, ...earlier] = spend.map(({ amount_minor }) => amount_minor);
  const sum = earlier.reduce((total, amount) => total + amount, 0);
  if (latest === undefined || sum <= 0) return null;
  // Whole numbers throughout, so that ten percent exactly is not more than ten percent.
  const apart = latest * earlier.length - sum;
  return {
    percent: Math.round((apart * 1000) / sum) / 10,
    unusual: Math.abs(apart) * 100 > Math.round(settings.spend_variance_min * 100) * sum,
  };
}

/** What the drafts of an incident show alike. */
function cardOf(facts: MoneyFacts, now: Date, settings: MoneySettings): Card {
  const critical = isEscalated(facts.failed_at, now, settings);
  const runway = checkRunway(facts.renewal_at, now, settings);
  const spend = analyzeSpend(facts.spend, settings);
  const judged = { now, critical, runway, spend, settings };
  const urgency = critical ? 'critical' : 'high';
  const ranked = {
    urgency,
    revenue_percentile: facts.percentile?.value,
    vip: facts.customer.vip,
    renewal_near: runway?.near ?? false,
  } as const;
  return {
    subject: facts.subject,
    urgency,
    title: `${nameOf(facts)}: ${facts.amount === null ? 'a payment' : formatMoney(facts.amount)} failed`,
    facts: factsOf(facts, judged),
    reasoning: reasoningOf(facts, judged),
    evidence: evidenceOf(facts, judged),
    priority: priorityOf({ ...ranked, needs_edit: false }),
    priority_with_edit: priorityOf({ ...ranked, needs_edit: true }),
    notes: assumptionsOf(facts),
    escalates_from: new Date(Date.parse(facts.failed_at)),
    escalates_at: new Date(Date.parse(facts.failed_at) + settings.escalate_after_hours * hour_ms),
    expires_at: expiryAfter(now, settings.expire_after_days * day_ms),
  };
}

function assumptionsOf(facts: MoneyFacts): string[] {
  const notes: string[] = [];
  if (facts.revenue?.from === 'invoice')
    notes.push('No subscription of this customer was seen, so the monthly revenue is taken from the latest subscription invoice.');
  if (facts.amount === null) notes.push('The amount is not known yet: no invoice for this subscription was seen.');
  if (facts.customer.email_from === 'charge')
    notes.push('The address was given with the payment; neither the customer at Stripe nor an owner confirms it.');
  if (facts.stripe.unreadable !== null)
    notes.push(`Stripe could not be read just now (${facts.stripe.unreadable}); this is drafted from stored events.`);
  if (facts.reported) notes.push('Reported by a person, not signed by Stripe.');
  return notes;
}

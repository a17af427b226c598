/** What a Customer Fire card shows: facts, reasons and evidence, each from the facts by our own code. Nothing the customer wrote. */
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';
import { claim, minuteOf, moment, row } from '../shared/card.ts';
import { revenueClaims, revenueRow, topSentence } from '../shared/rank.ts';
import type { Churn, CustomerFireSettings, FireFacts } from './rules.ts';

export interface Judged {
  churn: Churn;
  critical: boolean;
  settings: CustomerFireSettings;
}

export function factsOf(facts: FireFacts, { churn, critical, settings }: Judged): Fact[] {
  const { customer, thread, unresolved, open_count } = facts;
  const rows: (Fact | null)[] = [
    row('Customer', customer.vip ? `${nameOf(facts)} (VIP)` : nameOf(facts), customer.vip, customer.event_id),
    moment('Unresolved since', unresolved.since, critical, unresolved.event_id),
    row(
      'Open',
      open_count > 1 ? `${open_count} conversations and tickets` : `1 ${thread?.kind ?? 'conversation'}`,
      open_count > 1,
      facts.event_id,
    ),
    row('Churn score', `${churn.score} (${churn.from === 'context' ? 'told' : 'computed'})`, true, null),
    revenueRow(facts, settings),
    row('Assigned', thread?.admin_assignee_id == null ? 'to nobody' : 'to a teammate', false, thread?.event_id ?? null),
  ];
  return rows.filter((fact) => fact !== null);
}

export function reasoningOf(facts: FireFacts, { churn, critical, settings }: Judged): string {
  const { open_count, thread } = facts;
  const sentences = [
    open_count > 1
      ? `A VIP has ${open_count} conversations and tickets open in support.`
      : `A VIP wrote to support, and the ${thread?.kind ?? 'conversation'} is not resolved.`,
    `The churn score of ${churn.score} is above ${settings.churn_score_min}.`,
    topSentence(facts, settings),
    critical && `It is unresolved for more than ${settings.escalate_after_hours} hours, so this is critical.`,
  ];
  return sentences.filter((sentence) => typeof sentence === 'string').join(' ');
}

export function evidenceOf(facts: FireFacts, { churn }: Judged): Evidence[] {
  const { customer, unresolved } = facts;
  const claims: (Evidence | null)[] = [
    claim(`The customer wrote to support`, facts.event_id, null),
    claim(`It is unresolved since ${minuteOf(unresolved.since)}`, unresolved.event_id, null),
    claim('The customer is marked as a VIP', null, 'context'),
    claim(`The churn score is ${churn.score}`, null, churn.from === 'context' ? 'context' : 'churn_score'),
    ...churn.parts.map(({ what, points }) => claim(`${points} of 100 churn points: ${what}`, null, 'churn_score')),
    ...revenueClaims(facts),
    addressClaim(customer),
  ];
  return claims.filter((entry) => entry !== null);
}

function addressClaim({ email_from, event_id }: FireFacts['customer']): Evidence | null {
  const named = {
    context: 'An owner told the address',
    stripe: 'The address is the one Stripe has for this customer',
    intercom: 'The address is the one Intercom has for this contact',
    report: null,
  };
  const text = email_from === null ? null : named[email_from];
  return text === null ? null : claim(text, event_id, event_id === null ? 'context' : null);
}

export function nameOf({ customer }: Pick<FireFacts, 'customer'>): string {
  return customer.name ?? customer.email ?? 'A customer';
}

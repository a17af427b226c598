/** What a Customer Fire card shows: facts, reasons and evidence, each from the facts by our own code. Nothing the customer wrote. */
import { formatMoney } from '../../../domain/money.ts';
import type { Evidence, Fact } from '../../../domain/wire.ts';
import { rankOf } from '../shared/standing.ts';
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
    {
      label: 'Unresolved since',
      value: minuteOf(unresolved.since),
      unusual: critical,
      event_id: unresolved.event_id,
      at: unresolved.since,
    },
    row(
      'Open',
      open_count > 1 ? `${open_count} conversations and tickets` : `1 ${thread?.kind ?? 'conversation'}`,
      open_count > 1,
      facts.event_id,
    ),
    row('Churn score', `${churn.score} (${churn.from === 'context' ? 'told' : 'computed'})`, true, null),
    row('Revenue', revenueOf(facts, settings), false, null),
    row('Assigned', thread?.admin_assignee_id == null ? 'to nobody' : 'to a teammate', false, thread?.event_id ?? null),
  ];
  return rows.filter((fact) => fact !== null);
}

export function reasoningOf(facts: FireFacts, { churn, critical, settings }: Judged): string {
  const { percentile, open_count, thread } = facts;
  const sentences = [
    open_count > 1
      ? `A VIP has ${open_count} conversations and tickets open in support.`
      : `A VIP wrote to support, and the ${thread?.kind ?? 'conversation'} is not resolved.`,
    `The churn score of ${churn.score} is above ${settings.churn_score_min}.`,
    percentile && `The customer is in the top ${settings.top_percent} % by monthly revenue (${rankOf(percentile)}).`,
    critical && `It is unresolved for more than ${settings.escalate_after_hours} hours, so this is critical.`,
  ];
  return sentences.filter((sentence) => typeof sentence === 'string').join(' ');
}

export function evidenceOf(facts: FireFacts, { churn }: Judged): Evidence[] {
  const { customer, revenue, percentile, unresolved } = facts;
  const claims: (Evidence | null)[] = [
    claim(`The customer wrote to support`, facts.event_id, null),
    claim(`It is unresolved since ${minuteOf(unresolved.since)}`, unresolved.event_id, null),
    claim('The customer is marked as a VIP', null, 'context'),
    claim(`The churn score is ${churn.score}`, null, churn.from === 'context' ? 'context' : 'churn_score'),
    ...churn.parts.map(({ what, points }) => claim(`${points} of 100 churn points: ${what}`, null, 'churn_score')),
    revenue && claim(`Monthly revenue is ${formatMoney(revenue)}`, null, revenue.from === 'context' ? 'context' : 'mrr'),
    percentile &&
      claim(`The customer's revenue percentile: ${rankOf(percentile)}`, null, percentile.from === 'context' ? 'context' : 'mrr'),
    customer.email_from === null || customer.email_from === 'report'
      ? null
      : claim('The address is the one stored for this customer', customer.event_id, customer.event_id === null ? 'context' : null),
  ];
  return claims.filter((entry) => entry !== null);
}

export function nameOf({ customer }: Pick<FireFacts, 'customer'>): string {
  return customer.name ?? customer.email ?? 'A customer';
}

const row = (label: string, value: string | null, unusual: boolean, event_id: string | null): Fact | null =>
  value === null ? null : { label, value, unusual, event_id, at: null };

const claim = (text: string, event_id: string | null, metric: string | null): Evidence => ({ claim: text, event_id, metric });

function revenueOf({ revenue, percentile }: FireFacts, settings: CustomerFireSettings): string | null {
  const parts = [revenue && `${formatMoney(revenue)} a month`, percentile && `top ${settings.top_percent} % (${rankOf(percentile)})`];
  return parts.filter((part) => part !== null).join(', ') || null;
}

/** `2026-11-20 14:05 UTC`. */
const minuteOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

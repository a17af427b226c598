/** What a Money card shows: facts, reasons and evidence, each from the facts by our own code. */
import { formatMoney } from '../../../domain/money.ts';
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';
import { claim, minuteOf, moment, row } from '../shared/card.ts';
import { revenueClaims, revenueRow, topSentence } from '../shared/rank.ts';
import type { MoneyFacts, MoneySettings } from './rules.ts';

export interface Judged {
  now: Date;
  critical: boolean;
  runway: { days: number; near: boolean } | null;
  spend: { percent: number; unusual: boolean } | null;
  settings: MoneySettings;
}

/** Stripe's decline codes in our words. A code that is not listed is not shown. https://docs.stripe.com/declines/codes */
const declines: Readonly<Record<string, string>> = {
  approve_with_id: 'The bank could not authorise it',
  authentication_required: 'The bank asks the customer to confirm it',
  call_issuer: 'The bank declined it without a reason',
  card_declined: 'The bank declined the card',
  card_not_supported: 'The card does not allow this kind of payment',
  card_velocity_exceeded: 'The card is over its limit',
  currency_not_supported: 'The card does not allow this currency',
  debit_not_authorized: 'The customer told the bank that the debit was not authorised',
  do_not_honor: 'The bank declined it without a reason',
  expired_card: 'The card has expired',
  fraudulent: 'Stripe suspects fraud',
  generic_decline: 'The bank declined it without a reason',
  highest_risk_level: 'Stripe suspects fraud',
  incorrect_cvc: 'The security code is wrong',
  incorrect_number: 'The card number is wrong',
  insufficient_funds: 'Not enough money on the account',
  invalid_account: 'The account behind the card is closed or wrong',
  issuer_not_available: 'The bank could not be reached',
  lost_card: 'The card was reported lost',
  no_account: 'The account behind the card is closed or wrong',
  pickup_card: 'The card may no longer be used',
  processing_error: 'The bank had a processing error',
  stolen_card: 'The card was reported stolen',
  transaction_not_allowed: 'The bank does not allow this payment',
  try_again_later: 'The bank asks to try again later',
};

function declineOf(code: string | null): string | null {
  return code !== null && Object.hasOwn(declines, code) ? (declines[code] ?? null) : null;
}

export function factsOf(facts: MoneyFacts, { now, critical, runway, spend, settings }: Judged): Fact[] {
  const rows: (Fact | null)[] = [
    row('Customer', facts.customer.vip ? `${nameOf(facts)} (VIP)` : nameOf(facts), facts.customer.vip, facts.customer.event_id),
    row('Amount', facts.amount === null ? 'not known yet' : formatMoney(facts.amount), facts.amount === null, facts.failed_event_id),
    row(
      'Why it failed',
      declineOf(facts.decline_code),
      facts.decline_code === 'fraudulent' || facts.decline_code === 'stolen_card',
      facts.failed_event_id,
    ),
    moment('Failed', facts.failed_at, critical, facts.failed_event_id),
    revenueRow(facts, settings),
    moment('Renews', runway && facts.renewal_at, runway?.near ?? false, null),
    moment('Stripe retries', isAhead(facts.next_attempt_at, now) ? facts.next_attempt_at : null, false, facts.failed_event_id),
    row('Spend', spend && spendOf(spend.percent), spend?.unusual ?? false, null),
    row('Account owner', facts.owner && (facts.owner.name ?? facts.owner.email), false, null),
  ];
  return rows.filter((fact) => fact !== null);
}

export function reasoningOf(facts: MoneyFacts, { critical, runway, spend, settings }: Judged): string {
  const sentences = [
    `${facts.amount === null ? 'A payment' : `A payment of ${formatMoney(facts.amount)}`} failed and nothing has settled it since.`,
    topSentence(facts, settings),
    runway?.near && `The contract renews in ${runway.days} ${runway.days === 1 ? 'day' : 'days'}.`,
    spend?.unusual && `The latest invoice is ${spendOf(spend.percent)}.`,
    critical && `The failure is older than ${settings.escalate_after_hours} hours, so this is critical.`,
  ];
  return sentences.filter((sentence) => typeof sentence === 'string').join(' ');
}

export function evidenceOf(facts: MoneyFacts, { runway, spend }: Judged): Evidence[] {
  const failed = declineOf(facts.decline_code);
  const claims: (Evidence | null)[] = [
    claim(
      `The payment failed at ${minuteOf(facts.failed_at)}${failed === null ? '' : `: ${failed.charAt(0).toLowerCase()}${failed.slice(1)}`}`,
      facts.failed_event_id,
      null,
    ),
    facts.amount && claim(`${formatMoney(facts.amount)} is due`, facts.event_id, null),
    ...revenueClaims(facts),
    runway && claim(`The contract renews on ${facts.renewal_at?.slice(0, 10)}`, null, 'check_runway'),
    spend && claim(`The latest invoice is ${spendOf(spend.percent)}`, null, 'analyze_spend'),
    addressClaim(facts.customer),
  ];
  return claims.filter((entry) => entry !== null);
}

function addressClaim({ email, email_from, event_id }: MoneyFacts['customer']): Evidence | null {
  const named = {
    context: 'An owner told the address',
    customer: 'The address is the one Stripe has for this customer',
    invoice: 'The address is the one on the invoice',
    charge: 'The address was given with the payment',
    report: null,
  }[email_from];
  if (email === null || named === null) return null;
  return claim(named, event_id, event_id === null ? (email_from === 'context' ? 'context' : 'stripe') : null);
}

function isAhead(time: string | null, now: Date): boolean {
  return time !== null && Date.parse(time) > now.getTime();
}

function spendOf(percent: number): string {
  if (percent === 0) return 'as the earlier invoices';
  return `${Math.abs(percent)} % ${percent > 0 ? 'above' : 'below'} the mean of the earlier ones`;
}

export function nameOf({ customer }: MoneyFacts): string {
  return customer.name ?? customer.email ?? customer.id ?? 'A customer';
}

/** The card-update email in the rules' own words, and what a model's words must keep to. */
import { formatMoney } from '../../../domain/money.ts';
import type { Draft, WordingTask, Words } from '../../../domain/sop.ts';
import { greetingOf } from '../shared/greeting.ts';
import { common_rules, objectionToWords } from '../wording.ts';
import { nameOf } from './card.ts';
import type { MoneyFacts } from './rules.ts';

export const link_placeholder = '{{invoice_link}}';

export function emailFor(facts: MoneyFacts): Words {
  return fill(rulesWords(facts), facts.link);
}

/** How a model may word the email; null for a draft that is no email. */
export function moneyWording(facts: MoneyFacts, draft: Draft): WordingTask | null {
  if (draft.action.action_type !== 'email') return null;
  return {
    system: promptFor(facts.link !== null),
    facts: {
      greeting: greetingOf(facts.customer.name),
      amount: facts.amount === null ? null : formatMoney(facts.amount),
      vip: facts.customer.vip,
      link_known: facts.link !== null,
      example: { ...rulesWords(facts) },
    },
    outside: [nameOf(facts)],
    objection: (words) => objectionTo(words, facts),
    fill: (words) => fill({ subject: words.subject.trim(), body: words.body.trim() }, facts.link),
  };
}

function promptFor(link_known: boolean): string {
  const link_rule = link_known
    ? `Write ${link_placeholder} exactly once, on a line of its own, where the link to update the card belongs.`
    : 'There is no link yet: ask the reader to reply, and promise to send one.';
  return [
    "You word one short email from a startup's founder to a valued customer whose card payment failed.",
    'Kind, human, plain; no blame, no pressure, no threats, no marketing. Offer help by reply. At most 120 words.',
    link_rule,
    ...common_rules,
  ].join('\n');
}

/** Why these words may not go out; null when they may. */
export function objectionTo(words: Words, { link }: Pick<MoneyFacts, 'link'>): string | null {
  return objectionToWords(words, link === null ? null : link_placeholder);
}

function fill({ subject, body }: Words, link: string | null): Words {
  return { subject, body: link === null ? body : body.replaceAll(link_placeholder, () => link) };
}

function rulesWords(facts: MoneyFacts): Words {
  const amount = facts.amount === null ? null : formatMoney(facts.amount);
  const ask =
    facts.link === null
      ? ['Could you check that the card we have is still the right one? Reply to this email and I will send you a link to update it.']
      : ['You can update your card and settle the invoice here. It takes about a minute:', link_placeholder];
  return {
    subject: amount === null ? 'Your last payment did not go through' : `Your payment of ${amount} did not go through`,
    body: [
      greetingOf(facts.customer.name),
      `Your last payment${amount === null ? '' : ` of ${amount}`} did not go through. Cards expire and banks decline things all the time, so I wanted to tell you myself before it gets in your way.`,
      ...ask,
      'If something is unclear, or if something on our side gave you a reason to hesitate, just reply. I read every answer and will sort it out with you.',
      'Thank you for being with us.',
    ].join('\n\n'),
  };
}

/** The apology in the rules' own words, and what a model's words must keep to. Nothing the customer wrote is in it. */
import type { Draft, WordingTask, Words } from '../../../domain/sop.ts';
import { greetingOf } from '../shared/greeting.ts';
import { common_rules, objectionToWords } from '../wording.ts';
import { nameOf } from './card.ts';
import type { FireFacts } from './rules.ts';

export function apologyFor({ customer }: Pick<FireFacts, 'customer'>): Words {
  return {
    subject: 'I am sorry for the trouble',
    body: [
      greetingOf(customer.name),
      'I saw that you had to turn to our support, and I am sorry for the trouble.',
      'You have trusted us with your work, so I wanted to write to you myself rather than leave it at a ticket.',
      'If there is anything you would like me to know, or if something has bothered you for longer, just reply to this email. I read every answer.',
      'Thank you for your patience with us.',
    ].join('\n\n'),
  };
}

/** How a model may word the apology; null for a draft that is no email. */
export function fireWording(facts: FireFacts, draft: Draft): WordingTask | null {
  if (draft.action.action_type !== 'email') return null;
  return {
    system: prompt,
    facts: { greeting: greetingOf(facts.customer.name), vip: facts.customer.vip, example: { ...apologyFor(facts) } },
    outside: [nameOf(facts)],
    objection: (words) => objectionToWords(words, null) ?? promiseIn(words),
    fill: ({ subject, body }) => ({ subject: subject.trim(), body: body.trim() }),
  };
}

const prompt = [
  "You word one short apology from a startup's founder to a valued customer who had to write to support.",
  'Kind, human, plain; no excuses, no marketing. At most 120 words. You do not know what the customer wrote: do not guess at it, and do not quote it.',
  'Promise nothing: no refund, no credit, no discount, no fix, no date.',
  ...common_rules,
].join('\n');

const promise =
  /\b(refund|reimburs|compensat|credit|discount|voucher|rebate|guarantee|promise|free (of charge|month|of cost)|for free|will (fix|resolve|solve|repair|be fixed|be resolved)|by (today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|the end of)|within (the|an|a|\d+))/i;

/** What was not promised by a person is not promised by a model. */
function promiseIn({ subject, body }: Words): string | null {
  return promise.test(`${subject}\n${body}`.normalize('NFKC')) ? 'a promise' : null;
}

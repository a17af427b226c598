/** What is proposed for a customer's call for help: the apology, and a senior for the conversation. Pure. */
import { operations } from '../../../domain/operations.ts';
import type { Draft } from '../../../domain/sop.ts';
import { nameOf } from './card.ts';
import { apologyFor } from './email.ts';
import type { FireFacts } from './rules.ts';
import type { Senior } from './senior.ts';

/** What both drafts of an incident show alike. */
export type Card = Omit<Draft, 'action' | 'basis' | 'flags'>;

export function draftsOf(facts: FireFacts, card: Card): Draft[] {
  const drafts = [apologyDraft(facts, card), assignDraft(facts, card)].filter((draft) => draft !== null);
  return drafts.map((draft, place) => (place === 0 ? { ...draft, notes: [...draft.notes, ...whatLacks(facts)] } : draft));
}

/** No recipient, no card: null without an address. */
function apologyDraft(facts: FireFacts, card: Card): Draft | null {
  const to = facts.customer.email;
  if (to === null) return null;
  return {
    ...card,
    action: { action_type: 'email', operation: null, payload: { to, ...apologyFor(facts) } },
    basis: { to },
    flags: facts.customer.email_from === 'report' ? ['unknown_recipient'] : [],
  };
}

/** Null when there is nobody to assign it to, nothing to assign, or it is assigned already. */
function assignDraft(facts: FireFacts, card: Card): Draft | null {
  const { senior } = facts.intercom;
  const payload = operations['intercom.assign'].payload.safeParse({
    conversation: facts.thread?.conversation_id,
    assignee_id: senior?.id,
  }).data;
  if (senior === null || payload === undefined || whyNoAssignment(facts) !== null) return null;
  return {
    ...card,
    title: `${nameOf(facts)}: assign the conversation to ${senior.name}`,
    reasoning: `${card.reasoning} ${senior.name} ${roles[senior.as]}.`,
    notes: [...card.notes, ...notesOnSenior(senior)],
    action: { action_type: 'api_call', operation: 'intercom.assign', payload },
    basis: payload,
    flags: [],
  };
}

const roles = {
  owner: 'looks after this account',
  founder: 'is the founder',
  title: 'has a senior title in Intercom',
  longest: 'has been in Intercom for longest',
};

function notesOnSenior({ name, as, away }: Senior): string[] {
  const notes: string[] = [];
  if (as === 'title' || as === 'longest')
    notes.push(
      `Neither the account owner nor the founder has a seat in Intercom under a known address, so ${name} is assumed to be a senior.`,
    );
  if (away) notes.push(`${name} is set to away in Intercom just now.`);
  return notes;
}

/** On the main card alone. */
function whatLacks(facts: FireFacts): string[] {
  const no_apology = facts.customer.email === null ? 'No email address is known for this customer, so no apology is drafted.' : null;
  return [no_apology, whyNoAssignment(facts)].filter((note) => note !== null);
}

function whyNoAssignment({ intercom, thread }: FireFacts): string | null {
  if (!intercom.connected) return 'With Intercom connected, assigning the conversation to a senior would be offered here too.';
  if (intercom.unreadable !== null) return `Intercom could not be read just now (${intercom.unreadable}), so no assignment is offered.`;
  if (!thread?.signed) return 'No signed event shows this conversation, so no assignment is offered.';
  if (thread.conversation_id === null) return 'A ticket without a conversation is assigned in Intercom itself.';
  if (intercom.senior === null) return 'Nobody is there in Intercom who could take it over, so no assignment is offered.';
  return thread.admin_assignee_id === intercom.senior.id ? `It is assigned to ${intercom.senior.name} already.` : null;
}

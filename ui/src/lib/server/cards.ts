import type { App, Person } from '#domain/app.ts';
import type { ProposalView } from '#domain/wire/card.ts';
import type { Card } from '#lib/card/card.ts';

/** What the inbox shows of a proposal: for the failed and the unknown also what the last attempt ended with. */
export async function cardOf(app: App, person: Person, view: ProposalView): Promise<Card> {
  if (view.status !== 'failed' && view.status !== 'unknown') return { ...view, error: null };
  const last = (await app.executions(person, view.id)).at(-1);
  return { ...view, error: last?.error ?? last?.attempts.at(-1)?.error ?? null };
}

/** More than a person approves within one window is not worth a line each. */
const approved_max = 50;

/** What is approved and has not started: whoever may can take it back, from any device. */
export async function approvedCards(app: App, person: Person): Promise<Card[]> {
  const { proposals } = await app.inbox(person, { status: 'approved', order: 'newest', snoozed: 'shown', limit: approved_max });
  const waiting = proposals.filter(({ executes_at }) => executes_at !== null && Date.parse(executes_at) > Date.now());
  return Promise.all(waiting.map((view) => cardOf(app, person, view)));
}

import type { App, Person } from '#domain/app.ts';
import type { ProposalView } from '#domain/wire.ts';
import type { Card } from '#lib/card/card.ts';

/** What the inbox shows of a proposal: for the failed and the unknown also what the last attempt ended with. */
export async function cardOf(app: App, person: Person, view: ProposalView): Promise<Card> {
  if (view.status !== 'failed' && view.status !== 'unknown') return { ...view, error: null };
  const last = (await app.executions(person, view.id)).at(-1);
  return { ...view, error: last?.error ?? last?.attempts.at(-1)?.error ?? null };
}

import type { App, Person } from '#domain/app.ts';

/** How far somebody has come who tries the product. */
export interface FirstSteps {
  /** Whether anything ever came in. */
  sent: boolean;
  decided: boolean;
  /** What ran last. */
  ran: { id: string; mail: boolean } | null;
  /** Whether a real provider is connected. */
  connected: boolean;
}

export async function firstStepsOf(app: App, person: Person): Promise<FirstSteps> {
  const newest = { order: 'newest', snoozed: 'shown', limit: 1 } as const;
  const [{ events }, decided, executed] = await Promise.all([
    app.events(person, { limit: 1 }),
    app.inbox(person, { status: 'decided', ...newest }),
    app.inbox(person, { status: 'executed', ...newest }),
  ]);
  const [ran] = executed.proposals;
  return {
    sent: events.length > 0,
    decided: decided.proposals.length > 0,
    ran: ran === undefined ? null : { id: ran.id, mail: ran.connection.startsWith('outbox:') },
    connected: app.surroundings().mode === 'production',
  };
}

/** What a click may lead to: the same functions that every other surface calls. */
import type { Person } from '../../domain/app.ts';
import type { DecideRequest, DecideResponse, ProposalView, SnoozeRequest } from '../../domain/wire.ts';
import type { Database } from '../../prisma/database.ts';
import { refuseWhoMayNotDecide } from '../../prisma/may-decide.ts';
import { lockProposal } from '../../prisma/moves.ts';
import { waitingFor } from '../../prisma/slack-messages.ts';

export interface Acts {
  decide(person: Person, request: DecideRequest): Promise<DecideResponse>;
  snooze(person: Person, id: string, end: SnoozeRequest): Promise<unknown>;
  proposal(person: Person, id: string): Promise<ProposalView>;
  /** Throws a Problem that says why not. */
  refuseWhoMayNotDecide(person: Person, id: string): Promise<void>;
  /** What waits for this person, highest priority first, and how many there are in all. */
  waitingFor(person: Person, limit: number): Promise<{ views: ProposalView[]; total: number }>;
  /** Where a card is on the web. */
  pageOf(id: string): string;
}

/** The part of the application that Slack uses. */
export type SlackApplication = Pick<Acts, 'proposal' | 'snooze'> & {
  decideBy(via: 'slack', person: Person, request: DecideRequest): Promise<DecideResponse>;
};

export function createActs(db: Database, application: SlackApplication, inbox_url: string): Acts {
  return {
    decide: (person, request) => application.decideBy('slack', person, request),
    snooze: (person, id, end) => application.snooze(person, id, end),
    proposal: (person, id) => application.proposal(person, id),
    refuseWhoMayNotDecide: (person, id) =>
      db.tx(async (sql) => refuseWhoMayNotDecide(sql, person, await lockProposal(sql, person.org_id, id))),
    async waitingFor(person, limit) {
      const { ids, total } = await waitingFor(db, person, limit);
      return { views: await Promise.all(ids.map((id) => application.proposal(person, id))), total };
    },
    pageOf: (id) => `${inbox_url}/${id}`,
  };
}

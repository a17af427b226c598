/** What a click may lead to: the same functions that every other surface calls. */
import type { Person } from '../../domain/app.ts';
import type { SnoozeRequest } from '../../domain/wire/acts.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { decide_request, type DecideRequest, type DecideResponse } from '../../domain/wire/decision.ts';
import type { Database } from '../../prisma/database.ts';
import { refuseUndecidable } from '../../prisma/decide.ts';
import { waitingFor } from '../../prisma/slack-messages.ts';
import { checked } from '../problems.ts';

export interface Acts {
  decide(person: Person, request: DecideRequest): Promise<DecideResponse>;
  snooze(person: Person, id: string, end: SnoozeRequest): Promise<unknown>;
  proposal(person: Person, id: string): Promise<ProposalView>;
  /** Throws a Problem that says why this person can decide nothing about the version they saw. */
  refuseUndecidable(
    person: Person,
    seen: Pick<DecideRequest, 'proposal_id' | 'payload_hash'>,
    decision?: DecideRequest['decision'],
  ): Promise<void>;
  /** What waits for this person, highest priority first, and how many there are in all. */
  waitingFor(person: Person, limit: number): Promise<{ views: ProposalView[]; total: number }>;
  /** Where a card is on the web. */
  pageOf(id: string): string;
}

/** The part of the application that Slack uses. */
export type SlackApplication = Pick<Acts, 'proposal' | 'snooze'> & {
  decideBy(via: 'slack', person: Person, request: DecideRequest): Promise<DecideResponse>;
};

export function createActs(
  db: Database,
  application: SlackApplication,
  { inbox_url, undo_seconds }: { inbox_url: string; undo_seconds: number | undefined },
): Acts {
  return {
    decide: async (person, request) => application.decideBy('slack', person, checked(decide_request, request)),
    snooze: (person, id, end) => application.snooze(person, id, end),
    proposal: (person, id) => application.proposal(person, id),
    refuseUndecidable: (person, seen, decision) => refuseUndecidable(db, person, seen, { undo_seconds, ...(decision && { decision }) }),
    async waitingFor(person, limit) {
      const { ids, total } = await waitingFor(db, person, limit);
      return { views: await Promise.all(ids.map((id) => application.proposal(person, id))), total };
    },
    pageOf: (id) => `${inbox_url}/${id}`,
  };
}

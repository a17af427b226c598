/** The queue beside its cards: counts, the attention ledger, several decisions at once, and what an approval would send. */
import { batch_request, type BatchResult, type InboxApp } from '../../domain/inbox.ts';
import type { Person } from '../../domain/app.ts';
import { Problem } from '../../domain/problem.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import type { DecideRequest, DecideResponse } from '../../domain/wire/decision.ts';
import { dry_run_request } from '../../domain/wire/dry-run.ts';
import { attentionLedger } from '../../prisma/attention.ts';
import { inboxCounts } from '../../prisma/counts.ts';
import type { Database } from '../../prisma/database.ts';
import { parseEdit } from '../../prisma/edits.ts';
import type { Actions } from '../actions.ts';
import type { Logger } from '../log.ts';
import { checked, toProblem } from '../problems.ts';

export interface InboxAppDeps {
  db: Database;
  /** Decides one of several, which nobody has opened. */
  decideInBatch(person: Person, request: DecideRequest): Promise<DecideResponse>;
  proposal(person: Person, id: string): Promise<ProposalView>;
  describe: Actions['describe'];
  logger: Logger;
}

export function createInboxApp({ db, decideInBatch, proposal, describe, logger }: InboxAppDeps): InboxApp {
  /** Each is a transaction of its own: one that is refused, or fails, holds up none of the others. */
  async function decideOne(person: Person, request: DecideRequest): Promise<BatchResult> {
    try {
      const { proposal_id, status } = await decideInBatch(person, request);
      return { proposal_id, ok: true, status, message: null };
    } catch (error) {
      const problem = toProblem(error);
      if (problem.problem === 'internal') logger.error({ err: error, proposal_id: request.proposal_id }, 'one of several was not decided');
      return { proposal_id: request.proposal_id, ok: false, status: await statusOf(person, request.proposal_id), message: problem.message };
    }
  }

  async function statusOf(person: Person, id: string): Promise<BatchResult['status']> {
    try {
      return (await proposal(person, id)).status;
    } catch (error) {
      // Unknown, or the database is away: the message says which.
      if (error instanceof Problem || toProblem(error).problem === 'unavailable') return null;
      throw error;
    }
  }

  return {
    counts: ({ org_id }) => inboxCounts(db, org_id),
    ledger: ({ org_id }, { days }) => attentionLedger(db, org_id, { days }),
    async decideMany(person, request) {
      const { decision, feedback, items } = checked(batch_request, request);
      const results: BatchResult[] = [];
      for (const item of items) results.push(await decideOne(person, { ...item, decision, feedback: feedback ?? undefined }));
      return results;
    },
    async dryRun(person, id, edit) {
      const view = await proposal(person, id);
      const edited = checked(dry_run_request, { edit }).edit;
      if (edited === undefined) return describe(view);
      return describe({ ...view, version: view.version + 1, payload: parseEdit(view, edited) });
    },
  };
}

/** What the product offers to whoever is signed in, the same for the interface (in-process) and for the HTTP routes. */
import type { App, Person, Surroundings } from '../domain/app.ts';
import { decide_request, resolve_request, type DecideRequest, type DecideResponse, type ProposalView } from '../domain/wire.ts';
import { auditOf } from '../prisma/audit.ts';
import type { Database } from '../prisma/database.ts';
import { decide } from '../prisma/decide.ts';
import { listEvents, readEvent } from '../prisma/events.ts';
import { inboxPage, pendingCount, readProposal, traceOf } from '../prisma/proposals.ts';
import { executionsOf, receiptOf } from '../prisma/receipts.ts';
import { resolve, retry, undo } from '../prisma/aftercare.ts';
import type { Wake } from '../prisma/wakeups.ts';
import type { Auth } from './auth.ts';
import type { Logger } from './log.ts';
import { checked } from './problems.ts';
import type { SendSample } from './sample.ts';
import type { SignIn } from './sign-in.ts';

export interface ApplicationDeps {
  db: Database;
  auth: Auth;
  sign_in: SignIn;
  /** Tells a waiting workflow at once; the dispatcher would otherwise do it a moment later. */
  wake(wake: Wake | null): void;
  sendSample: SendSample;
  /** Where the Temporal UI shows runs; null when its address is not known. */
  workflow_pages: string | null;
  undo_seconds: number | undefined;
  surroundings: Surroundings;
  logger: Logger;
}

export interface Application extends App {
  decideBy(via: 'web' | 'api', person: Person, request: DecideRequest): Promise<DecideResponse>;
}

export function createApplication(deps: ApplicationDeps): Application {
  const { db, auth, sign_in, workflow_pages, undo_seconds, logger } = deps;

  /** A person's word on a proposal: what they did, then the proposal as it is now. */
  async function after(verb: string, person: Person, id: string, change: Promise<Wake>): Promise<ProposalView> {
    const wake = await change;
    deps.wake(wake);
    logger.info({ event_id: wake.event_id, proposal_id: id, user_id: person.user_id }, verb);
    return readProposal(db, person.org_id, id, workflow_pages);
  }

  async function decideBy(via: 'web' | 'api', person: Person, request: DecideRequest): Promise<DecideResponse> {
    const { wake, ...answer } = await decide(db, person, request, { via, undo_seconds });
    deps.wake(wake);
    logger.info(
      { event_id: wake?.event_id, proposal_id: answer.proposal_id, user_id: person.user_id, decision: answer.decision, via },
      'decided',
    );
    return answer;
  }

  return {
    personOf: (headers) => auth.personOf(headers.get('cookie') ?? undefined),
    signIn: async (credentials, headers) => (await sign_in.byEmail(credentials, headers, clientOf(headers))).set_cookies,
    signInByLink: async (token, headers) => (await sign_in.byLink(token, headers)).set_cookies,
    signOut: (headers) => sign_in.signOut(headers),

    inbox: (person, query) => inboxPage(db, person.org_id, query, workflow_pages),
    pendingCount: (person) => pendingCount(db, person.org_id),
    proposal: (person, id) => readProposal(db, person.org_id, id, workflow_pages),
    async audit(person, id) {
      await readProposal(db, person.org_id, id, workflow_pages);
      return auditOf(db, person.org_id, id);
    },
    executions: (person, id) => executionsOf(db, person.org_id, id),
    trace: (person, id) => traceOf(db, person.org_id, id),
    receipt: (person, id) => receiptOf(db, person.org_id, id),
    events: (person, query) => listEvents(db, person.org_id, query),
    event: (person, id) => readEvent(db, person.org_id, id),

    decideBy,
    decide: async (person, request) => decideBy('web', person, checked(decide_request, request)),
    undo: (person, id) => after('undone', person, id, undo(db, person, id)),
    retry: (person, id) => after('brought back', person, id, retry(db, person, id)),
    async resolve(person, id, outcome, note) {
      const said = checked(resolve_request, { outcome, note });
      return after('resolved', person, id, resolve(db, person, id, said.outcome, said.note));
    },
    sendSample: deps.sendSample,
    surroundings: () => deps.surroundings,
  };
}

/** Set by ui.ts from the connection itself, never taken from the outside. */
export const client_address_header = 'x-execops-client';

function clientOf(headers: Headers): string {
  return headers.get(client_address_header) ?? '';
}

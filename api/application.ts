/** What the product offers to whoever is signed in, the same for the interface (in-process) and for the HTTP routes. */
import { z } from 'zod';

import type { App, Person, Surroundings } from '../domain/app.ts';
import type { HandleEventInput } from '../domain/contract.ts';
import type { NoticesApp } from '../domain/notices.ts';
import { precision_view } from '../domain/figures.ts';
import { Problem } from '../domain/problem.ts';
import { delegate_request, extend_request, resolve_request, snooze_request } from '../domain/wire/acts.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import { decide_request, type DecideRequest, type DecideResponse } from '../domain/wire/decision.ts';
import { enableProcedure, precisions, switchedOff } from '../prisma/learning.ts';
import { auditOf, verifyAudit } from '../prisma/audit.ts';
import type { Database } from '../prisma/database.ts';
import { decide, type DecideOptions } from '../prisma/decide.ts';
import { delegate } from '../prisma/delegate.ts';
import { colleaguesOf } from '../prisma/delegations.ts';
import { listEvents, readEvent } from '../prisma/events.ts';
import { extend } from '../prisma/extend.ts';
import { takeReplay } from '../prisma/replays.ts';
import { inboxPage, pendingCount, readProposal, traceOf } from '../prisma/proposals.ts';
import { executionsOf, receiptOf } from '../prisma/receipts.ts';
import { resolve, retry, undo } from '../prisma/aftercare.ts';
import { rollback } from '../prisma/rollback.ts';
import { snooze, unsnooze } from '../prisma/snooze.ts';
import type { Wake } from '../prisma/wakeups.ts';
import type { Actions } from './actions.ts';
import { createInboxApp } from './apps/inbox.ts';
import { createPasskeysApp } from './apps/passkeys.ts';
import { createAccountApp } from './apps/account.ts';
import { createPeopleApp, type PeopleDeps } from './apps/people.ts';
import { createSettingsApp, type SettingsDeps } from './apps/settings.ts';
import type { Auth } from './auth.ts';
import { clientOf } from './client-address.ts';
import type { Logger } from './log.ts';
import type { Passkeys } from './passkeys/passkeys.ts';
import { checked } from './problems.ts';
import type { SampleSender } from './samples/sender.ts';
import type { SignIn } from './sign-in.ts';

export interface ApplicationDeps extends PeopleDeps, SettingsDeps {
  db: Database;
  auth: Auth;
  sign_in: SignIn;
  passkeys: Passkeys;
  notices: NoticesApp;
  /** Tells a waiting workflow at once; the dispatcher would otherwise do it a moment later. */
  wake(wake: Wake | null): void;
  /** Starts the workflow of an event that was just committed. */
  started(event_id: string, org_id: string): void;
  connectionOf: Actions['connectionOf'];
  describe: Actions['describe'];
  sendSample: SampleSender['send'];
  /** Has the worker judge an event again; resolves to the answer's id. */
  replay(event: HandleEventInput): Promise<string>;
  /** Where the Temporal UI shows runs; null when its address is not known. */
  workflow_pages: string | null;
  /** The installation's own, for an organisation that has set none. */
  undo_seconds: number | undefined;
  surroundings: Surroundings;
  logger: Logger;
}

export interface Application extends App, Pick<ReturnType<typeof createSettingsApp>, 'settingAsked'> {
  decideBy(via: 'web' | 'api' | 'slack', person: Person, request: DecideRequest): Promise<DecideResponse>;
}

export function createApplication(deps: ApplicationDeps): Application {
  const { db, auth, sign_in, workflow_pages, undo_seconds, logger } = deps;
  const view = { workflow_pages, undo_seconds };

  /** A person's word on a proposal: what they did, then the proposal as it is now. */
  async function after(verb: string, person: Person, id: string, change: Promise<Wake>): Promise<ProposalView> {
    const wake = await change;
    deps.wake(wake);
    logger.info({ event_id: wake.event_id, proposal_id: id, user_id: person.user_id }, verb);
    return readProposal(db, person.org_id, id, view);
  }

  async function decideBy(via: DecideOptions['via'], person: Person, request: DecideRequest, in_batch = false): Promise<DecideResponse> {
    const { wake, ...answer } = await decide(db, person, request, { via, undo_seconds, in_batch });
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
    signInByLink: async (token, headers) => (await sign_in.byLink(token, headers, clientOf(headers))).set_cookies,
    signOut: (headers) => sign_in.signOut(headers),

    ...createInboxApp({
      db,
      decideInBatch: (person, request) => decideBy('web', person, request, true),
      proposal: (person, id) => readProposal(db, person.org_id, id, view),
      describe: deps.describe,
      logger,
    }),
    inbox: (person, query) => inboxPage(db, person.org_id, query, view),
    pendingCount: (person) => pendingCount(db, person.org_id),
    proposal: (person, id) => readProposal(db, person.org_id, id, view),
    async audit(person, id) {
      await readProposal(db, person.org_id, id, view);
      return auditOf(db, person.org_id, id);
    },
    verifyAudit: (person) => verifyAudit(db, person.org_id),
    executions: (person, id) => executionsOf(db, person.org_id, id),
    trace: (person, id) => traceOf(db, person.org_id, id),
    receipt: (person, id) => receiptOf(db, person.org_id, id),
    events: (person, query) => listEvents(db, person.org_id, query),
    event: (person, id) => readEvent(db, person.org_id, id),
    async replay({ org_id, role, user_id }, id) {
      if (role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to propose.');
      const { id: event_id } = await readEvent(db, org_id, id);
      const answer = await takeReplay(db, org_id, await deps.replay({ org_id, event_id }));
      logger.info({ event_id, user_id, proposals: answer.proposals.length }, 'replayed');
      return answer;
    },

    decideBy,
    decide: async (person, request) => decideBy('web', person, checked(decide_request, request)),
    undo: (person, id) => after('undone', person, id, undo(db, person, id)),
    retry: (person, id) => after('brought back', person, id, retry(db, person, id)),
    async snooze(person, id, end) {
      const { until } = checked(snooze_request, end);
      const wanted = until === undefined ? ({ until_event: true } as const) : { until: new Date(until) };
      return after('snoozed', person, id, snooze(db, person, id, wanted));
    },
    unsnooze: (person, id) => after('woken', person, id, unsnooze(db, person, id)),
    async extend(person, id, extension) {
      const { hours, until } = checked(extend_request, extension);
      return after('extended', person, id, extend(db, person, id, { hours, until: until === undefined ? undefined : new Date(until) }));
    },
    async delegate(person, id, delegating) {
      const { until, ...said } = checked(delegate_request, delegating);
      return after('delegated', person, id, delegate(db, person, id, { ...said, until: new Date(until) }));
    },
    colleagues: (person) => colleaguesOf(db, person),
    async resolve(person, id, outcome, note) {
      const said = checked(resolve_request, { outcome, note });
      return after('resolved', person, id, resolve(db, person, id, said.outcome, said.note));
    },
    async rollback(person, id) {
      const drafted = await rollback(db, person, id, deps.connectionOf);
      if (drafted.drafted) deps.started(drafted.event_id, person.org_id);
      logger.info({ event_id: drafted.event_id, proposal_id: id, user_id: person.user_id }, 'rollback requested');
      return drafted;
    },
    procedures: async (person) => z.array(precision_view).parse(await precisions(db.sql, person.org_id)),
    switchedOff: (person) => switchedOff(db.sql, person.org_id),
    async enableProcedure(person, vertical, action_type) {
      const now = await enableProcedure(db, person, { vertical, action_type });
      logger.info({ user_id: person.user_id, vertical, action_type }, 'a procedure was switched on again');
      return z.array(precision_view).parse(now);
    },
    ...createPasskeysApp(deps),
    ...createPeopleApp(deps),
    ...createAccountApp(deps),
    ...deps.notices,
    ...createSettingsApp(deps),
    sendSample: deps.sendSample,
    surroundings: () => deps.surroundings,
  };
}

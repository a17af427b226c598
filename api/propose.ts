/** Asking for drafts: for a stored event, from a complete draft, or from what a person reports. */
import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { InboundEvent } from '../domain/event.ts';
import { Problem } from '../domain/problem.ts';
import type { Json } from '../domain/text.ts';
import {
  propose_draft_request,
  propose_event_request,
  propose_report_request,
  proposed,
  type ProposeDraftRequest,
  type Proposed,
} from '../domain/wire/draft.ts';
import { proposeDraft } from '../prisma/agent-drafts.ts';
import type { Database } from '../prisma/database.ts';
import { insertEvent, markProposeRequested } from '../prisma/events.ts';
import { proposalsOfEvent } from '../prisma/proposals.ts';
import type { Actions } from './actions.ts';
import type { Caller } from './identity.ts';
import { propose_wait_ms } from './limits.ts';
import type { Live } from './live.ts';
import { checked } from './problems.ts';
import { defineRoute, type Answer, type Route } from './route.ts';

const drafted = z.object({ event_id: z.uuid(), proposals: z.array(proposed) }).extend(proposed.partial().shape);
const nothing_drafted = z.object({ event_id: z.uuid(), proposals: z.array(proposed), reason: z.string() });
const drafting = z.object({ event_id: z.uuid(), status: z.literal('drafting') });
/** Of an event that was acted upon without becoming evidence of a card: a push that asked again about somebody, a payment that ended a card. */
const nothing_new = 'Nothing new: what it is about has its card already, or was settled by it.';
const request_forms = z.union([propose_draft_request, propose_report_request, propose_event_request]);

export interface ProposeDeps {
  db: Database;
  live: Live;
  /** Starts an event's workflow; starting it again changes nothing. */
  started(event_id: string, org_id: string): void;
  actions: Pick<Actions, 'connectionOf'>;
}

export function proposeRoute({ db, live, started, actions }: ProposeDeps): Route {
  async function forEvent(org_id: string, event_id: string): Promise<Answer> {
    const { status } = await stateOf(org_id, event_id);
    if (status === 'received') started(event_id, org_id);
    const first = await markProposeRequested(db, org_id, event_id);
    const outcome = await settled(org_id, event_id);
    if (outcome === null) return { status: 202, body: { event_id, status: 'drafting' } };
    const { proposals, reason } = outcome;
    if (proposals.length === 0) return { status: 200, body: { event_id, proposals, reason } };
    return { status: first ? 201 : 200, body: { event_id, ...proposals[0], proposals } };
  }

  /** What came of the event, waiting for it a while; null when it is still being drafted. */
  async function settled(org_id: string, event_id: string): Promise<{ proposals: Proposed[]; reason: string } | null> {
    const deadline = performance.now() + propose_wait_ms;
    for (;;) {
      const event = await stateOf(org_id, event_id);
      const left_ms = deadline - performance.now();
      if (event.status !== 'received' || left_ms <= 0) {
        const proposals = await proposalsOfEvent(db, org_id, event_id);
        if (event.status === 'received' && proposals.length === 0) return null;
        return { proposals, reason: event.reason || nothing_new };
      }
      // An event that comes to nothing is settled without an announcement.
      await live.next(org_id, Math.min(left_ms, reread_ms));
    }
  }

  async function stateOf(org_id: string, event_id: string): Promise<{ status: string; reason: string | null }> {
    const event = await db.prisma.events.findFirst({ where: { org_id, id: event_id }, select: { status: true, reason: true } });
    if (event === null) throw new Problem('not_found', `There is no event ${event_id}.`);
    return event;
  }

  async function fromDraft(caller: Caller, request: ProposeDraftRequest): Promise<Answer> {
    const { person, via, key_id } = caller;
    const actor =
      via === 'agent_key' && key_id !== null ? { type: 'agent' as const, id: key_id } : { type: 'user' as const, id: person.user_id };
    const { event_id, ...proposal } = await proposeDraft(db, { org_id: person.org_id, actor, request, connectionOf: actions.connectionOf });
    started(event_id, person.org_id);
    return { status: 201, body: { event_id, ...proposal, proposals: [proposal] } };
  }

  async function fromReport(caller: Caller, { type, payload }: z.output<typeof propose_report_request>): Promise<Answer> {
    if (caller.via === 'agent_key') throw new Problem('forbidden', 'Only a person reports what they saw. An agent sends a complete draft.');
    const { org_id, user_id } = caller.person;
    // Two reports that say the same are two reports.
    const report: InboundEvent = {
      source: 'manual',
      type,
      occurred_at: new Date(),
      identity: randomUUID(),
      payload,
      subject: null,
      ignored: null,
      objects: [],
    };
    const { event_id } = await insertEvent(db, org_id, report, user_id);
    return forEvent(org_id, event_id);
  }

  return defineRoute({
    method: 'post',
    path: '/ai/propose',
    summary: 'Draft proposals: {event_id} for a stored event, a complete draft, or {type, payload} for what a person saw.',
    access: 'propose',
    body: request_forms,
    checkBody: checkForm,
    responses: {
      201: { description: 'Drafted now.', schema: drafted },
      200: { description: 'Drafted before, or nothing to propose and why.', schema: z.union([drafted, nothing_drafted]) },
      202: { description: 'Still drafting. Ask again, or watch /api/stream.', schema: drafting },
    },
    async handle({ caller, body }) {
      if ('vertical' in body) return fromDraft(caller, body);
      if ('type' in body) return fromReport(caller, body);
      return forEvent(caller.person.org_id, body.event_id);
    },
  });
}

const reread_ms = 200;

/** Checks a body against the one form it means to be, so that the errors name its own members. */
function checkForm(body: Json | undefined): void {
  checked(formOf(body), body);
}

function formOf(body: Json | undefined): z.ZodType {
  if (typeof body !== 'object' || body === null) return propose_event_request;
  if (draft_members.some((name) => Object.hasOwn(body, name))) return propose_draft_request;
  if (Object.hasOwn(body, 'type')) return propose_report_request;
  return propose_event_request;
}

const draft_members = ['vertical', 'action_type', 'urgency', 'reasoning'];

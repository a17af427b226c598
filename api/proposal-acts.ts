/** What people do to a proposal besides deciding it. Each is a person's own word, by their session. */
import { z } from 'zod';

import type { Person } from '../domain/app.ts';
import { delegate_request, extend_request, resolve_request, snooze_request } from '../domain/wire/acts.ts';
import { proposal_view, type ProposalView } from '../domain/wire/card.ts';
import { rolled_back } from '../domain/wire/draft.ts';
import type { Application } from './application.ts';
import { defineRoute, type Route } from './route.ts';

export function proposalActRoutes(app: Application): Route[] {
  return [
    act('undo', 'Take an approval back while its undo window is open.', (person, id) => app.undo(person, id)),
    act('retry', 'Bring a failed action back to the inbox.', (person, id) => app.retry(person, id)),
    said('resolve', 'Say what became of an action whose outcome is unknown.', resolve_request, (person, id, { outcome, note }) =>
      app.resolve(person, id, outcome, note),
    ),
    said(
      'snooze',
      'Put a pending proposal off: {until} a time, or {until_event: true} until the next event joins it. Its deadlines stay: it is escalated and expires as if it were not put off, and it is back at once when it becomes critical.',
      snooze_request,
      (person, id, end) => app.snooze(person, id, end),
    ),
    act('unsnooze', 'Bring a snoozed proposal back now.', (person, id) => app.unsnooze(person, id)),
    said(
      'extend',
      'Give a pending proposal more time before it expires: {hours} more, {until} a time, or nothing for its first span again from now.',
      z.preprocess((body) => body ?? {}, extend_request).optional(),
      (person, id, extension) => app.extend(person, id, extension ?? {}),
    ),
    said(
      'delegate',
      'Hand a pending proposal to another member, by id or email, until a time and for a reason. An ops lead may then decide it whatever its urgency.',
      delegate_request,
      (person, id, delegating) => app.delegate(person, id, delegating),
    ),
    rollbackRoute(app),
  ];
}

function rollbackRoute(app: Application): Route {
  return defineRoute({
    method: 'post',
    path: '/api/proposals/:id/rollback',
    summary: 'Draft the proposal that takes an executed one back. It needs an approval of its own. 409 when nothing here can take it back.',
    access: 'session',
    responses: {
      201: { description: 'Drafted.', schema: rolled_back },
      200: { description: 'The one that was drafted before.', schema: rolled_back },
    },
    async handle({ caller, params }) {
      const { drafted, ...body } = await app.rollback(caller.person, params.id);
      return { status: drafted ? 201 : 200, body };
    },
  });
}

type Verb = 'undo' | 'retry' | 'resolve' | 'snooze' | 'unsnooze' | 'extend' | 'delegate';

const responses = { 200: { description: 'The proposal as it is now.', schema: proposal_view } };

function act(verb: Verb, summary: string, change: (person: Person, id: string) => Promise<ProposalView>): Route {
  return defineRoute({
    method: 'post',
    path: `/api/proposals/:id/${verb}`,
    summary,
    access: 'session',
    responses,
    handle: async ({ caller, params }) => ({ status: 200, body: await change(caller.person, params.id) }),
  });
}

function said<Body>(
  verb: Verb,
  summary: string,
  body: z.ZodType<Body>,
  change: (person: Person, id: string, body: Body) => Promise<ProposalView>,
): Route {
  return defineRoute({
    method: 'post',
    path: `/api/proposals/:id/${verb}`,
    summary,
    access: 'session',
    body,
    responses,
    handle: async ({ caller, params, body }) => ({ status: 200, body: await change(caller.person, params.id, body) }),
  });
}

import { z } from 'zod';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import type { Json } from '../domain/text.ts';
import { audit_row } from '../domain/wire/audit.ts';
import { proposal_view } from '../domain/wire/card.ts';
import { decide_request, decide_response } from '../domain/wire/decision.ts';
import { execution_view, receipt, trace_step } from '../domain/wire/execution.ts';
import type { Application } from './application.ts';
import { proposalActRoutes } from './proposal-acts.ts';
import { defineRoute, type Route } from './route.ts';

export function proposalRoutes(app: Application): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/ai/decide',
      summary: 'Approve or reject exactly the version whose payload_hash you saw. The first decision wins. Answers before the side effect.',
      access: 'session',
      body: decide_request,
      checkBody: requireHash,
      responses: { 200: { description: 'Decided.', schema: decide_response } },
      handle: async ({ caller, body }) => ({ status: 200, body: await app.decideBy('api', caller.person, body) }),
    }),
    about('', 'One proposal.', proposal_view, (person, id) => app.proposal(person, id)),
    about('/audit', 'What happened to a proposal, oldest first.', z.object({ audit: z.array(audit_row) }), async (person, id) => ({
      audit: await app.audit(person, id),
    })),
    about(
      '/executions',
      "An approved action's executions with their attempts.",
      z.object({ executions: z.array(execution_view) }),
      async (person, id) => ({
        executions: await app.executions(person, id),
      }),
    ),
    about('/trace', 'The steps of the graph that drafted it.', z.object({ trace: z.array(trace_step) }), async (person, id) => ({
      trace: await app.trace(person, id),
    })),
    about('/receipt', 'What was done, by whom, with which result, and how to reverse it.', receipt, (person, id) =>
      app.receipt(person, id),
    ),
    ...proposalActRoutes(app),
  ];
}

function about(
  part: '' | '/audit' | '/executions' | '/trace' | '/receipt',
  summary: string,
  schema: z.ZodType,
  read: (person: Person, id: string) => Promise<unknown>,
): Route {
  return defineRoute({
    method: 'get',
    path: `/api/proposals/:id${part}`,
    summary,
    access: 'read',
    responses: { 200: { description: summary, schema } },
    handle: async ({ caller, params }) => ({ status: 200, body: await read(caller.person, params.id) }),
  });
}

/** The commonest mistake gets its own words. */
function requireHash(body: Json | undefined): void {
  if (typeof body !== 'object' || body === null || Object.hasOwn(body, 'payload_hash')) return;
  throw new Problem('missing_hash', 'Send payload_hash as the proposal showed it, so that exactly what you saw is decided.');
}

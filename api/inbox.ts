/** The queue over HTTP: its pages, its counts, what never became a card, and several decisions at once. */
import { z } from 'zod';

import { attention_ledger, batch_request, batch_result, inbox_counts, ledger_query } from '../domain/inbox.ts';
import { dry_run, dry_run_request } from '../domain/wire/dry-run.ts';
import { inbox_page, inbox_query } from '../domain/wire/inbox.ts';
import type { Application } from './application.ts';
import { defineRoute, type Route } from './route.ts';

export function inboxRoutes(app: Application): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/inbox',
      summary: 'Proposals of one status, or all decided ones, by pages: highest priority first, or what changed last. `q` finds words.',
      access: 'read',
      query: inbox_query,
      responses: { 200: { description: 'One page; next_cursor is null on the last.', schema: inbox_page } },
      handle: async ({ caller, query }) => ({ status: 200, body: await app.inbox(caller.person, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/inbox/counts',
      summary: 'How many wait for somebody now, and what else somebody may have to look at.',
      access: 'read',
      responses: { 200: { description: 'Counts of your organisation.', schema: inbox_counts } },
      handle: async ({ caller }) => ({ status: 200, body: await app.counts(caller.person) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/inbox/ledger',
      summary: 'What asked for attention and got none of its own: joined to a card, held back, or ignored, with the reason and how often.',
      access: 'read',
      query: ledger_query,
      responses: {
        200: {
          description: 'The last days; `since` says how far back the answer reaches where there was very much.',
          schema: attention_ledger,
        },
      },
      handle: async ({ caller, query }) => ({ status: 200, body: await app.ledger(caller.person, query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/proposals/batch',
      summary: 'Decide up to 100 at once, each by itself. Approved are only reversible ones that ask for no second confirm.',
      access: 'session',
      body: batch_request,
      responses: { 200: { description: 'A result for each, in their order.', schema: z.object({ results: z.array(batch_result) }) } },
      handle: async ({ caller, body }) => ({ status: 200, body: { results: await app.decideMany(caller.person, body) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/proposals/:id/dry-run',
      summary: 'The exact request that approving would lead to, or approving with this {edit}. Nothing is sent.',
      access: 'read',
      body: z.preprocess((body) => body ?? {}, dry_run_request).optional(),
      responses: { 200: { description: 'The request, secrets left out.', schema: dry_run } },
      handle: async ({ caller, params, body }) => ({ status: 200, body: await app.dryRun(caller.person, params.id, body?.edit) }),
    }),
  ];
}

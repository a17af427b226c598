import { z } from 'zod';

import { event_detail, event_view, events_query } from '../domain/wire/event.ts';
import { replay_result } from '../domain/wire/replay.ts';
import type { Application } from './application.ts';
import { defineRoute, type Route } from './route.ts';

export function eventRoutes(app: Application): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/events',
      summary: 'The event log, newest first, with what became of each event and why.',
      access: 'read',
      query: events_query,
      responses: {
        200: {
          description: 'One page; next_cursor is null on the last.',
          schema: z.object({ events: z.array(event_view), next_cursor: z.string().nullable() }),
        },
      },
      handle: async ({ caller, query }) => ({ status: 200, body: await app.events(caller.person, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/events/:id',
      summary: 'One event with its payload as it came in.',
      access: 'read',
      responses: { 200: { description: 'The event.', schema: event_detail } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.event(caller.person, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/events/:id/replay',
      summary: 'What the procedures would propose for this event now, by their rules alone. Nothing is stored or sent.',
      access: 'propose',
      responses: { 200: { description: 'The proposals, and why others are not made.', schema: replay_result } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.replay(caller.person, params.id) }),
    }),
  ];
}

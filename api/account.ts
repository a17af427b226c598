import { z } from 'zod';

import { name_change, password_change, session_view, type PeopleApp } from '../domain/people.ts';
import { defineRoute, type Route } from './route.ts';
import { toHeaders } from './sign-in.ts';

type AccountApp = Pick<PeopleApp, 'sessions' | 'endSession' | 'endOtherSessions' | 'changePassword' | 'changeName'>;

export function accountRoutes(app: AccountApp): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/sessions',
      summary: 'Where you are signed in.',
      access: 'session',
      responses: { 200: { description: 'The one used last comes first.', schema: z.object({ sessions: z.array(session_view) }) } },
      handle: async ({ caller, request }) => ({
        status: 200,
        body: { sessions: await app.sessions(caller.person, toHeaders(request)) },
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/sessions',
      summary: 'Sign out everywhere else.',
      access: 'session',
      responses: { 204: { description: 'Every session but this one has ended.' } },
      async handle({ caller, request }) {
        await app.endOtherSessions(caller.person, toHeaders(request));
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/sessions/:id',
      summary: 'End one of your sessions.',
      access: 'session',
      responses: { 204: { description: 'Ended.' } },
      async handle({ caller, params }) {
        await app.endSession(caller.person, params.id);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/account/password',
      summary: 'Change your password. Every session ends, and the answer sets the cookie of a new one.',
      access: 'session',
      body: password_change,
      responses: { 200: { description: 'Changed; the new cookie is in Set-Cookie.', schema: z.object({ success: z.literal(true) }) } },
      async handle({ caller, body, request }) {
        const set_cookies = await app.changePassword(caller.person, body, toHeaders(request));
        return { status: 200, body: { success: true }, headers: { 'set-cookie': set_cookies } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/account/name',
      summary: 'Change your name, as others see it.',
      access: 'session',
      body: name_change,
      responses: { 204: { description: 'Changed.' } },
      async handle({ caller, body }) {
        await app.changeName(caller.person, body.name);
        return { status: 204 };
      },
    }),
  ];
}

import { z } from 'zod';

import type { PeopleApp } from '../domain/people.ts';
import { key_request, key_view } from '../domain/wire/key.ts';
import { defineRoute, type Route } from './route.ts';

export function keyRoutes(app: Pick<PeopleApp, 'keys' | 'createKey' | 'revokeKey'>): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/keys',
      summary: 'Make an API key. The key is shown in this answer and never again.',
      access: 'session',
      body: key_request,
      responses: { 201: { description: 'Made.', schema: key_view.extend({ key: z.string() }) } },
      handle: async ({ caller, body }) => ({ status: 201, body: await app.createKey(caller.person, body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/keys',
      summary: "Your keys; for an owner, the organisation's.",
      access: 'session',
      responses: { 200: { description: 'Oldest first.', schema: z.object({ keys: z.array(key_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { keys: await app.keys(caller.person) } }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/keys/:id',
      summary: 'Revoke a key. It stops working at once.',
      access: 'session',
      responses: { 204: { description: 'Revoked.' } },
      async handle({ caller, params: { id } }) {
        await app.revokeKey(caller.person, id);
        return { status: 204 };
      },
    }),
  ];
}

import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { isUuid } from '../domain/uuid.ts';
import { key_request, key_view } from '../domain/wire.ts';
import type { Database } from '../prisma/database.ts';
import { createKey, listKeys, revokeKey } from '../prisma/keys.ts';
import { defineRoute, type Route } from './route.ts';

export function keyRoutes(db: Database): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/keys',
      summary: 'Make an API key. The key is shown in this answer and never again.',
      access: 'session',
      body: key_request,
      responses: { 201: { description: 'Made.', schema: key_view.extend({ key: z.string() }) } },
      async handle({ caller, body }) {
        refuseRole(caller.person, body.kind);
        const key = `eo_${body.kind}_${randomBytes(32).toString('base64url')}`;
        return { status: 201, body: { ...(await createKey(db, caller.person, body, key)), key } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/keys',
      summary: "Your keys; for an owner, the organisation's.",
      access: 'session',
      responses: { 200: { description: 'Oldest first.', schema: z.object({ keys: z.array(key_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { keys: await listKeys(db, caller.person) } }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/keys/:id',
      summary: 'Revoke a key. It stops working at once.',
      access: 'session',
      responses: { 204: { description: 'Revoked.' } },
      async handle({ caller, params: { id } }) {
        const revoked = isUuid(id) && (await revokeKey(db, caller.person, id));
        if (!revoked) throw new Problem('not_found', `There is no key ${id}.`);
        return { status: 204 };
      },
    }),
  ];
}

function refuseRole({ role }: Person, kind: 'personal' | 'agent'): void {
  if (role === 'viewer') throw new Problem('forbidden', 'Viewers read. Ask an owner for the right to make keys.');
  if (kind === 'agent' && role !== 'owner') throw new Problem('forbidden', 'Only an owner makes agent keys.');
}

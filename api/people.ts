import { z } from 'zod';

import { member_view, role_request, type PeopleApp } from '../domain/people.ts';
import { defineRoute, type Route } from './route.ts';

const members = z.object({ members: z.array(member_view) });

export function peopleRoutes(app: Pick<PeopleApp, 'members' | 'changeRole' | 'removeMember' | 'signOutMember'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/members',
      summary: 'The members of your organisation with their roles.',
      access: 'session',
      responses: { 200: { description: 'Whoever joined first comes first.', schema: members } },
      handle: async ({ caller }) => ({ status: 200, body: { members: await app.members(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/members/:id/role',
      summary: 'Change what a member may do. Their sessions end, so that they sign in again. By an owner.',
      access: 'session',
      body: role_request,
      responses: { 200: { description: 'The members as they are now.', schema: members } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        body: { members: await app.changeRole(caller.person, params.id, body.role) },
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/members/:id',
      summary: 'Remove a member. Their sessions and keys end at once. By an owner; the last owner stays.',
      access: 'session',
      responses: { 200: { description: 'The members as they are now.', schema: members } },
      handle: async ({ caller, params }) => ({ status: 200, body: { members: await app.removeMember(caller.person, params.id) } }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/members/:id/sessions',
      summary: 'Sign a member out everywhere, as when a phone was lost. By an owner.',
      access: 'session',
      responses: { 204: { description: 'Signed out.' } },
      async handle({ caller, params }) {
        await app.signOutMember(caller.person, params.id);
        return { status: 204 };
      },
    }),
  ];
}

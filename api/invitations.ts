import { z } from 'zod';

import { acceptance, invitation_view, invite_request, type PeopleApp } from '../domain/people.ts';
import { definePublicRoute, defineRoute, type Route } from './route.ts';
import { toHeaders } from './sign-in.ts';

type InvitationsApp = Pick<PeopleApp, 'invitations' | 'invite' | 'revokeInvitation' | 'acceptInvitation'>;

export function invitationRoutes(app: InvitationsApp): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/invitations',
      summary: 'The invitations that can still be accepted. For owners.',
      access: 'session',
      responses: { 200: { description: 'Newest first.', schema: z.object({ invitations: z.array(invitation_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { invitations: await app.invitations(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/invitations',
      summary: 'Invite somebody by mail. The link works once, within seven days. By an owner.',
      access: 'session',
      body: invite_request,
      responses: {
        201: {
          description: 'Mailed. `link` is given only where no mail leaves this machine, to be handed over.',
          schema: invitation_view.extend({ link: z.string().nullable() }),
        },
      },
      handle: async ({ caller, body }) => ({ status: 201, body: await app.invite(caller.person, body) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/invitations/:id',
      summary: 'Withdraw an invitation. Its link stops working at once. By an owner.',
      access: 'session',
      responses: { 204: { description: 'Withdrawn.' } },
      async handle({ caller, params }) {
        await app.revokeInvitation(caller.person, params.id);
        return { status: 204 };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/invitations/accept',
      summary: 'Accept an invitation: with a name and a new password, or with the password that the address has already.',
      body: acceptance.extend({ token: z.string().min(1).max(200) }),
      responses: {
        200: { description: 'Joined and signed in; the cookie is in Set-Cookie.', schema: z.object({ success: z.literal(true) }) },
      },
      async handle({ body: { token, ...account }, request }) {
        const set_cookies = await app.acceptInvitation(token, account, toHeaders(request));
        return { status: 200, body: { success: true }, headers: { 'set-cookie': set_cookies } };
      },
    }),
  ];
}

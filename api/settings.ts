/** What an organisation may set. A change is a proposal; who approves is an owner's own act. */
import { z } from 'zod';

import { action_types } from '../domain/action.ts';
import { Problem } from '../domain/problem.ts';
import { approver_list, connection_test, connection_view, setting_request, setting_view } from '../domain/settings.ts';
import { proposed } from '../domain/wire/draft.ts';
import type { Application } from './application.ts';
import { defineRoute, type Route } from './route.ts';

const lists = z.object({ approvers: z.array(approver_list) });
const wanted_approvers = z.object({ user_ids: z.array(z.string().max(100)).max(500) });

export function settingRoutes(app: Application): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/settings',
      summary: 'Every setting: what it does, what it may be, what it is, and the change that waits for it.',
      access: 'read',
      responses: { 200: { description: 'By procedure.', schema: z.object({ settings: z.array(setting_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { settings: await app.settings(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/settings',
      summary: 'Ask for another value of a setting: {setting, value}. It is drafted as a proposal, which an owner approves.',
      access: 'session',
      body: setting_request,
      responses: {
        201: { description: 'Drafted. It takes the place of a card that asked for another value.', schema: proposed },
        200: { description: 'Somebody has asked for just this; the card that waits.', schema: proposed },
      },
      async handle({ caller, body }) {
        const { drafted, ...answer } = await app.settingAsked(caller.person, body);
        return { status: drafted ? 201 : 200, body: answer };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/approvers',
      summary: 'Who may approve which type of action. An empty list means nobody.',
      access: 'read',
      responses: { 200: { description: 'One list for each type.', schema: lists } },
      handle: async ({ caller }) => ({ status: 200, body: { approvers: await app.approvers(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/approvers/:action_type',
      summary: 'Say who may approve a type of action: {user_ids}, all of them. An owner’s own act, at once.',
      access: 'session',
      body: wanted_approvers,
      responses: { 200: { description: 'The lists as they are now.', schema: lists } },
      async handle({ caller, params, body }) {
        const action_type = action_types.find((known) => known === params.action_type);
        if (action_type === undefined)
          throw new Problem('not_found', `There is no action type "${params.action_type}". There are ${action_types.join(', ')}.`);
        return { status: 200, body: { approvers: await app.setApprovers(caller.person, action_type, body.user_ids) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/connections',
      summary: 'What is connected, and what connecting the rest would add.',
      access: 'read',
      responses: { 200: { description: 'In words that hold no secret.', schema: z.object({ connections: z.array(connection_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { connections: await app.connections(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/connections/:name/test',
      summary: 'Ask a connected provider something that changes nothing.',
      access: 'session',
      responses: { 200: { description: 'Whether it answered, and what.', schema: connection_test } },
      handle: async ({ caller, params }) => ({ status: 200, body: await app.testConnection(caller.person, params.name) }),
    }),
  ];
}

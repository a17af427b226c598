/** What people's decisions say about each procedure, and the product's other figures. */
import { z } from 'zod';

import { precision_view, product_figures } from '../domain/figures.ts';
import type { Database } from '../prisma/database.ts';
import { noteOpening, productFigures } from '../prisma/figures.ts';
import type { Application } from './application.ts';
import { defineRoute, type Route } from './route.ts';

const procedures = z.object({ procedures: z.array(precision_view) });

export function learningRoutes(db: Database, app: Pick<Application, 'procedures' | 'enableProcedure'>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/metrics',
      summary: 'The product’s figures: precision with n and interval, decision times, cards per day, hours saved with the method.',
      access: 'read',
      responses: {
        200: { description: 'Figures of your organisation. A rate with fewer than ten cases is null.', schema: product_figures },
      },
      handle: async ({ caller }) => ({ status: 200, body: await productFigures(db, caller.person.org_id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/sops',
      summary: 'Each procedure’s action types with their precision, and whether they are switched off.',
      access: 'read',
      responses: { 200: { description: 'By vertical, action type and version.', schema: procedures } },
      handle: async ({ caller }) => ({ status: 200, body: { procedures: await app.procedures(caller.person) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/sops/:vertical/:action_type/enable',
      summary: 'Switch a procedure’s action type on again after people kept rejecting it. Its record starts afresh.',
      access: 'session',
      responses: { 200: { description: 'As it is now.', schema: procedures } },
      handle: async ({ caller, params: { vertical, action_type } }) => ({
        status: 200,
        body: { procedures: await app.enableProcedure(caller.person, vertical, action_type) },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/proposals/:id/open',
      summary: 'Note that the card is in front of you: how long decisions take counts from here.',
      access: 'session',
      responses: { 204: { description: 'Noted; only the first time counts.' } },
      async handle({ caller: { person }, params: { id } }) {
        await noteOpening(db.sql, person, id);
        return { status: 204 };
      },
    }),
  ];
}

import { z } from 'zod';

import { context_request } from '../domain/context.ts';
import { Problem } from '../domain/problem.ts';
import { storeContext } from '../prisma/context.ts';
import type { Database } from '../prisma/database.ts';
import { defineRoute, type Route } from './route.ts';

export function contextRoute(db: Database): Route {
  return defineRoute({
    method: 'post',
    path: '/api/context',
    summary:
      'Tell facts that no webhook carries. Every part is optional, unknown members are ignored, and what is told again is merged over what was told before. Error rates are fractions (0.02 is 2 %), figures of `metrics` lapse after an hour, dates are ISO 8601 with or without a time. A newer signed event wins over them.',
    access: 'session',
    body: context_request,
    responses: {
      200: { description: 'How many of each were stored.', schema: z.object({ stored: z.record(z.string(), z.number().int()) }) },
    },
    async handle({ caller, body }) {
      if (caller.person.role !== 'owner') throw new Problem('forbidden', 'Only an owner tells the organisation its facts.');
      return { status: 200, body: { stored: await storeContext(db, caller.person, body) } };
    },
  });
}

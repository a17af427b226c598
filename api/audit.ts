import { z } from 'zod';

import type { Database } from '../prisma/database.ts';
import { verifyAudit } from '../prisma/audit.ts';
import { defineRoute, type Route } from './route.ts';

const link = z.object({ seq: z.number().int(), hash: z.string() });
const verification = z.object({
  ok: z.boolean(),
  rows: z.number().int(),
  head: link,
  first_break: z.object({ seq: z.number().int(), reason: z.string() }).nullable(),
});

export function auditRoute(db: Database): Route {
  return defineRoute({
    method: 'get',
    path: '/api/audit/verify',
    summary: "Walk the organisation's audit chain and name its first break.",
    access: 'read',
    responses: { 200: { description: 'What the walk found.', schema: verification } },
    handle: async ({ caller }) => ({ status: 200, body: await verifyAudit(db, caller.person.org_id) }),
  });
}

import { z } from 'zod';

import { Problem } from '../domain/problem.ts';
import { ready_check_ms } from './limits.ts';
import { definePublicRoute, type Route } from './route.ts';

/** Each resolves when its part answers. */
export interface ReadyChecks {
  database(): Promise<unknown>;
  temporal(): Promise<unknown>;
}

const checks = z.object({ database: z.enum(['ok', 'down']), temporal: z.enum(['ok', 'down']) });

export function healthRoutes(ready: ReadyChecks): Route[] {
  return [
    ...['/health', '/healthz'].map((path) =>
      definePublicRoute({
        method: 'get',
        path,
        summary: 'Whether this process lives.',
        responses: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
        handle: async () => ({ status: 200, body: { status: 'ok' } }),
      }),
    ),
    definePublicRoute({
      method: 'get',
      path: '/ready',
      summary: 'Whether the parts it needs answer. 503 with the same checks when one does not.',
      responses: { 200: { description: 'All do.', schema: z.object({ status: z.literal('ready'), checks }) } },
      async handle() {
        const [database, temporal] = await Promise.all([stateOf(ready.database), stateOf(ready.temporal)]);
        if (database === 'ok' && temporal === 'ok') return { status: 200, body: { status: 'ready', checks: { database, temporal } } };
        const down = [database === 'down' ? 'Postgres' : null, temporal === 'down' ? 'Temporal' : null].filter((name) => name !== null);
        throw new Problem('unavailable', `${down.join(' and ')} cannot be reached. Events are still accepted while Postgres is up.`, {
          checks: { database, temporal },
        });
      },
    }),
  ];
}

async function stateOf(check: () => Promise<unknown>): Promise<'ok' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), ready_check_ms);
  });
  const answered = check().then(
    () => 'ok' as const,
    // The answer is the state itself; why it is down is in the logs of whoever needed it.
    () => 'down' as const,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}

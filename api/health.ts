import { z } from 'zod';

import { providers } from '../domain/breaker.ts';
import { Problem } from '../domain/problem.ts';
import { ready_check_ms } from './limits.ts';
import { definePublicRoute, type Route } from './route.ts';

/** Each resolves when its part answers. */
export interface ReadyChecks {
  database(): Promise<unknown>;
  temporal(): Promise<unknown>;
  /** The providers that do not answer now. */
  breakers(): Promise<Map<string, { since: Date; last_error: string }>>;
}

const checks = z.object({ database: z.enum(['ok', 'down']), temporal: z.enum(['ok', 'down']) });
const provider_state = z.object({ state: z.enum(['ok', 'down']), since: z.iso.datetime().nullable(), last_error: z.string().nullable() });
const provider_states = z.record(z.string(), provider_state);

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
      summary:
        'Whether the parts it needs answer. 503 with the same checks when one does not. A provider that is down makes its actions wait, and nothing else.',
      responses: { 200: { description: 'All do.', schema: z.object({ status: z.literal('ready'), checks, providers: provider_states }) } },
      async handle() {
        const [database, temporal] = await Promise.all([stateOf(ready.database), stateOf(ready.temporal)]);
        if (database === 'ok' && temporal === 'ok')
          return { status: 200, body: { status: 'ready', checks: { database, temporal }, providers: await providersOf(ready) } };
        const down = [database === 'down' ? 'Postgres' : null, temporal === 'down' ? 'Temporal' : null].filter((name) => name !== null);
        throw new Problem('unavailable', `${down.join(' and ')} cannot be reached. Events are still accepted while Postgres is up.`, {
          checks: { database, temporal },
        });
      },
    }),
  ];
}

async function providersOf(ready: ReadyChecks): Promise<z.infer<typeof provider_states>> {
  const open = await ready.breakers();
  const stateOfProvider = (name: string) => {
    const breaker = open.get(name);
    if (breaker === undefined) return { state: 'ok' as const, since: null, last_error: null };
    return { state: 'down' as const, since: breaker.since.toISOString(), last_error: breaker.last_error };
  };
  return Object.fromEntries(providers.map((name) => [name, stateOfProvider(name)]));
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

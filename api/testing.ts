/** The HTTP side on a fresh database, on a port of its own, and people who are signed in there. */
import { randomUUID } from 'node:crypto';

import { pino } from 'pino';

import { createReplay } from '../activities/replay.ts';
import { createProcedures } from '../activities/verticals/registry.ts';
import type { Role } from '../domain/app.ts';
import { parseEnvironment } from '../domain/environment.ts';
import type { HandleEventInput } from '../domain/contract.ts';
import { settingDefaultsOf } from '../domain/setting-registry.ts';
import type { Json } from '../domain/text.ts';
import { withOwnExecutors } from '../prisma/own-executors.ts';
import { addOwner, setPassword } from '../prisma/people.ts';
import type { Wake } from '../prisma/wakeups.ts';
import { signStripe } from '../providers/stripe/inbound.ts';
import { standInsFor } from '../scripts/eval/stand-ins.ts';
import { asOwner, testDatabase } from '../scripts/testing/database.ts';
import { connectTemporal } from '../temporal/client.ts';
import { createActions } from './actions.ts';
import { ensureOwner } from './owner.ts';
import { createServer } from './server.ts';
import { surroundingsOf } from './surroundings.ts';

export const owner = { email: 'ana@example.com', password: 'correct horse battery' };
export const stripe_secret = 'whsec_test_current';
export const previous_stripe_secret = 'whsec_test_previous';

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

export async function startTestServer(variables: Record<string, string> = {}) {
  const { db, org_id, url: database_url, close: closeDatabase } = await testDatabase();
  const environment = parseEnvironment({
    OWNER_EMAIL: owner.email,
    OWNER_PASSWORD: owner.password,
    STRIPE_WEBHOOK_SECRET: stripe_secret,
    STRIPE_WEBHOOK_SECRET_PREVIOUS: previous_stripe_secret,
    ...variables,
  });
  const ours = withOwnExecutors(() => null, { db, setting_defaults: settingDefaultsOf(environment) });
  const started: HandleEventInput[] = [];
  const woken: (Wake | null)[] = [];
  let temporal_answers = true;
  const replay = createReplay({ db, proceduresFor: createProcedures(standInsFor(db, {})) });
  await ensureOwner(db, environment);
  const server = await createServer({
    environment,
    db,
    dispatcher: { started: (event) => started.push(event), wake: (wake) => woken.push(wake) },
    temporal: {
      check: () => (temporal_answers ? Promise.resolve() : Promise.reject(new Error('down'))),
      // The worker's part runs here; a Temporal that is down is one that nobody listens for.
      replay: (event) => (temporal_answers ? replay(event) : connectTemporal(nowhere).replay(event, 2_000)),
    },
    actions: createActions((action_type, operation) =>
      action_type === 'email'
        ? { repeat: 'never-retry', connection: () => 'outbox:local', describe: ({ payload }, message_id) => ({ message_id, ...payload }) }
        : ours(action_type, operation),
    ),
    surroundings: surroundingsOf(environment, []),
    trials: new Map(),
    logger: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
  });
  const origin = `http://127.0.0.1:${await server.listen(0)}`;

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, headers = {}, as } = options;
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(as !== undefined && (as.startsWith('eo_') ? { authorization: `Bearer ${as}` } : { cookie: as, origin })),
        ...headers,
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const json = /json(;|$)/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  }

  async function signIn(credentials: { email: string; password: string } = owner): Promise<string> {
    const answer = await call('POST', '/api/auth/sign-in/email', { body: credentials });
    if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
    return cookieOf(answer);
  }

  return {
    origin,
    db,
    database_url,
    org_id,
    started,
    woken,
    call,
    signIn,
    setTemporal: (answers: boolean) => (temporal_answers = answers),
    /** A further member, signed in. */
    async member(role: Role): Promise<string> {
      const user_id = randomUUID();
      const email = `${role}-${user_id}@example.com`;
      const { hashPassword } = await import('better-auth/crypto');
      const hash = await hashPassword(owner.password);
      await db.tx(async (sql) => {
        await addOwner(sql, org_id, { user_id, email, name: role });
        await setPassword(sql, user_id, hash);
      });
      await asOwner(database_url, 'update members set role = $1 where user_id = $2', [role, user_id]);
      return signIn({ email, password: owner.password });
    },
    /** A delivery as Stripe would make it; what is given replaces the honest part. */
    async deliver(
      event: string | object,
      options: { signature?: string; path?: string; headers?: Record<string, string> } = {},
    ): Promise<Answer> {
      const body = typeof event === 'string' ? event : JSON.stringify(event);
      const signature = options.signature ?? signStripe(body, stripe_secret, new Date());
      return call('POST', options.path ?? '/ingest/stripe', { body, headers: { 'stripe-signature': signature, ...options.headers } });
    },
    async close() {
      await server.close();
      await closeDatabase();
    },
  };
}

const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_NAMESPACE: 'default', TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: undefined };

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** A session's cookie or an API key. */
  as?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers member by member; each expectation is the check.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export function cookieOf({ headers }: Pick<Answer, 'headers'>): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}

export function stripeEvent(overrides: { [key: string]: Json } = {}): { [key: string]: Json } {
  return {
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    object: 'event',
    type: 'invoice.payment_failed',
    created: Math.floor(Date.now() / 1000),
    livemode: true,
    data: { object: { id: 'in_1', object: 'invoice', customer: 'cus_1', amount_due: 5000, currency: 'usd' } },
    ...overrides,
  };
}

export const email_draft = {
  vertical: 'money',
  action_type: 'email',
  urgency: 'high',
  reasoning: 'The card was declined.',
  payload: { to: 'bo@example.com', subject: 'Your card', body: 'Please update it.' },
};

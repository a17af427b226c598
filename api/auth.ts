/**
 * Accounts and sessions by better-auth. Its own HTTP router is not mounted: what is offered are the routes of sign-in.ts,
 * so sign-up, password reset and everything else that it brings has no address here.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { parseCookies } from 'better-call';
import { z } from 'zod';

import type { Person } from '../domain/app.ts';
import { Problem } from '../domain/problem.ts';
import { isPasswordHashOf, passwordHashAt } from '../prisma/accounts.ts';
import type { Database } from '../prisma/database.ts';
import { endReplaced, endSession, personOfSession } from '../prisma/sessions.ts';
import { consumeSignInLink } from '../prisma/sign-in-links.ts';
import { client_address_header } from './client-address.ts';
import { session_days, user_agent_chars_max } from './limits.ts';
import { password_chars_max } from './passwords.ts';

export interface Auth {
  /** The member behind a Cookie header, by one query. */
  personOf(cookie: string | undefined): Promise<Person | null>;
  signInEmail(credentials: { email: string; password: string }, headers: Headers): Promise<SignedIn>;
  signInByLink(token: string, headers: Headers): Promise<SignedIn>;
  /**
   * A new session for somebody who was recognised in another way, such as by a passkey. The one that the headers name ends.
   * `org_id` is the organisation they joined just now.
   */
  startSession(user_id: string, headers: Headers, org_id?: string): Promise<SignedIn>;
  /** Ends the session and returns the cookies that clear it. */
  signOut(headers: Headers): Promise<string[]>;
}

export interface SignedIn {
  user: { id: string; name: string; email: string };
  set_cookies: string[];
}

export interface AuthDeps {
  db: Database;
  /** Signs the cookies; the same in every process. */
  secret: string;
  public_url: string;
}

const wrong_credentials = 'Email and password do not fit together.';

export function createAuth({ db, secret, public_url }: AuthDeps): Auth {
  const auth = createBetterAuth({ db, secret, public_url });
  const cookie_name = `${cookiePrefix(public_url)}.session_token`;
  const tokenIn = (cookie: string | null | undefined) => readSessionToken(parseCookies(cookie ?? '').get(cookie_name), secret);

  /** Who signs in again gets a new token, and the old one is worth nothing. */
  async function replaced(headers: Headers, { user, answered, token }: Started): Promise<SignedIn> {
    await endReplaced(db, user.id, tokenIn(headers.get('cookie')));
    if ((await personOfSession(db, token)) === null) {
      await endSession(db, token);
      throw new Problem('unauthenticated', wrong_credentials);
    }
    return { user: { id: user.id, name: user.name, email: user.email }, set_cookies: answered.getSetCookie() };
  }

  async function startSession(user_id: string, headers: Headers, org_id?: string): Promise<SignedIn> {
    const { response, headers: answered } = await asProblems(() =>
      auth.api.startSession({ body: { user_id, org_id }, headers, returnHeaders: true }),
    );
    return replaced(headers, { ...response, answered });
  }

  return {
    startSession,
    async personOf(cookie) {
      const token = tokenIn(cookie);
      return token === null ? null : personOfSession(db, token);
    },
    async signInEmail(body, headers) {
      const checked = await passwordHashAt(db.sql, body.email);
      const { response, headers: answered } = await asProblems(() => auth.api.signInEmail({ body, headers, returnHeaders: true }));
      // A password that was replaced while it was being checked is the former one: its session came too late to be ended with the others.
      if (!(await isPasswordHashOf(db.sql, response.user.id, checked))) await endSession(db, response.token);
      return replaced(headers, { user: response.user, token: response.token, answered });
    },
    async signInByLink(token, headers) {
      const user_id = await consumeSignInLink(db, token);
      if (user_id === null)
        throw new Problem('unauthenticated', 'This link is used up or older than 15 minutes. Restart ExecOps for a fresh one.');
      return startSession(user_id, headers);
    },
    async signOut(headers) {
      // better-auth hides a failure to delete the session; this does not.
      const token = tokenIn(headers.get('cookie'));
      if (token !== null) await endSession(db, token);
      const { headers: answered } = await asProblems(() => auth.api.signOut({ headers, returnHeaders: true }));
      return answered.getSetCookie();
    },
  };
}

interface Started {
  user: { id: string; name: string; email: string };
  token: string;
  answered: Headers;
}

function createBetterAuth({ db, secret, public_url }: AuthDeps) {
  const { origin, pathname } = new URL(public_url);
  return betterAuth({
    baseURL: origin,
    basePath: '/api/auth',
    secret,
    database: prismaAdapter(db.prisma, { provider: 'postgresql' }),
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: password_chars_max },
    // A decision must not wait for a weekly sign-in; the session's row ends it at once when it has to end.
    session: { expiresIn: session_days * 24 * 60 * 60, disableSessionRefresh: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      useSecureCookies: false,
      cookiePrefix: cookiePrefix(public_url),
      ipAddress: { disableIpTracking: true },
      // What else is served on the same host gets no session of ours.
      defaultCookieAttributes: { path: pathname, secure: public_url.startsWith('https:') },
    },
    databaseHooks: {
      session: {
        create: {
          // For the list of sessions: from where and by what each was started.
          before: async ({ userAgent, ...session }, context) => ({
            data: {
              ...session,
              ipAddress: context?.headers?.get(client_address_header) || null,
              userAgent: userAgent?.slice(0, user_agent_chars_max) || null,
            },
          }),
        },
      },
    },
    plugins: [sessionStart(db)],
  });
}

/** Over https a browser takes such a cookie from this host alone: no neighbour below the same domain can plant one. That needs the path `/`. */
function cookiePrefix(public_url: string): string {
  const { protocol, pathname } = new URL(public_url);
  const guard = protocol !== 'https:' ? '' : pathname === '/' ? '__Host-' : '__Secure-';
  return `${guard}better-auth`;
}

/** A session of the same kind as a password's, for whoever was recognised otherwise. Reached in-process only. */
function sessionStart(db: Database) {
  return {
    id: 'session-start',
    endpoints: {
      startSession: createAuthEndpoint(
        '/session/start',
        { method: 'POST', body: z.object({ user_id: z.string(), org_id: z.uuid().optional() }) },
        async (context) => {
          const { user_id, org_id } = context.body;
          const user = await context.context.internalAdapter.findUserById(user_id);
          if (user === null) throw new Problem('unauthenticated', 'This account is not there any more.');
          const session = await context.context.internalAdapter.createSession(user.id);
          if (org_id !== undefined) await db.sql`update session set org_id = ${org_id} where id = ${session.id}`;
          await setSessionCookie(context, { session, user });
          return context.json({ user: { id: user.id, name: user.name, email: user.email }, token: session.token });
        },
      ),
    },
  };
}

/** better-auth's cookie value is `<token>.<base64 of HMAC-SHA-256>`; null unless the signature is ours. */
function readSessionToken(cookie: string | undefined, secret: string): string | null {
  const dot = cookie?.lastIndexOf('.') ?? -1;
  if (cookie === undefined || dot < 1) return null;
  const token = cookie.slice(0, dot);
  const expected = createHmac('sha256', secret).update(token).digest();
  const given = Buffer.from(cookie.slice(dot + 1), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : null;
}

/** What better-auth refuses is said in our words; anything else, such as Postgres being down, passes as it is. */
async function asProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof APIError) || error.statusCode >= 500) throw error;
    if (error.statusCode === 401) throw new Problem('unauthenticated', wrong_credentials);
    throw new Problem('bad_request', error.message);
  }
}

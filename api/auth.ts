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
import type { Database } from '../prisma/database.ts';
import { endSession, personOfSession } from '../prisma/people.ts';
import { consumeSignInLink } from '../prisma/sign-in-links.ts';

export interface Auth {
  /** The member behind a Cookie header, by one query. */
  personOf(cookie: string | undefined): Promise<Person | null>;
  signInEmail(credentials: { email: string; password: string }, headers: Headers): Promise<SignedIn>;
  signInByLink(token: string, headers: Headers): Promise<SignedIn>;
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

const session_days = 30;

export function createAuth({ db, secret, public_url }: AuthDeps): Auth {
  const auth = createBetterAuth({ db, secret, public_url });
  const secure = public_url.startsWith('https:');
  const cookie_name = `${secure ? '__Secure-' : ''}better-auth.session_token`;
  return {
    async personOf(cookie) {
      const token = cookie === undefined ? null : readSessionToken(parseCookies(cookie).get(cookie_name), secret);
      return token === null ? null : personOfSession(db, token);
    },
    async signInEmail(body, headers) {
      const { response, headers: answered } = await asProblems(() => auth.api.signInEmail({ body, headers, returnHeaders: true }));
      return { user: response.user, set_cookies: answered.getSetCookie() };
    },
    async signInByLink(token, headers) {
      const { response, headers: answered } = await asProblems(() =>
        auth.api.signInByLink({ body: { token }, headers, returnHeaders: true }),
      );
      return { user: response.user, set_cookies: answered.getSetCookie() };
    },
    async signOut(headers) {
      // better-auth hides a failure to delete the session; this does not.
      const token = readSessionToken(parseCookies(headers.get('cookie') ?? '').get(cookie_name), secret);
      if (token !== null) await endSession(db, token);
      const { headers: answered } = await asProblems(() => auth.api.signOut({ headers, returnHeaders: true }));
      return answered.getSetCookie();
    },
  };
}

function createBetterAuth({ db, secret, public_url }: AuthDeps) {
  return betterAuth({
    baseURL: public_url,
    basePath: '/api/auth',
    secret,
    database: prismaAdapter(db.prisma, { provider: 'postgresql' }),
    emailAndPassword: { enabled: true, disableSignUp: true },
    // A decision must not wait for a weekly sign-in; the session's row ends it at once when it has to end.
    session: { expiresIn: session_days * 24 * 60 * 60, disableSessionRefresh: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: { useSecureCookies: public_url.startsWith('https:'), ipAddress: { disableIpTracking: true } },
    plugins: [signInLink(db)],
  });
}

/** A one-time link's token becomes a session of the same kind as a password's. */
function signInLink(db: Database) {
  return {
    id: 'sign-in-link',
    endpoints: {
      signInByLink: createAuthEndpoint('/sign-in/link', { method: 'POST', body: z.object({ token: z.string() }) }, async (context) => {
        const user_id = await consumeSignInLink(db, context.body.token);
        const user = user_id === null ? null : await context.context.internalAdapter.findUserById(user_id);
        if (user === null)
          throw new Problem('unauthenticated', 'This link is used up or older than 15 minutes. Restart ExecOps for a fresh one.');
        const session = await context.context.internalAdapter.createSession(user.id);
        await setSessionCookie(context, { session, user });
        return context.json({ user: { id: user.id, name: user.name, email: user.email } });
      }),
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
    if (error.statusCode === 401) throw new Problem('unauthenticated', 'Email and password do not fit together.');
    throw new Problem('bad_request', error.message);
  }
}

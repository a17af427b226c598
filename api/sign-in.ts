/** Signing in and out. Accounts are never made here: sign-up is off. */
import type { IncomingHttpHeaders } from 'node:http';

import { z } from 'zod';

import { address } from '../domain/address.ts';
import type { Auth } from './auth.ts';
import { client_address_header } from './client-address.ts';
import type { GuessLimit } from './rate-limit.ts';
import type { SignInLimit } from './sign-in-limit.ts';
import { definePublicRoute, type Route } from './route.ts';

const password_chars_max = 1_000;
const credentials = z.object({ email: address, password: z.string().min(1).max(password_chars_max) });
const link = z.object({ token: z.string().min(1).max(200) });
export const signed_in = z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) });

export interface SignInDeps {
  auth: Auth;
  limit: SignInLimit;
  guesses: GuessLimit;
}

/** Sign-in with its limits, for the routes and for the interface's own forms alike. `client` is the caller's address. */
export function createSignIn({ auth, limit, guesses }: SignInDeps) {
  return {
    byEmail: (given: { email: string; password: string }, headers: Headers, client: string) =>
      limit.attempt(client, given.email, () => auth.signInEmail({ email: given.email, password: given.password }, headers)),
    byLink: (token: string, headers: Headers, client: string) => guesses.attempt(client, () => auth.signInByLink(token, headers)),
    /** `prove` tells whose passkey it was; `credential` is what it claims to be. */
    byPasskey: (prove: () => Promise<string>, credential: string, headers: Headers, client: string) =>
      limit.attempt(client, credential, async () => auth.startSession(await prove(), headers)),
    signOut: (headers: Headers) => auth.signOut(headers),
  };
}
export type SignIn = ReturnType<typeof createSignIn>;

export function signInRoutes(sign_in: SignIn): Route[] {
  return [
    definePublicRoute({
      method: 'post',
      path: '/api/auth/sign-in/email',
      summary: 'Sign in with email and password. The answer sets the session cookie, for a script as for a browser.',
      body: credentials,
      responses: { 200: { description: 'Signed in; the cookie is in Set-Cookie.', schema: signed_in } },
      async handle({ body, request }) {
        const { user, set_cookies } = await sign_in.byEmail(body, toHeaders(request), request.ip ?? '');
        return { status: 200, body: { user: publicUser(user) }, headers: { 'set-cookie': set_cookies } };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/auth/sign-in/link',
      summary: 'Sign in with the token of a one-time link. It works once, within 15 minutes.',
      body: link,
      responses: { 200: { description: 'Signed in; the cookie is in Set-Cookie.', schema: signed_in } },
      async handle({ body, request }) {
        const { user, set_cookies } = await sign_in.byLink(body.token, toHeaders(request), request.ip ?? '');
        return { status: 200, body: { user: publicUser(user) }, headers: { 'set-cookie': set_cookies } };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/auth/sign-out',
      summary: 'End the session of the cookie that is sent.',
      responses: { 200: { description: 'The session has ended.', schema: z.object({ success: z.literal(true) }) } },
      async handle({ request }) {
        const set_cookies = await sign_in.signOut(toHeaders(request));
        return { status: 200, body: { success: true }, headers: { 'set-cookie': set_cookies } };
      },
    }),
  ];
}

export function publicUser({ id, name, email }: { id: string; name: string; email: string }) {
  return { id, name, email };
}

/** What better-auth reads: the cookie, and for the session's row the browser's name and where it is. */
export function toHeaders({ headers, ip }: { headers: IncomingHttpHeaders; ip?: string | undefined }): Headers {
  const result = new Headers({ [client_address_header]: ip ?? '' });
  if (headers.cookie !== undefined) result.set('cookie', headers.cookie);
  if (headers['user-agent'] !== undefined) result.set('user-agent', headers['user-agent']);
  return result;
}

/** Signing in and out. Accounts are never made here: sign-up is off. */
import { z } from 'zod';

import { address } from '../domain/address.ts';
import type { Auth } from './auth.ts';
import type { SignInLimit } from './rate-limit.ts';
import { definePublicRoute, type Route } from './route.ts';

const password_chars_max = 1_000;
const credentials = z.object({ email: address, password: z.string().min(1).max(password_chars_max) });
const link = z.object({ token: z.string().min(1).max(200) });
const signed_in = z.object({ user: z.object({ id: z.string(), name: z.string(), email: z.string() }) });

export interface SignInDeps {
  auth: Auth;
  limit: SignInLimit;
}

/** Sign-in with its limits, for the routes and for the interface's own forms alike. `client` is the caller's address. */
export function createSignIn({ auth, limit }: SignInDeps) {
  return {
    byEmail: (given: { email: string; password: string }, headers: Headers, client: string) =>
      limit.attempt(client, given.email, () => auth.signInEmail({ email: given.email, password: given.password }, headers)),
    /** Not limited: nobody guesses 256 bits. */
    byLink: (token: string, headers: Headers) => auth.signInByLink(token, headers),
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
        const { user, set_cookies } = await sign_in.byEmail(body, toHeaders(request.headers), request.ip ?? '');
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
        const { user, set_cookies } = await sign_in.byLink(body.token, toHeaders(request.headers));
        return { status: 200, body: { user: publicUser(user) }, headers: { 'set-cookie': set_cookies } };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/auth/sign-out',
      summary: 'End the session of the cookie that is sent.',
      responses: { 200: { description: 'The session has ended.', schema: z.object({ success: z.literal(true) }) } },
      async handle({ request }) {
        const set_cookies = await sign_in.signOut(toHeaders(request.headers));
        return { status: 200, body: { success: true }, headers: { 'set-cookie': set_cookies } };
      },
    }),
  ];
}

function publicUser({ id, name, email }: { id: string; name: string; email: string }) {
  return { id, name, email };
}

/** What better-auth reads: the cookie, and the browser's name for the session's row. */
function toHeaders(headers: { cookie?: string | undefined; 'user-agent'?: string | undefined }): Headers {
  const result = new Headers();
  if (headers.cookie !== undefined) result.set('cookie', headers.cookie);
  if (headers['user-agent'] !== undefined) result.set('user-agent', headers['user-agent']);
  return result;
}

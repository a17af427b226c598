import type { Request } from 'express';
import { z } from 'zod';

import { passkey_assertion, passkey_registration, step_up_request, step_up_view } from '../../domain/passkeys.ts';
import { passkey_view } from '../../domain/people.ts';
import { networkOf } from '../client-address.ts';
import type { RateLimit } from '../rate-limit.ts';
import { definePublicRoute, defineRoute, type Route } from '../route.ts';
import { publicUser, signed_in, toHeaders, type SignIn } from '../sign-in.ts';
import type { Passkeys } from './passkeys.ts';
import { siteOf, type Site } from './site.ts';

export interface PasskeyRoutesDeps {
  passkeys: Passkeys;
  sign_in: Pick<SignIn, 'byPasskey'>;
  /** Each question that is asked of nobody in particular leaves a row behind for minutes. */
  limit: RateLimit;
  public_url: string | undefined;
}

/** As `PublicKeyCredential.parseCreationOptionsFromJSON()` and `parseRequestOptionsFromJSON()` take them. */
const options = z.looseObject({ challenge: z.string() });

export function passkeyRoutes({ passkeys, sign_in, limit, public_url }: PasskeyRoutesDeps): Route[] {
  const siteIn = (request: Request): Site => siteOf(public_url, request.socket.localPort);
  return [
    defineRoute({
      method: 'post',
      path: '/api/passkeys/registration/options',
      summary: 'Begin to add a passkey: what the browser needs to make one. It takes a sign-in of the last ten minutes.',
      access: 'session',
      responses: { 200: { description: 'Options for navigator.credentials.create().', schema: options } },
      handle: async ({ caller, request }) => ({ status: 200, body: await passkeys.registrationOptions(caller.person, siteIn(request)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/passkeys/registration',
      summary: 'Add the passkey that the browser made, under a name.',
      access: 'session',
      body: passkey_registration,
      responses: { 201: { description: 'Added.', schema: passkey_view } },
      handle: async ({ caller, body, request }) => ({ status: 201, body: await passkeys.register(caller.person, siteIn(request), body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/passkeys',
      summary: 'Your passkeys.',
      access: 'session',
      responses: { 200: { description: 'Oldest first.', schema: z.object({ passkeys: z.array(passkey_view) }) } },
      handle: async ({ caller }) => ({ status: 200, body: { passkeys: await passkeys.list(caller.person) } }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/passkeys/:id',
      summary: 'Remove one of your passkeys. It takes a sign-in of the last ten minutes.',
      access: 'session',
      responses: { 204: { description: 'Removed.' } },
      async handle({ caller, params: { id } }) {
        await passkeys.remove(caller.person, id);
        return { status: 204 };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/passkeys/sign-in/options',
      summary: 'Begin to sign in with a passkey.',
      responses: { 200: { description: 'Options for navigator.credentials.get().', schema: options } },
      async handle({ request }) {
        limit.take(`address ${networkOf(request.ip ?? '')}`);
        return { status: 200, body: await passkeys.signInOptions(siteIn(request)) };
      },
    }),
    definePublicRoute({
      method: 'post',
      path: '/api/passkeys/sign-in',
      summary: 'Sign in with what a passkey signed.',
      body: passkey_assertion,
      responses: { 200: { description: 'Signed in; the cookie is in Set-Cookie.', schema: signed_in } },
      async handle({ body: { response }, request }) {
        const prove = () => passkeys.signIn(siteIn(request), response);
        const { user, set_cookies } = await sign_in.byPasskey(prove, response.id, toHeaders(request), request.ip ?? '');
        return { status: 200, body: { user: publicUser(user) }, headers: { 'set-cookie': set_cookies } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/passkeys/step-up/options',
      summary:
        'Begin to confirm one version of a proposal with a passkey. `options` is null when you have none: then none is asked of you.',
      access: 'session',
      body: step_up_request,
      responses: { 200: { description: 'Options for navigator.credentials.get().', schema: z.object({ options: options.nullable() }) } },
      handle: async ({ caller, body, request }) => ({
        status: 200,
        body: { options: await passkeys.stepUpOptions(caller.person, siteIn(request), body) },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/passkeys/step-up',
      summary: 'Confirm with what a passkey signed. The answer goes into the approval as `step_up`, once, within five minutes.',
      access: 'session',
      body: passkey_assertion,
      responses: { 200: { description: 'Confirmed.', schema: step_up_view } },
      handle: async ({ caller, body, request }) => ({
        status: 200,
        body: await passkeys.stepUp(caller.person, siteIn(request), body.response),
      }),
    }),
  ];
}

import { redirect } from '@sveltejs/kit';
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks';

import { isTheme, theme_cookie } from '#lib/theme.ts';
import { sign_in_path } from '#lib/paths.ts';

export const handle: Handle = async ({ event, resolve: respond }) => {
  const app = event.platform?.req.execops;
  if (app === undefined) throw new Error('The interface was mounted without the application.');
  event.locals.app = app;
  event.locals.set_cookies = [];
  event.locals.person = await app.personOf(event.request.headers);
  if (event.locals.person === null && !isPublic(event.route.id)) {
    if (isAskedByScript(event)) return new Response(null, { status: 401, headers: { 'cache-control': 'no-store' } });
    redirect(303, signInPath(event.url));
  }

  const theme = event.cookies.get(theme_cookie);
  const response = await respond(event, {
    transformPageChunk: ({ html }) => (isTheme(theme) ? html.replace('<html lang="en">', `<html lang="en" data-theme="${theme}">`) : html),
  });
  // What a person was shown is not for whoever has the browser after them.
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  for (const cookie of event.locals.set_cookies) response.headers.append('set-cookie', cookie);
  return response;
};

export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind !== 'unknown') return;
  const { log } = event.platform?.req ?? {};
  log?.error({ err: error, route: event.route.id }, 'a page could not be rendered');
  if (log === undefined) console.error(error);
  return { message: 'Something went wrong on our side. Nothing was decided or sent by it.' };
};

function isPublic(route: string | null): boolean {
  return route === null || route.startsWith('/sign-in') || route === '/sign-out' || route === '/invitation';
}

/** A part of an open page asks for a value: the sign-in page would be no answer to that. A page's own data is led there by the framework. */
function isAskedByScript({ request, isDataRequest }: Parameters<Handle>[0]['event']): boolean {
  return request.method === 'GET' && !isDataRequest && request.headers.get('sec-fetch-dest') === 'empty';
}

/** Comes back to where the person was going; an action's address is not a page, so only its path is kept. */
function signInPath(url: URL): string {
  const next = url.pathname + (url.search.startsWith('?/') ? '' : url.search);
  return `${sign_in_path}?${new URLSearchParams({ next })}`;
}

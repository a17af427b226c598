/**
 * What goes on where no page of ours is open, and while there is no connection. It keeps nothing that belongs to anybody:
 * only the built files, which are the same for all and named by their content. Pages and answers always come from the server.
 */
import { self } from '$app/service-worker';

import { goToCard, showCard, subscribeAnew } from './notifications.ts';
import { offlinePage } from './offline.ts';
import { dropOldShells, fromShell, isOfShell, keepShell } from './shell.ts';

self.addEventListener('install', (event) => event.waitUntil(keepShell()));

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate') return event.respondWith(navigate(event));
  if (request.method === 'GET' && isOfShell(request.url)) event.respondWith(fromShell(request));
});

self.addEventListener('push', (event) => event.waitUntil(showCard(event.data)));

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(goToCard(event.notification.data));
});

self.addEventListener('pushsubscriptionchange', (event) => {
  (event as ExtendableEvent).waitUntil(subscribeAnew());
});

async function takeOver(): Promise<void> {
  await dropOldShells();
  // The browser asks for the page while this worker is still being started.
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

/** The page as the server has it, or the word that nothing can be decided now; never a page that was kept. */
async function navigate({ request, preloadResponse }: FetchEvent): Promise<Response> {
  try {
    return ((await preloadResponse) as Response | undefined) ?? (await fetch(request));
  } catch {
    return offlinePage(new URL(request.url));
  }
}

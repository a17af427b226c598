/** The scripts and styles that every page starts from. Their names change with their content, so what is kept is never old. */
import { assets, immutable } from '$app/manifest';
import { version } from '$app/env';
import { self } from '$app/service-worker';

import { offline_style } from './offline.ts';

const prefix = 'shell-';
const cache_name = `${prefix}${version}`;

const urlOf = (path: string): string => new URL(path.replace(/^\//, ''), self.registration.scope).href;

const urls = new Set([
  ...immutable.filter(({ path }) => /\.(js|css)$/.test(path)).map(({ path }) => urlOf(path)),
  ...assets.filter(({ path }) => path.endsWith(offline_style)).map(({ path }) => urlOf(path)),
]);

export const isOfShell = (url: string): boolean => urls.has(url);

export async function keepShell(): Promise<void> {
  await (await caches.open(cache_name)).addAll([...urls]);
}

export async function fromShell(request: Request): Promise<Response> {
  return (await (await caches.open(cache_name)).match(request)) ?? fetch(request);
}

export async function dropOldShells(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(prefix) && name !== cache_name).map((name) => caches.delete(name)));
}

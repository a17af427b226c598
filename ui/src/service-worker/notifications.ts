/** Notices on a device: shown as they come, replaced by card, and a way to the card; nothing can be decided from here. */
import { self } from '$app/service-worker';

/** As api/notices/push.ts sends it. */
interface PushData {
  title: string;
  body: string;
  tag: string;
  path: string;
  silent: boolean;
}

const unreadable: PushData = { title: 'ExecOps', body: 'Something waits for you.', tag: 'card', path: '/inbox', silent: false };

const urlOf = (path: string): string => new URL(path.replace(/^\//, ''), self.registration.scope).href;

/** A browser wants to see a notification for every message, so what is over replaces what stood there, without a sound. */
export async function showCard(message: PushMessageData | null): Promise<void> {
  const { title, body, tag, path, silent } = read(message);
  const options: NotificationOptions & { renotify: boolean } = {
    body,
    tag,
    silent,
    renotify: !silent,
    icon: urlOf('icon-192.png'),
    badge: urlOf('badge-96.png'),
    data: { path },
  };
  await self.registration.showNotification(title, options);
}

function read(message: PushMessageData | null): PushData {
  try {
    return { ...unreadable, ...(message?.json() as Partial<PushData> | undefined) };
  } catch {
    return unreadable;
  }
}

/** In a window that is open already, else in a new one. */
export async function goToCard(data: unknown): Promise<void> {
  const path = typeof data === 'object' && data !== null && 'path' in data ? String(data.path) : unreadable.path;
  const url = urlOf(path);
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const open = windows.find((one) => one.url === url) ?? windows.find((one) => one.url.startsWith(self.registration.scope));
  if (open === undefined) return void (await self.clients.openWindow(url));
  const focused = await open.focus().catch(() => open);
  // A window that this worker does not control yet cannot be led anywhere.
  if (focused.url !== url) await focused.navigate(url).catch(() => self.clients.openWindow(url));
}

/** The browser has replaced its subscription: ours follows it, as long as somebody is signed in here. */
export async function subscribeAnew(): Promise<void> {
  const answer = await fetch(urlOf('api/push/key'));
  if (!answer.ok) return;
  const { key } = (await answer.json()) as { key: string };
  const subscription = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await fetch(urlOf('api/push/subscriptions'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(subscription),
  });
}

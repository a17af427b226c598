/** This browser's part in push: whether it can, whether it may, and its subscription. */
import { base_path } from '#lib/paths.ts';

/** What a person has said of notifications here; `unsupported` where nobody can say anything. */
export type PushState = 'unsupported' | NotificationPermission;

const api = `${base_path}/api/push/subscriptions`;
/** A service worker that could not be installed is never ready. */
const ready_ms_max = 10_000;

export async function stateOf(): Promise<{ state: PushState; subscription: PushSubscription | null }> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window))
    return { state: 'unsupported', subscription: null };
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = (await registration?.pushManager.getSubscription()) ?? null;
  return { state: Notification.permission, subscription };
}

/** Throws an Error with a sentence for whoever waits for it. */
export async function subscribe(push_key: string): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new Error('The browser was not allowed to show notifications.');
  const registration = await readyWorker();
  const subscription = await subscribeWith(registration, push_key);
  await answered(fetch(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(subscription) }));
}

export async function unsubscribe(id: string): Promise<void> {
  await answered(fetch(`${api}/${id}`, { method: 'DELETE' }));
  await (await stateOf()).subscription?.unsubscribe();
}

/** As the server tells one device from another. */
export async function hashOf(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function readyWorker(): Promise<ServiceWorkerRegistration> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('The part of this page that shows notifications could not be installed. Reload it.')), ready_ms_max);
  });
  return Promise.race([navigator.serviceWorker.ready, late]);
}

/** One that was made with another key, such as of a former installation, is replaced. */
async function subscribeWith(registration: ServiceWorkerRegistration, push_key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: push_key };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    const former = await registration.pushManager.getSubscription();
    if (former === null) throw new Error('This browser’s push service did not answer. Try again later.', { cause: error });
    await former.unsubscribe();
    return registration.pushManager.subscribe(options);
  }
}

async function answered(asking: Promise<Response>): Promise<void> {
  const answer = await asking.catch(() => null);
  if (answer === null) throw new Error('The server does not answer. Try again.');
  if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? 'That did not work. Try again.');
}

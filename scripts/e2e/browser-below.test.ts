/** The product below a path of its own, behind a proxy that ends TLS: as most people will have it. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { signStripe } from '../../providers/stripe/inbound.ts';
import { stripeEvent } from '../../api/testing.ts';
import { browser_path, openBrowser } from '../testing/browser.ts';
import { watch, type Watch } from '../testing/browser-watch.ts';
import { ui_below } from '../testing/below.ts';
import { startInstance, test_owner, type Instance } from '../testing/instance.ts';
import { picture } from '../testing/inbox-page.ts';
import { startReverseProxy, type ReverseProxy } from '../testing/reverse-proxy.ts';
import { shared } from '../testing/shared.ts';
import { until } from '../testing/wait.ts';

const secret = 'whsec_below_a_path';
const browserTest = test.skipIf(browser_path === undefined);

let instance: Instance;
let proxy: ReverseProxy;
let base: string;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let watched: Watch;

beforeAll(async () => {
  if (browser_path === undefined) return;
  await shared('/ui-below');
  proxy = await startReverseProxy(() => instance.url, { tls: true, rewrites_host: true });
  base = proxy.origin + ui_below.base_path;
  [browser, instance] = await Promise.all([
    // A service worker's script is fetched past what Playwright lets through for pages.
    openBrowser(['--ignore-certificate-errors']),
    startInstance({
      env: {
        BASE_PATH: ui_below.base_path,
        PUBLIC_URL: proxy.origin,
        UI_BUILD_DIR: ui_below.build_dir,
        STRIPE_WEBHOOK_SECRET: secret,
        UNDO_SECONDS: '3',
      },
    }),
  ]);
});
afterEach(() => Promise.all((browser?.contexts() ?? []).map((open) => open.close())));
afterEach(() => expect(watched?.complaints.splice(0) ?? []).toEqual([]));
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await instance?.stop();
});

async function context(): Promise<BrowserContext> {
  const fresh = await browser.newContext({ baseURL: base, ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
  fresh.setDefaultTimeout(20_000);
  watched = watch(fresh, proxy.origin);
  return fresh;
}

async function signedIn(): Promise<{ page: Page; context: BrowserContext }> {
  const fresh = await context();
  const page = await fresh.newPage();
  await page.goto(`${base}/inbox`);
  expect(page.url()).toBe(`${base}/sign-in?next=${encodeURIComponent(`${ui_below.base_path}/inbox`)}`);
  await page.getByLabel('Email').fill(test_owner.email);
  await page.getByLabel('Password', { exact: true }).fill(test_owner.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${base}/inbox`);
  return { page, context: fresh };
}

browserTest('a person signs in, tries a sample, approves it while the page is live, and signs out', async () => {
  const { page, context: mine } = await signedIn();
  const cookies = await mine.cookies();
  const session = cookies.find(({ name }) => name.includes('session_token'));
  expect(session).toMatchObject({ path: ui_below.base_path, httpOnly: true, secure: true, sameSite: 'Lax' });
  expect(session?.name).toMatch(/^__Secure-/);

  await page.getByRole('banner').getByText('Live', { exact: true }).waitFor({ state: 'attached' });
  await page
    .getByRole('button', { name: /failed payment/i })
    .first()
    .click();
  const card = page
    .locator('article')
    .filter({ has: page.getByRole('button', { name: 'Approve' }) })
    .first();
  await card.getByRole('button', { name: 'Approve' }).first().click();
  await picture(page, 'below-a-path');
  await until('it is decided', async () => (await instance.db.sql`select 1 from decisions where decision = 'approve'`).length === 1);
  await until('it is done', async () => (await instance.db.sql`select 1 from proposals where status = 'executed'`).length === 1, 40_000);
  await page
    .getByText(/^(Sent|Done)/)
    .first()
    .waitFor();

  await page.goto(`${base}/inbox/settings/data`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).first().click()]);
  expect(download.suggestedFilename()).toBe('execops-proposals.csv');
  await page.getByRole('button', { name: 'Verify the audit' }).click();
  await page.getByText(/^All \d+ rows fit together/).waitFor();

  await page.goto(`${base}/inbox`);
  await page
    .getByText(/^You: /)
    .locator('xpath=ancestor::summary')
    .click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${base}/sign-in`);
  expect((await mine.cookies()).filter(({ name }) => name.includes('session_token'))).toEqual([]);
  expect(
    proxy.asked.filter((line) => !line.includes(` ${ui_below.base_path}`)),
    'nothing was asked outside the path',
  ).toEqual([]);
});

browserTest('a session that ends elsewhere leads an open page to the sign-in page', async () => {
  const { page } = await signedIn();
  await page.getByRole('banner').getByText('Live', { exact: true }).waitFor({ state: 'attached' });
  await instance.db.sql`delete from session`;
  await page.waitForURL(/\/ops\/sign-in/);
  // The browser itself reports that the stream and the page's question were answered 401.
  expect(watched.complaints.splice(0).filter((line) => !/status of 401/.test(line))).toEqual([]);
});

test('the doors, the documents and the health are below the path; the health beside it too', async () => {
  if (browser_path === undefined) return;
  const body = JSON.stringify(stripeEvent());
  const deliver = (path: string) =>
    fetch(instance.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signStripe(body, secret, new Date()) },
      body,
    });
  expect((await deliver('/ops/ingest/stripe')).status).toBe(202);
  expect((await deliver('/ingest/stripe')).status).toBe(404);
  for (const path of ['/health', '/healthz', '/ready', '/ops/health', '/ops/healthz', '/ops/ready'])
    expect([path, (await fetch(instance.url + path)).status]).toEqual([path, 200]);
  for (const path of ['/', '/inbox', '/api/inbox', '/opsy/health', '/OPS/health', '/docs', '/slack/events'])
    expect([path, (await fetch(instance.url + path)).status]).toEqual([path, 404]);
  expect(await (await fetch(`${instance.url}/inbox`)).json()).toMatchObject({
    detail: expect.stringContaining('Everything is served below /ops'),
  });

  const origin = proxy.origin;
  const signed = await fetch(`${instance.url}/ops/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify(test_owner),
  });
  const [set_cookie = ''] = signed.headers.getSetCookie();
  expect(set_cookie).toMatch(/; Path=\/ops;/);
  const cookie = set_cookie.split(';', 1)[0] ?? '';
  const document = (await (await fetch(`${instance.url}/ops/openapi.json`, { headers: { cookie } })).json()) as { servers: unknown };
  expect(document.servers).toEqual([{ url: '/ops' }]);
  expect(await (await fetch(`${instance.url}/ops/docs`, { headers: { cookie } })).text()).toContain('href="/ops/openapi.json"');
});

test('every answer tells browsers to be strict, and to come by https only', async () => {
  if (browser_path === undefined) return;
  for (const path of ['/ops/health', '/ops/sign-in', '/ops/inbox', '/ops/nothing', '/ops/favicon.svg', '/ops/api/inbox', '/ops/docs']) {
    const { headers } = await fetch(instance.url + path, { redirect: 'manual', headers: { 'x-forwarded-proto': 'https' } });
    const policy = headers.get('content-security-policy') ?? '';
    expect([path, policy.includes('unsafe-inline') || policy.includes('unsafe-eval') || policy === '']).toEqual([path, false]);
    expect([path, /frame-ancestors 'none'/.test(policy)]).toEqual([path, true]);
    expect(Object.fromEntries(wanted_headers.map(([name]) => [name, headers.get(name)]))).toEqual(Object.fromEntries(wanted_headers));
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  }
});

const wanted_headers = [
  ['strict-transport-security', 'max-age=31536000'],
  ['x-frame-options', 'DENY'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'same-origin'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
] as const;

browserTest('an authenticated page is not kept, and its style and script run by nonces alone', async () => {
  const { page } = await signedIn();
  for (const path of ['/inbox', '/inbox/events', '/inbox/settings/data', '/docs']) {
    const answer = await page.goto(base + path);
    expect([path, answer?.status(), answer?.headers()['cache-control']]).toEqual([path, 200, 'no-store']);
    expect(answer?.headers()['content-security-policy']).not.toMatch(/unsafe-(inline|eval)/);
  }
});

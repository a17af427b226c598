/** Notices in front of a person: the mail's link, the panels that set them up, and what a device shows. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { simpleParser, type ParsedMail } from 'mailparser';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { verified } from '../../api/notices/testing-notices.ts';
import { setPreferences } from '../../prisma/notice-preferences.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { isLive, startPlace, type Place } from '../testing/inbox-page.ts';
import { startPeer } from '../testing/peer.ts';
import { until } from '../testing/wait.ts';

let place: Place;
beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
}, 240_000);
afterEach(async () => {
  await place?.closeDesks();
});
afterAll(() => place?.stop());

const noticeMails = async (): Promise<ParsedMail[]> =>
  Promise.all(globSync(join(place.instance.data_dir, 'notices', 'notice-*.eml')).map(async (file) => simpleParser(await readFile(file))));

test.skipIf(!browser_path)('whatever follows a mail’s link, nothing is decided and nothing counts as opened', async () => {
  const { db, url } = place.instance;
  await setPreferences(db, place.ana, { mail: 'all' });
  const { card } = await place.pending();
  const mail = await until('the mail is there', async () => (await noticeMails()).find(({ text }) => text?.includes(card.id)));
  const link = new RegExp(`http://localhost:\\d+/inbox/${card.id}`).exec(mail.text ?? '')?.[0] ?? expect.fail();
  const session = (await (await place.at(place.ana)).context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const before = await place.view(card.id);
  const state = async () => ({
    decisions: await place.decisionsOn(card.id),
    audit: await db.prisma.audit.count({ where: { proposal_id: card.id } }),
    openings: await db.prisma.openings.count({ where: { proposal_id: card.id } }),
  });
  const untouched = await state();
  expect(link).toBe(`${url}/inbox/${card.id}`);
  const scanners: Record<string, string>[] = [
    { 'user-agent': 'Mozilla/5.0 (compatible; SafeLinks)' },
    { purpose: 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { cookie: session, 'sec-purpose': 'prefetch' },
  ];
  for (const headers of scanners) {
    for (let count = 0; count < 20; count += 1) {
      const method = count % 4 === 3 ? 'HEAD' : 'GET';
      const answer = await fetch(`${link}${count % 5 === 4 ? '?/approve' : ''}`, { method, headers, redirect: 'manual' });
      expect([200, 303]).toContain(answer.status);
      await answer.text();
    }
  }
  expect(await state()).toEqual(untouched);
  expect(await place.view(card.id)).toEqual(before);
  await setPreferences(db, place.ana, { mail: 'none' });
});

test.skipIf(!browser_path)('a person chooses what they are told, also without JavaScript', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { page } = await place.at(place.ana, '/inbox/settings/notifications', { javaScriptEnabled });
    await page.getByLabel('Mail', { exact: false }).first().selectOption('high');
    await page.getByLabel('Without content').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    const row = await place.instance.db.prisma.notice_preferences.findFirst({ where: { user_id: place.ana.user_id } });
    expect(row).toMatchObject({ mail: 'high', push: 'none', content_free: true });
    await setPreferences(place.instance.db, place.ana, { mail: 'none', content_free: false });
    await page.context().close();
  }
});

test.skipIf(!browser_path)('an owner adds a webhook, sees its secret once, tests, renews and removes it', async () => {
  const receiver = await startPeer(() => ({ status: 204 }));
  try {
    const { page } = await place.at(place.ana, '/inbox/settings/webhooks');
    await page.getByText('None yet.').waitFor();
    await page.getByLabel('Address').fill('http://10.0.0.8/hook');
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    await page.getByText('It must start with https://').waitFor();
    await page.getByLabel('Address').fill(`${receiver.url}/hook`);
    await page.getByLabel('Rejected').check();
    await page.getByRole('button', { name: 'Add the webhook' }).click();
    const secret = await page.locator('[data-shown-once]').innerText();
    expect(secret).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'Test:' }).click();
    await page.getByText('It took the test message (204).').waitFor();
    expect(verified(receiver.requests[0] ?? expect.fail(), secret).type).toBe('webhook.test');
    receiver.next('/hook', { status: 500 });
    await page.getByRole('button', { name: 'Test:' }).click();
    await page.getByText('It answered 500.').waitFor();
    await page.getByRole('button', { name: 'New secret:' }).click();
    await page.getByText('Copy the new secret now').waitFor();
    expect(await page.locator('[data-shown-once]').innerText()).not.toBe(secret);
    await page.reload();
    await isLive(page);
    expect(await page.locator('[data-shown-once]').count()).toBe(0);
    await page.getByRole('button', { name: 'Remove:' }).click();
    await page.getByText('None yet.').waitFor();
    expect(place.complaints()).toEqual([]);
  } finally {
    await receiver.close();
  }
});

/** The service worker, once it controls the page, and the protocol that speaks to it. */
async function workerOf(page: Page): Promise<{ cdp: CDPSession; push(data: object): Promise<void> }> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const cdp = await page.context().newCDPSession(page);
  const registration = new Promise<string>((resolve) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && resolve(registrations[0].registrationId));
  });
  await cdp.send('ServiceWorker.enable');
  const registrationId = await registration;
  const origin = new URL(page.url()).origin;
  return {
    cdp,
    push: async (data) => void (await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(data) })),
  };
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });

test.skipIf(!browser_path)('a device shows a card, the newer in the older one’s place, and what is over last', async () => {
  const { context, page } = await place.at(place.ana);
  await context.grantPermissions(['notifications']);
  const { push } = await workerOf(page);
  const card = { tag: 'card-1', path: '/inbox/1', silent: false };
  await push({ ...card, title: 'High: Acme', body: 'A card waits for your decision.' });
  await until('it is shown', async () => (await shown(page)).length === 1);
  await push({ ...card, title: 'Critical: Acme', body: 'It has become critical.' });
  await until('it is replaced', async () => (await shown(page))[0]?.title === 'Critical: Acme');
  await push({ ...card, title: 'Acme', body: 'Approved. Nothing is left to do here.', silent: true });
  await until('it is over', async () => (await shown(page))[0]?.title === 'Acme');
  expect(await shown(page)).toEqual([
    { title: 'Acme', body: 'Approved. Nothing is left to do here.', tag: 'card-1', data: { path: '/inbox/1' } },
  ]);
});

test.skipIf(!browser_path)('the inbox can be installed, and what is kept of it belongs to nobody', async () => {
  const { page } = await place.at(place.ana);
  const { cdp } = await workerOf(page);
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  // A window of a test is as private as a browser's, and nothing is installed there.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
  const manifest = await cdp.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
  expect(JSON.parse(manifest.data ?? '{}').name).toBe('ExecOps (development)');
  const kept = await page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys())
      for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
    return urls;
  });
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.filter((path) => !/^\/(_app\/immutable\/.+\.(js|css)|offline\.css)$/.test(path))).toEqual([]);
  expect(place.complaints()).toEqual([]);
});

test.skipIf(!browser_path)('without a connection a page says so, decides nothing, and comes back by itself asked', async () => {
  const { context, page } = await place.at(place.ana);
  await workerOf(page);
  await context.setOffline(true);
  await page.goto('/inbox/events');
  await page.getByText('Nothing is decided until the connection is back.').waitFor();
  expect(await page.title()).toBe('Offline · ExecOps');
  await context.setOffline(false);
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Events' }).first().waitFor();
  expect(new URL(page.url()).pathname).toBe('/inbox/events');
});

test.skipIf(!browser_path)(
  'the panels fit in both themes at each width, empty and full',
  async () => {
    const { db } = place.instance;
    await db.sql`
    insert into push_subscriptions (org_id, user_id, endpoint, p256dh, auth, device)
    values (${place.instance.org_id}, ${place.ana.user_id}, 'https://push.example.com/1', 'x', 'y', 'Chrome on Android')`;
    const { page } = await place.at(place.ana, '/inbox/settings/notifications');
    await expectFit(page, 'settings-notifications', () => page.getByText('Chrome on Android').waitFor());
    await page.goto('/inbox/settings/webhooks');
    await expectFit(page, 'settings-webhooks-empty', () => page.getByText('None yet.').waitFor());
    const rows = [
      { url: 'https://hooks.example.com/execops', failing: null, off: null },
      { url: 'https://slow.example.com/a/rather/long/path/that/has/to/break/somewhere/because/it/is/long', failing: '2 hours', off: null },
      { url: 'https://gone.example.com/', failing: '6 days', off: 'It took nothing for five days.' },
    ];
    for (const { url, failing, off } of rows) {
      const [endpoint] = await db.sql<{ id: string }>`
      insert into webhook_endpoints (org_id, url, secret, events, created_by, failing_since, disabled_at, disabled_reason)
      values (${place.instance.org_id}, ${url}, 'whsec_x', '{}', 'x', now() - ${failing}::interval, case when ${off}::text is not null then now() end, ${off})
      returning id`;
      await db.sql`
      insert into webhook_deliveries (endpoint_id, seq, type, payload, status, attempts, last_attempt_at, last_status, last_error, next_attempt_at)
      values (${endpoint?.id}, 1, 'proposal.approved', '{}', ${failing === null ? 'delivered' : 'waiting'}, 3, now(), ${failing === null ? 204 : null},
        ${failing === null ? null : 'No answer came: the connection was refused.'}, now() + interval '1 hour')`;
    }
    await page.reload();
    await expectFit(page, 'settings-webhooks', () => page.getByText('gone.example.com').waitFor());
    await db.sql`delete from webhook_endpoints`;
    await db.sql`delete from push_subscriptions`;
  },
  150_000,
);

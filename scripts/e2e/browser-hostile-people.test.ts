/** What members and invited people may call themselves, their keys and their reasons is text too. */
import { simpleParser } from 'mailparser';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { picture, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;
const browserTest = test.skipIf(browser_path === undefined);
const markup = '<img src=x onerror="globalThis.hostile=1"><script src="https://evil.example/x.js"></script>';
const lines = 'Ana\r\nBcc: everybody@evil.example\r\n\r\n<h1>hello</h1>';

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
});
afterEach(() => place?.closeDesks());
afterAll(() => place?.stop());

browserTest('names, keys, reasons and endpoints are shown as they are, and do nothing', async () => {
  const { db, org_id, url, data_dir } = place.instance;
  const { page, context } = await place.at(place.ana);
  const call = async (path: string, data: object) => {
    const answer = await context.request.post(path, { data, headers: { origin: url } });
    expect([path, answer.status() < 500]).toEqual([path, true]);
    return answer;
  };
  await db.sql`update "user" set name = ${`Bo ${markup}`} where id in (select user_id from members where org_id = ${org_id})`;
  await call('/api/account/name', { name: `Ana ${markup}` });
  await call('/api/account/name', { name: lines });
  await call('/api/keys', { name: `Key ${markup}`, kind: 'personal' });
  await call('/api/invitations', { email: '"<b>x</b>"@example.com', role: 'viewer' });
  await call('/api/invitations', { email: 'x@example.com\r\nBcc: y@evil.example', role: 'viewer' });
  expect((await call('/api/invitations', { email: 'invited@example.com', role: 'viewer' })).status()).toBeLessThan(300);
  await call('/api/webhooks', { url: 'javascript:alert(1)' });
  await call('/api/webhooks', { url: `https://hooks.example.com/${encodeURIComponent(markup)}` });
  await call('/api/settings', { setting: markup, value: markup });
  const { card } = await place.pending({ customer_name: markup });
  await call(`/api/proposals/${card.id}/delegate`, {
    to: place.ana.user_id,
    until: new Date(Date.now() + 60_000).toISOString(),
    reason: markup,
  });
  await call('/ai/decide', {
    proposal_id: card.id,
    payload_hash: card.payload_hash,
    decision: 'reject',
    feedback: `${markup}\r\n${lines}`,
  });

  const panels = ['account', 'people', 'keys', 'procedures', 'approvals', 'connections', 'notifications', 'webhooks', 'data'];
  for (const path of [
    '/inbox',
    '/inbox?status=rejected',
    `/inbox/${card.id}`,
    '/inbox/events',
    ...panels.map((panel) => `/inbox/settings/${panel}`),
  ]) {
    const answer = await page.goto(path);
    expect([path, answer?.status()]).toEqual([path, 200]);
    expect([path, await page.locator('img, iframe, [src*="evil"], [href*="evil"], [href^="javascript"]').count()]).toEqual([path, 0]);
    expect([path, await page.evaluate(() => Object.hasOwn(globalThis, 'hostile'))]).toEqual([path, false]);
  }
  await page.goto('/inbox/settings/people');
  await picture(page, 'hostile-people');
  expect(place.complaints()).toEqual([]);

  // Of the mails that went out, none has a line more in its head than we wrote.
  for (const file of globSync(join(data_dir, 'outbox', '*.eml'))) {
    const mail = await simpleParser(readFileSync(file));
    expect(mail.headers.get('bcc')).toBeUndefined();
    expect(readFileSync(file, 'utf8').split(/\r?\n\r?\n/, 1)[0]).not.toMatch(/evil\.example/);
  }
});

/** The settings drawer: a change of a rule is a card, a change of who decides holds at once, and a connection says whether it answers. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { isLive, startPlace, type Place } from '../testing/inbox-page.ts';
import { startSmtp, type TestSmtp } from '../testing/smtp.ts';
import { until } from '../testing/wait.ts';

let place: Place;
let smtp: TestSmtp;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  smtp = await startSmtp();
  place = await startPlace({
    env: { SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com', GITHUB_TOKEN: 'no-token', GITHUB_API_URL: 'http://127.0.0.1:9' },
  });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(async () => {
  await place?.stop();
  await smtp?.close();
});

browserTest('the drawer opens from the top bar, lists its panels, and Escape leads back to the inbox', { timeout: 60_000 }, async () => {
  const { page } = await place.at(place.ana);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.waitForURL('/inbox/settings');
  const panels = page.getByRole('navigation', { name: 'Settings' }).getByRole('link');
  expect(await panels.allInnerTexts()).toEqual([
    'Your account',
    'People',
    'Keys',
    'Procedures',
    'Approvals',
    'Connections',
    'Notifications',
    'Webhooks',
    'Data',
  ]);
  await expectFit(page, 'settings', () => page.getByRole('heading', { name: 'Settings' }).waitFor());
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.keyboard.press('Escape');
  await page.waitForURL('/inbox');
});

browserTest('every panel answers, for an owner and without the page’s script', { timeout: 60_000 }, async () => {
  const { context } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  for (const panel of ['account', 'people', 'keys', 'procedures', 'approvals', 'connections', 'notifications', 'webhooks', 'data'])
    expect([panel, (await context.request.get(`/inbox/settings/${panel}`)).status()]).toEqual([panel, 200]);
});

browserTest('a threshold is asked for, waits in the inbox, and holds once it is approved', { timeout: 90_000 }, async () => {
  const { page } = await place.at(place.ana, '/inbox/settings/procedures');
  const money = page.getByRole('region', { name: 'Money' });
  await expectFit(page, 'settings-procedures', () => money.waitFor());
  await page.setViewportSize({ width: 1280, height: 860 });
  await money.getByLabel('Unusual spend', { exact: true }).fill('25');
  await money.getByRole('button', { name: 'Propose: Unusual spend' }).click();
  await money.getByText('Your change waits in the inbox: to 25 %.').waitFor();
  await money.getByRole('link', { name: 'Its card' }).click();
  await page.waitForURL(/\/inbox\/[0-9a-f-]{36}$/);
  await page
    .getByRole('article')
    .first()
    .getByRole('button', { name: /^Approve/ })
    .first()
    .click();
  const id = page.url().split('/').at(-1) ?? '';
  await place.reached(id, 'executed');

  await page.goto('/inbox/settings/procedures');
  await isLive(page);
  expect(await money.getByLabel('Unusual spend', { exact: true }).inputValue()).toBe('25');
  expect(await money.locator('[data-setting="money.spend_variance_min"]').innerText()).toMatch(/Default: 10 %\. Changed .* by Ana Silva/);
});

browserTest('a figure out of its range is refused where it was typed', async () => {
  const { page } = await place.at(place.ana, '/inbox/settings/procedures', { javaScriptEnabled: false });
  await page
    .getByRole('region', { name: 'Money' })
    .getByRole('spinbutton', { name: 'Renewal is near' })
    .evaluate((input: HTMLInputElement) => input.removeAttribute('max'));
  await page.getByRole('region', { name: 'Money' }).getByRole('spinbutton', { name: 'Renewal is near' }).fill('9999');
  await page.getByRole('button', { name: 'Propose: Renewal is near' }).click();
  expect(await page.getByRole('alert').innerText()).toContain('365');
});

browserTest('an emptied approver list means nobody and says so, and holds at once', async () => {
  await place.member('Ben Okafor');
  const { page } = await place.at(place.ana, '/inbox/settings/approvals');
  const emails = page.getByRole('group', { name: 'Who decides emails' });
  await expectFit(page, 'settings-approvals', () => emails.waitFor());
  await page.setViewportSize({ width: 1280, height: 860 });
  for (const box of await emails.getByRole('checkbox').all()) await box.uncheck();
  await emails.getByText('An empty list means nobody, owners included').waitFor();
  await emails.getByRole('button', { name: 'Save who decides emails' }).click();
  await emails.getByText('Saved.').waitFor();
  const listed = () => place.instance.db.sql<{ user_id: string }>`
    select user_id from approvers where org_id = ${place.instance.org_id} and action_type = 'email'`;
  expect(await listed()).toEqual([]);
  await emails.getByRole('checkbox', { name: 'Ana Silva' }).check();
  await emails.getByRole('button', { name: 'Save who decides emails' }).click();
  await until('the list holds one', async () => (await listed()).length === 1);
  expect(await listed()).toEqual([{ user_id: place.ana.user_id }]);
});

browserTest('a connection is tested by a button that says in a sentence what it found', { timeout: 60_000 }, async () => {
  const { page } = await place.at(place.ana, '/inbox/settings/connections');
  const line = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('button', { name: `Test ${name}` }) });
  await line('Email').getByRole('button').click();
  await line('Email')
    .getByText(/It works\. .* \(\d+ ms\)/)
    .waitFor();
  await line('GitHub').getByRole('button').click();
  await line('GitHub')
    .getByText(/It does not work\. 127\.0\.0\.1/)
    .waitFor();
  await expectFit(page, 'settings-connections', () => line('Email').waitFor());
  expect(smtp.mailsTo('ops@example.com')).toEqual([]);
});

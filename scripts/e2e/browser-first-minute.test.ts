/** From the sign-in link to the first approval, as somebody goes it who has no account anywhere. */
import { randomBytes } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { storeSignInLink } from '../../prisma/sign-in-links.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { isLive, picture, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);
const minute_ms = 60_000;

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '1' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

async function freshLink(): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await storeSignInLink(place.instance.db.sql, place.ana.user_id, token);
  return `/sign-in/link?token=${token}`;
}

browserTest('the empty inbox says what will appear, and fits everywhere', { timeout: 60_000 }, async () => {
  const { page } = await place.at(place.ana);
  const steps = page.getByRole('list', { name: 'First steps' });
  expect(await steps.getByRole('listitem').count()).toBe(4);
  expect(await steps.getByText('Done:').count()).toBe(0);
  expect(await page.title()).toBe('Inbox · ExecOps (local)');
  await expectFit(page, 'first-minute', () => page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor());
});

browserTest('the sample works without the page’s script, too', async () => {
  const { page } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  await page.getByRole('button', { name: 'Send a sample bad release' }).click();
  await page.getByText('Sent and accepted.').waitFor();
});

browserTest(
  'from the sign-in link to the first approval it takes less than a minute, and every sample says what became of it',
  {
    timeout: 120_000,
  },
  async () => {
    const page = await (await place.context()).newPage();
    const link = await freshLink();
    const started_ms = performance.now();
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign in and open the inbox' }).click();
    await page.getByRole('button', { name: 'Send a sample failed payment' }).click();
    const card = page.getByRole('article').filter({ hasText: 'Northwind Studio' });
    await card.getByRole('button', { name: 'Approve' }).click();
    await card.getByText('Approved by you').waitFor();
    const taken_ms = performance.now() - started_ms;
    console.log(`first approval ${(taken_ms / 1_000).toFixed(1)} s after opening the sign-in link`);
    expect(taken_ms).toBeLessThan(minute_ms);
    await card.getByText('Sent', { exact: true }).waitFor();
    expect(await place.mailsTo('maria@example.com')).toHaveLength(1);

    await page.reload();
    await isLive(page);
    const steps = page.getByRole('list', { name: 'First steps' });
    expect(await steps.getByText('Done:').count(), 'sent, decided and seen').toBe(3);
    expect(await steps.getByRole('link', { name: 'The receipt' }).getAttribute('href')).toMatch(/^\/inbox\/[0-9a-f-]{36}$/);

    // Neither GitHub nor Slack is connected: there is no card, and no pretence of one.
    await page.getByRole('button', { name: 'Send a sample bad release' }).click();
    await page.getByText(/No card: .*SLACK_BOT_TOKEN/).waitFor();
    expect(await page.getByText(/No card: /).innerText()).toContain('GITHUB_TOKEN');
    await picture(page, 'first-minute-no-card');

    for (const [name, title] of [
      ['Send a sample quiet engineer', 'Sam Rivers'],
      ['Send a sample angry VIP', 'Priya Raman'],
    ] as const) {
      const fold = page.getByText('Send another sample');
      if (await fold.isVisible()) await fold.click();
      await page.getByRole('button', { name }).click();
      await page.getByRole('article').filter({ hasText: title }).getByRole('button', { name: 'Approve' }).waitFor();
    }
    await picture(page, 'first-minute-samples');
    await page
      .getByText('(2) Inbox')
      .waitFor({ state: 'attached' })
      .catch(() => undefined);
    expect(await page.title()).toBe('(2) Inbox · ExecOps (local)');
  },
);

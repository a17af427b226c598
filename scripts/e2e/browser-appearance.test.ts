/** Every page in both themes and at three widths: readable for everybody, nothing scrolls sideways, nothing but this site’s own code may run. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Desk, type Place } from '../testing/inbox-page.ts';
import { approveIn } from '../testing/press.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '0' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

browserTest('pages may run their own code only, and nobody may frame them', async () => {
  const { context } = await place.at(place.ana);
  for (const path of ['/sign-in/link?token=none', '/inbox', '/inbox/events']) {
    const policy = (await context.request.get(path)).headers()['content-security-policy'];
    expect(policy, path).not.toContain('unsafe-inline');
    expect(policy, path).not.toContain('unsafe-eval');
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).toMatch(/script-src 'self' 'nonce-[^']+'/);
  }
});

browserTest('signing in', { timeout: 60_000 }, async () => {
  const page = await (await place.context()).newPage();
  await page.goto('/sign-in');
  await expectFit(page, 'sign-in', () => page.getByRole('heading', { name: 'Sign in' }).waitFor());
});

browserTest('the empty inbox', { timeout: 60_000 }, async () => {
  const { page } = await place.at(place.ana);
  await expectFit(page, 'inbox-empty', () => page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor());
});

browserTest('the inbox with one card', { timeout: 60_000 }, async () => {
  const { page } = await place.at(place.ana, '/inbox', { viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
  await page.getByRole('button', { name: 'Send a sample failed payment' }).click();
  await page.getByRole('article').getByRole('button', { name: 'Approve' }).waitFor();
  await pictureAboveTheFooter({ page });
  await expectFit(page, 'inbox-one', () => page.getByRole('article').waitFor());
});

browserTest('the inbox with several cards, and a card’s own page', { timeout: 90_000 }, async () => {
  const { card } = await place.pending();
  await place.pending({
    hosted_invoice_url: null,
    customer_name: 'A customer with a very long name that has-no-place-to-break-'.repeat(3),
  });
  const { page } = await place.at(place.ana);
  await expectFit(page, 'inbox-several', () => cardIn(page, card).getByRole('button', { name: 'Approve' }).waitFor());

  await approveIn(cardIn(page, card));
  await place.reached(card.id, 'executed');
  await page.goto(`/inbox/${card.id}`);
  await expectFit(page, 'proposal', () => page.getByRole('region', { name: 'Receipt' }).waitFor());
});

browserTest('the event log, and an event’s own page', { timeout: 60_000 }, async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, '/inbox/events');
  await expectFit(page, 'events', () => page.getByRole('heading', { level: 1 }).waitFor());
  await page.goto(`/inbox/events/${card.event_ids[0]}`);
  await expectFit(page, 'event', () => page.getByRole('region', { name: 'As it was received' }).waitFor());
});

/** For the README: the footer names a folder of the machine that the picture was taken on. */
async function pictureAboveTheFooter({ page }: Pick<Desk, 'page'>): Promise<void> {
  const footer = await page.getByRole('contentinfo').boundingBox();
  await picture(page, 'inbox', { x: 0, y: 0, width: 1280, height: Math.min(860, Math.floor(footer?.y ?? 860)) });
}

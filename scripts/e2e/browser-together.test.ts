/** What happens to a card elsewhere while it is in front of a person. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { cardIn, loadedAt, picture, startPlace, type Member, type Place } from '../testing/inbox-page.ts';

let place: Place;
let ben: Member;

const browserTest = test.skipIf(browser_path === undefined);
const soon = { timeout: 2_000 };

beforeAll(async () => {
  if (browser_path === undefined) return;
  place = await startPlace({ env: { UNDO_SECONDS: '3' } });
  ben = await place.member('Ben Kraus');
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

browserTest('a card that one person approves locks before the other, and says who it was', async () => {
  const { card, payment } = await place.pending();
  const [hers, his] = await Promise.all([place.at(place.ana), place.at(ben)]);
  await cardIn(his.page, card).getByRole('button', { name: 'Approve' }).waitFor();
  await cardIn(hers.page, card).getByRole('button', { name: 'Approve' }).click();
  await cardIn(hers.page, card).getByText('Approved by you').waitFor();
  await cardIn(his.page, card).getByText('Approved by Ana Silva').waitFor(soon);
  expect(await cardIn(his.page, card).getByRole('button', { name: 'Approve' }).count()).toBe(0);
  await picture(his.page, 'approved-by-another');
  await cardIn(his.page, card).getByText('· approved by Ana Silva').waitFor();
  await his.page.goto(`/inbox/${card.id}`);
  expect(await his.page.getByRole('region', { name: 'History' }).innerText()).toMatch(/Pending\s+Approved\s+Ana Silva/);
  expect(await place.mailsTo(payment.email)).toHaveLength(1);
});

browserTest('of two decisions at the same moment one stands, and the other person reads whose and when', async () => {
  const { card } = await place.pending();
  const [hers, his] = await Promise.all([place.at(place.ana), place.at(ben)]);
  await cardIn(his.page, card).locator('summary', { hasText: 'Reject' }).click();
  await holdUntilBoth([hers.page, his.page]);
  await Promise.all([
    cardIn(hers.page, card).getByRole('button', { name: 'Approve' }).click(),
    cardIn(his.page, card).getByRole('button', { name: 'Reject' }).click(),
  ]);

  await Promise.race([hers, his].map(({ page }) => cardIn(page, card).getByRole('alert').waitFor()));
  const decisions = await place.decisionsOn(card.id);
  expect(decisions).toHaveLength(1);
  const winner = decisions[0]?.decided_by === place.ana.user_id ? { person: place.ana, desk: hers } : { person: ben, desk: his };
  const loser = winner.desk === hers ? his : hers;
  const told = await cardIn(loser.page, card).getByRole('alert').innerText();
  const { decision } = await place.view(card.id);
  expect(told).toContain(
    `${winner.person.name} (${winner.person.email}) decided "${decision?.decision}" at ${decision?.decided_at.slice(11, 16)} UTC`,
  );
  expect(await cardIn(winner.desk.page, card).getByRole('alert').count()).toBe(0);
  await picture(loser.page, 'decided-at-the-same-moment');
});

/** Neither decision reaches the server before both are on their way. */
async function holdUntilBoth(pages: Page[]): Promise<void> {
  const arrivals = pages.map(() => Promise.withResolvers<void>());
  const both = Promise.all(arrivals.map(({ promise }) => promise));
  for (const [index, page] of pages.entries()) {
    await page.route(/\?\/(approve|reject)$/, async (route) => {
      arrivals[index]?.resolve();
      await both;
      await route.continue();
    });
  }
}

browserTest('approving from a page that has not heard of the new version runs nothing and shows it', async () => {
  const { card, payment } = await place.pending({ hosted_invoice_url: null });
  const { context } = await place.at(place.ana);
  const page = await context.newPage();
  // This page's stream never opens, so that nothing tells it.
  const asked = page.waitForRequest('**/api/stream');
  await page.route('**/api/stream', () => undefined);
  await page.goto('/inbox');
  await asked;
  const loaded_at = await loadedAt(page);

  const link = 'https://invoice.stripe.com/i/arrived-later';
  await place.deliver(payment.failed({ hosted_invoice_url: link }));
  const newer = await place.reachedVersion(card.id, 2);
  const article = cardIn(page, card);
  expect(await article.innerText()).not.toContain(link);
  await article.getByRole('button', { name: 'Approve' }).click();
  expect(await article.getByRole('alert').innerText()).toBe('The proposal is at version 2 now. Read it again and decide on what it says.');
  expect(await article.innerText()).toContain(link);
  await picture(page, 'stale');
  expect(await loadedAt(page)).toBe(loaded_at);
  expect(await place.decisionsOn(card.id)).toEqual([]);

  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByText('Approved by you').waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ version: 2 }]);
  expect(await place.view(card.id)).toMatchObject({ payload_hash: newer.payload_hash });
});

browserTest('a card that changes in front of a person says so', async () => {
  const { card, payment } = await place.pending({ hosted_invoice_url: null });
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByText('Incomplete').waitFor();
  await place.deliver(payment.failed({ hosted_invoice_url: 'https://invoice.stripe.com/i/arrived-later' }));
  expect(await article.getByRole('alert').innerText()).toContain('This changed while it was in front of you. It is version 2 now');
  expect(await article.getByText('Incomplete').count()).toBe(0);
});

browserTest('a card whose invoice is paid in the meantime says that it was withdrawn', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  const loaded_at = await loadedAt(page);
  await cardIn(page, card).getByRole('button', { name: 'Approve' }).waitFor();
  await place.deliver(payment.event('invoice.paid', { status: 'paid', amount_paid: 49_900, amount_remaining: 0 }));
  await cardIn(page, card).getByText('Withdrawn by itself').waitFor();
  expect(await cardIn(page, card).getByRole('button').count()).toBe(0);
  expect(await loadedAt(page)).toBe(loaded_at);
  await picture(page, 'withdrawn');
  await place.reached(card.id, 'superseded');
});

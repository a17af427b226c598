/** Several cards are decided at once: what can be reversed, after a look at what would happen, with a result for each. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { decide } from '../../prisma/decide.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { pendingCard } from '../testing/cards.ts';
import { cardIn, picture, startPlace, type Member, type Place } from '../testing/inbox-page.ts';
import { startStripe, type TestStripe } from '../testing/stripe.ts';

let place: Place;
let stripe: TestStripe;
let ben: Member;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  stripe = await startStripe();
  place = await startPlace({ env: { UNDO_SECONDS: '10', STRIPE_API_KEY: 'sk_test_batch', STRIPE_API_BASE: stripe.url } });
  ben = await place.member('Ben Kraus');
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterEach(async () => {
  if (place) await place.instance.db.sql`update proposals set status = 'expired' where status = 'pending'`;
});
afterAll(async () => {
  await place?.stop();
  await stripe?.close();
});

const pause = (name: string) =>
  pendingCard(place.instance.db, place.instance.org_id, {
    action: {
      action_type: 'api_call',
      operation: 'stripe.pause_collection',
      payload: { subscription: `sub_${name}`, behavior: 'keep_as_draft', resumes_at: '2026-12-01T09:00:00Z' },
    },
    connection: 'stripe:acct_1',
    title: `${name}: keep the plan`,
  });

browserTest('those that can be reversed are approved together after a look, the others are left out, and each has its result', async () => {
  const [one, two, three] = [await pause('Ana'), await pause('Ben'), await pause('Cleo')];
  const { card: mail } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, one).focus();
  await page.keyboard.press('x');
  for (const card of [two, three, mail]) await cardIn(page, card).getByRole('checkbox', { name: 'Select' }).check();
  const bar = page.getByRole('region', { name: 'Selected cards' });
  await bar.getByText('4 selected').waitFor();
  await picture(page, 'batch-bar');
  await bar.getByRole('button', { name: 'Approve 3' }).click();

  const sheet = page.getByRole('dialog');
  await sheet.getByRole('heading', { name: 'Approve 3 cards' }).waitFor();
  await sheet.getByText('it cannot be reversed, so it is approved by itself').waitFor();
  const row = sheet.getByRole('row', { name: /Ana: keep the plan/ });
  await row.getByText('The exact request').click();
  expect(await row.innerText()).toMatch(/sub_Ana[\s\S]*stripe[\s\S]*Pauses collection/);
  await picture(page, 'batch-preview');
  // Somebody decides one of them in the meantime.
  await decide(place.instance.db, ben, { proposal_id: two.id, payload_hash: two.payload_hash, decision: 'reject' }, { via: 'web' });
  await sheet.getByRole('button', { name: 'Approve 3 cards' }).click();
  await sheet.getByText('2 of 3 approved; the others were not decided.').waitFor();
  await sheet.getByText(/Not decided: .*Ben Kraus/).waitFor();
  await picture(page, 'batch-results');
  await sheet.getByRole('button', { name: 'Done' }).click();
  await cardIn(page, one).getByText('Approved by you').waitFor();
  expect(await bar.count()).toBe(0);
  expect(await place.decisionsOn(one.id)).toMatchObject([{ decision: 'approve', decided_by: place.ana.user_id }]);
  expect(await place.decisionsOn(three.id)).toMatchObject([{ decision: 'approve', decided_by: place.ana.user_id }]);
  expect(await place.decisionsOn(two.id)).toMatchObject([{ decision: 'reject', decided_by: ben.user_id }]);
  expect(await place.view(mail.id)).toMatchObject({ status: 'pending' });
});

browserTest('several are rejected with one reason, and several are put off', async () => {
  const cards = [await pause('Ana'), await pause('Ben'), await pause('Cleo'), await pause('Dora')];
  const { page } = await place.at(place.ana);
  const bar = page.getByRole('region', { name: 'Selected cards' });
  const select = async (chosen: typeof cards) => {
    await cardIn(page, chosen[0] ?? { id: '' })
      .locator('summary', { hasText: 'More' })
      .click();
    await page.getByRole('button', { name: 'Select it, and others' }).click();
    for (const card of chosen.slice(1)) await cardIn(page, card).getByRole('checkbox', { name: 'Select' }).check();
  };
  await select(cards.slice(0, 2));
  await bar.getByRole('button', { name: 'Reject' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Why not?').selectOption('Already handled');
  await sheet.getByRole('button', { name: 'Reject 2 cards' }).click();
  await sheet.getByText('2 of 2 rejected.').waitFor();
  await sheet.getByRole('button', { name: 'Done' }).click();
  for (const { id } of cards.slice(0, 2))
    expect(await place.decisionsOn(id)).toMatchObject([{ decision: 'reject', feedback: 'Already handled' }]);

  await select(cards.slice(2));
  await bar.getByRole('button', { name: 'Snooze' }).click();
  await sheet.getByRole('button', { name: 'For 4 hours' }).click();
  await sheet.getByText('2 of 2 snoozed.').waitFor();
  await page.keyboard.press('Escape');
  for (const { id } of cards.slice(2)) expect((await place.view(id)).flags).toContain('snoozed');
});

browserTest('offline the batch says that nothing is decided, and is sent again by the person alone', async () => {
  const cards = [await pause('Ana'), await pause('Ben')];
  const { context, page } = await place.at(place.ana);
  await cardIn(page, cards[0] ?? { id: '' }).focus();
  await page.keyboard.press('x');
  await cardIn(page, cards[1] ?? { id: '' })
    .getByRole('checkbox', { name: 'Select' })
    .check();
  await page.getByRole('button', { name: 'Approve 2' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.locator('button:enabled', { hasText: 'Approve 2 cards' }).waitFor();
  await context.setOffline(true);
  await sheet.getByRole('button', { name: 'Approve 2 cards' }).click();
  await sheet.getByRole('alert').waitFor();
  expect(await sheet.getByRole('alert').innerText()).toContain('Not decided yet');
  await context.setOffline(false);
  place.complaints();
  for (const { id } of cards) expect(await place.decisionsOn(id)).toEqual([]);
  await sheet.getByRole('button', { name: 'Approve 2 cards' }).click();
  await sheet.getByText('2 of 2 approved.').waitFor();
});

browserTest('how it looks', { timeout: 240_000 }, async () => {
  const cards = [await pause('Ana'), await pause('Ben')];
  const { card: mail } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, cards[0] ?? { id: '' }).focus();
  await page.keyboard.press('x');
  for (const card of [cards[1] ?? mail, mail]) await cardIn(page, card).getByRole('checkbox', { name: 'Select' }).check();
  await expectFit(page, 'batch-bar', () => page.getByText('3 selected').waitFor());
  await page.getByRole('button', { name: 'Approve 2' }).click();
  await expectFit(page, 'batch-preview', () => page.getByRole('dialog').getByText('The exact request').first().waitFor());
});

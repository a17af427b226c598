/** A card that waits: put off, handed on, given more time, with and without the page's script. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { storeDrafts } from '../../prisma/store.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { emailDraft, incidentOf, storedEvent } from '../testing/cards.ts';
import { cardIn, startPlace, type Member, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;
let ben: Member;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  place = await startPlace({ env: { UNDO_SECONDS: '0' } });
  ben = await place.member('Ben Okafor');
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

browserTest('a card is put off until something new comes in, lies under "Snoozed", and is woken', async () => {
  const { card, payment } = await place.pending();
  const { card: next } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.locator('summary', { hasText: 'Snooze' }).click();
  await article.getByRole('button', { name: 'Until something new comes in' }).click();
  await article.getByText('until something new comes in', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Snoozed (1)' }).waitFor();
  expect(await place.view(card.id)).toMatchObject({ status: 'pending', flags: ['snoozed'], snoozed_until_event: true });
  expect(await cardIn(page, next).getByRole('button', { name: 'Approve' }).isVisible()).toBe(true);

  await article.getByRole('button', { name: 'Wake' }).click();
  await article.getByRole('button', { name: 'Approve' }).waitFor();
  await article.locator('summary', { hasText: 'Snooze' }).click();
  await article.getByRole('button', { name: 'Until something new comes in' }).click();
  await article.getByRole('button', { name: 'Wake' }).waitFor();
  await place.deliver(payment.failed());
  await article.getByRole('button', { name: 'Approve' }).waitFor();
  expect(await place.view(card.id)).toMatchObject({ flags: [], snoozed_until_event: false });
});

browserTest('the key h opens the menu of the card that has the focus, and four hours are four hours', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.focus();
  await page.keyboard.press('h');
  await until('the first choice has the focus', () =>
    article.getByRole('button', { name: 'For 1 hour' }).evaluate((one) => one === document.activeElement),
  );
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await article.getByRole('button', { name: 'Wake' }).waitFor();
  const { snoozed_until } = await place.view(card.id);
  const hours = (Date.parse(snoozed_until ?? '') - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(3.9);
  expect(hours).toBeLessThanOrEqual(4);
});

browserTest('a card is handed to a colleague, who sees it said to be theirs, and both names are in its history', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.locator('summary', { hasText: 'More' }).click();
  await article.getByLabel('Delegate to').selectOption(ben.user_id);
  await article.locator('select[name=hours]').selectOption('3 days');
  await article.getByLabel('Why?').fill('Knows this customer');
  await article.getByRole('button', { name: 'Delegate' }).click();
  await article.getByText(/Delegated to Ben Okafor until .* \(Knows this customer\)/).waitFor();

  const { page: bens } = await place.at(ben);
  await cardIn(bens, card)
    .getByText(/Delegated to you until/)
    .waitFor();
  await page.goto(`/inbox/${card.id}`);
  const history = await page.getByRole('region', { name: 'History' }).innerText();
  expect(history).toMatch(/Delegated\s+You/);
  expect(history).toMatch(/Ana Silva[\s\S]*Ben Okafor[\s\S]*Knows this customer/);
});

browserTest('a card is given its first time again', async () => {
  const { card } = await place.pending();
  await place.instance.db.sql`update proposals set expires_at = now() + interval '2 hours' where id = ${card.id}`;
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.locator('summary', { hasText: 'More' }).click();
  await article.getByRole('button', { name: 'Extend' }).click();
  await article.getByText(/gave it more time/).waitFor();
  const days = (Date.parse((await place.view(card.id)).expires_at ?? '') - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(6.99);
  expect(days).toBeLessThan(7.01);
});

browserTest('all of it works without the page’s script', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  const article = cardIn(page, card);
  await article.locator('summary', { hasText: 'More' }).click();
  await article.getByLabel('Delegate to').selectOption(ben.user_id);
  await article.getByLabel('Why?').fill('On holiday');
  await article.getByRole('button', { name: 'Delegate' }).click();
  await article.getByText(/Delegated to Ben Okafor/).waitFor();
  await article.locator('summary', { hasText: 'Snooze' }).click();
  await article.getByRole('button', { name: 'Until tomorrow, 9:00 UTC' }).click();
  await article.getByText('Snoozed', { exact: true }).waitFor();
  expect((await place.view(card.id)).snoozed_until).toMatch(/T09:00:00.000Z$/);
  await article.getByRole('button', { name: 'Wake' }).click();
  // Here an approval starts at once, so without the script it is given on the card's own page.
  await article.getByRole('link', { name: 'Open to approve' }).waitFor();
});

browserTest('how it looks', { timeout: 240_000 }, async () => {
  const { db, org_id } = place.instance;
  await db.sql`update proposals set status = 'expired' where status = 'pending'`;
  const { card: asleep } = await place.pending();
  const event = await storedEvent(db, org_id);
  const dm = {
    title: 'Ana: tell the account owner',
    action: { action_type: 'slack_dm' as const, operation: null, payload: { to: 'U012AB3CD', text: 'The card of Ana was declined.' } },
  };
  await storeDrafts(db, incidentOf(event), [emailDraft(event), emailDraft(event, dm)]);
  const [main] = await db.sql<{ id: string }>`select id from proposals where event_id = ${event.id} order by created_at limit 1`;
  const hour_ms = 3_600_000;
  const [from, at] = [new Date(Date.now() - 13 * hour_ms), new Date(Date.now() + 11 * hour_ms)];
  await db.sql`
    update proposals set escalates_from = ${from}, escalates_at = ${at}, escalation = 'delegated', expires_at = now() + interval '7 days', priority = 90 where id = ${main?.id}`;
  await db.sql`
    insert into delegations (org_id, proposal_id, from_user, to_user, until, reason, actor_type)
    values (${org_id}, ${main?.id}, ${place.ana.user_id}, ${ben.user_id}, ${at}, 'not decided within half of its time', 'system')`;
  const { page } = await place.at(place.ana);
  const sleeping = cardIn(page, asleep);
  await sleeping.locator('summary', { hasText: 'Snooze' }).click();
  await sleeping.getByRole('button', { name: 'For 4 hours' }).click();
  await sleeping.getByRole('button', { name: 'Wake' }).waitFor();
  const article = cardIn(page, { id: main?.id ?? '' });
  await page.reload();
  await expectFit(page, 'waiting', () => article.getByText(/Delegated to Ben Okafor/).waitFor());
  for (const menu of ['Snooze', 'More']) {
    await expectFit(page, `waiting-${menu.toLowerCase()}`, async () => {
      const details = article.locator('details', { has: page.locator('summary', { hasText: menu }) });
      if (!(await details.evaluate((element: HTMLDetailsElement) => element.open)))
        await article.locator('summary', { hasText: menu }).click();
      await until('the menu is open', () => details.evaluate((element: HTMLDetailsElement) => element.open));
    });
  }
  await page.goto(`/inbox/${asleep.id}`);
  await expectFit(page, 'waiting-asleep', () => page.getByRole('button', { name: 'Wake' }).waitFor());
});

/** The whole of it by keys alone: from signing in to three decisions and one second thought. */
import type { Page } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { cardIn, isLive, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '30' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** Tabs on until what has the focus is called this. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press('Tab');
    const called = await page.evaluate(() => {
      const { activeElement: element } = document;
      if (element === null) return '';
      const typed = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
      const label = typed ? (element.labels?.[0]?.textContent ?? '') : '';
      return (element.getAttribute('aria-label') ?? (label || element.textContent) ?? '').trim();
    });
    if (typeof name === 'string' ? called === name : name.test(called)) return;
  }
  throw new Error(`nothing called ${String(name)} can be reached by Tab`);
}

const currentId = (page: Page) =>
  page.evaluate(() => document.querySelector('[aria-label="Queue"] [aria-current="true"]')?.getAttribute('data-row') ?? null);

browserTest('sign in, approve, reject, snooze, and take the approval back, without a mouse', { timeout: 120_000 }, async () => {
  const cards = [(await place.pending()).card, (await place.pending()).card, (await place.pending()).card];
  const page = await (await place.context()).newPage();
  await page.goto('/sign-in');
  await tabTo(page, /^Email/);
  await page.keyboard.type(place.ana.email);
  await tabTo(page, /^Password/);
  await page.keyboard.type(place.ana.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('/inbox');
  await isLive(page);

  await until('a card is current', async () => (await currentId(page)) !== null);
  const [first, second, third] = await Promise.all(
    [0, 1, 2].map((n) => page.getByRole('navigation', { name: 'Queue' }).locator('[data-row]').nth(n).getAttribute('data-row')),
  );
  expect(new Set([first, second, third])).toEqual(new Set(cards.map(({ id }) => id)));
  await page.keyboard.press('j');
  expect(await currentId(page)).toBe(second);
  await page.keyboard.press('k');
  expect(await currentId(page)).toBe(first);

  await page.keyboard.press('a');
  await cardIn(page, { id: first ?? '' })
    .getByText('Approved by you')
    .waitFor();
  await until('the next card is current', async () => (await currentId(page)) === second);

  await page.keyboard.press('r');
  await page.keyboard.press('Space');
  await tabTo(page, /^In your own words/);
  // A letter in a field is a letter.
  await page.keyboard.type('jakzh?');
  await tabTo(page, /^Reject: /);
  await page.keyboard.press('Enter');
  await cardIn(page, { id: second ?? '' })
    .getByText('Rejected by you')
    .waitFor();
  expect((await place.decisionsOn(second ?? ''))[0]?.feedback).toMatch(/jakzh\?$/);

  await until('the third card is current', async () => (await currentId(page)) === third);
  await page.keyboard.press('h');
  await page.keyboard.press('Enter');
  await cardIn(page, { id: third ?? '' })
    .getByRole('button', { name: /^Wake/ })
    .waitFor();

  await page.keyboard.press('z');
  await cardIn(page, { id: first ?? '' })
    .getByText('Undone', { exact: true })
    .waitFor();
  expect(await place.view(first ?? '')).toMatchObject({ status: 'pending', version: 2 });
});

browserTest('"?" lists the keys, and there they can be switched off for this device', { timeout: 90_000 }, async () => {
  const { card } = await place.pending();
  await place.pending();
  const { page } = await place.at(place.ana);
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.getByText('Approve', { exact: true }).waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await picture(page, 'keys');
  await dialog.getByRole('switch', { name: /Single keys/ }).uncheck();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  const before = await currentId(page);
  for (const key of ['j', 'a', '?', '/']) await page.keyboard.press(key);
  await page.reload();
  await isLive(page);
  await cardIn(page, { id: before ?? '' }).focus();
  for (const key of ['j', 'a', 'h', '?', '/']) await page.keyboard.press(key);
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await page.locator('details[data-verb=snooze][open]').count()).toBe(0);
  expect([await currentId(page), (await place.view(card.id)).status]).toEqual([before, 'pending']);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Command' }).fill('switch them off');
  await page.keyboard.press('Enter');
  await dialog.getByRole('switch').check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await until('j moves again', async () => (await currentId(page)) !== before);
});

browserTest('the palette lists what can be done with the card in front, and where else to go', { timeout: 90_000 }, async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, `/inbox?q=${encodeURIComponent((await place.view(card.id)).title.split(' ')[1] ?? '')}`);
  await cardIn(page, card).waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'All commands' });
  await palette.getByRole('combobox', { name: 'Command' }).waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await picture(page, 'palette');
  const options = palette.getByRole('option');
  expect(await options.filter({ hasText: 'Approve' }).first().getAttribute('aria-selected')).not.toBeNull();
  await palette.getByRole('combobox', { name: 'Command' }).fill('no such command');
  await palette.getByText('No command is called that.').waitFor();
  await palette.getByRole('combobox', { name: 'Command' }).fill('snoozed');
  expect(await options.count()).toBe(1);
  await palette.getByRole('combobox', { name: 'Command' }).fill('appr');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  expect(await options.first().getAttribute('aria-selected')).toBe('true');
  expect(await palette.getByRole('combobox', { name: 'Command' }).getAttribute('aria-activedescendant')).toBe(
    await options.first().getAttribute('id'),
  );
  await page.keyboard.press('Enter');
  await cardIn(page, card).getByText('Approved by you').waitFor();

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Command' }).fill('connections');
  await page.keyboard.press('Enter');
  await page.waitForURL('/inbox/settings/connections');
  await page.keyboard.press('Escape');
  await page.waitForURL('/inbox');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.waitForURL('/inbox/events');
});

browserTest('on a card’s own page the same keys act on it, and the palette offers nothing that needs a list', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, `/inbox/${card.id}`);
  for (const key of ['j', 'k', 'x']) await page.keyboard.press(key);
  await page.keyboard.press('Control+k');
  const options = page.getByRole('dialog', { name: 'All commands' }).getByRole('option').filter({ hasText: card.title });
  await options.first().waitFor();
  const offered = (await options.allInnerTexts()).join(' ');
  expect(offered).toContain('Approve');
  expect(offered).not.toMatch(/Select|Next card|Previous card/);
  await page.keyboard.press('Escape');

  await page.keyboard.press('a');
  await cardIn(page, card).getByText('Approved by you').waitFor();
  await page.keyboard.press('z');
  await place.reachedVersion(card.id, 2);
  await page.getByRole('button', { name: /^Approve/ }).waitFor();
  await page.keyboard.press('h');
  await until('the snooze menu is open', async () => (await page.locator('details[data-verb=snooze][open]').count()) === 1);
});

/** The queue as a list: what is in it, what is found in it, what became of it, and what never got into it. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { burst } from '../testing/burst.ts';
import { pendingCard } from '../testing/cards.ts';
import { cardIn, isLive, startPlace, type Place } from '../testing/inbox-page.ts';
import { manyCards } from '../testing/many-cards.ts';
import { approveIn } from '../testing/press.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '2' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

const pending = async () => {
  const [row] = await place.instance.db.sql<{ n: number }>`select count(*)::int as n from proposals where status = 'pending'`;
  return row?.n ?? 0;
};

browserTest('a history that is empty, a search that finds nothing, and filters that fit nothing say so', async () => {
  const { page } = await place.at(place.ana, '/inbox?status=decided');
  await page.getByText('Nothing has been decided yet').waitFor();
  await expectFit(page, 'history-empty', () => page.getByText('Nothing has been decided yet').waitFor());
  await page.goto('/inbox?q=zebra');
  await page.getByText('Nothing holds “zebra”').waitFor();
  await page.goto('/inbox?urgency=critical&vertical=release');
  await page.getByText('Nothing fits these filters').waitFor();
  await page.getByRole('link', { name: 'Show all that waits' }).click();
  await page.waitForURL('/inbox');
});

browserTest('what is typed is searched for while the field keeps the focus, and stands in the address', async () => {
  const { id } = await pendingCard(place.instance.db, place.instance.org_id, { title: 'Ostrich Ltd · $49.00 failed' });
  const { id: other } = await pendingCard(place.instance.db, place.instance.org_id, { title: 'Pelican Ltd · $49.00 failed' });
  const { page } = await place.at(place.ana);
  await page.keyboard.press('/');
  await page.keyboard.type('ostri');
  await until('the other card is gone', async () => (await cardIn(page, { id: other }).count()) === 0);
  expect(await cardIn(page, { id }).isVisible()).toBe(true);
  expect(new URL(page.url()).search).toBe('?q=ostri');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('q');
  await page.keyboard.type('ch');
  await page.waitForURL('/inbox?q=ostrich');
  await page.goBack();
  expect(page.url(), 'each letter is not a page of its own').not.toContain('q=ostri');
});

browserTest('without the page’s script the same filters work by their button', async () => {
  const { page } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  await page.getByRole('searchbox').fill('pelican');
  await page.locator('select[name=urgency]').selectOption('high');
  await page.getByRole('button', { name: 'Apply' }).click();
  expect(new URL(page.url()).searchParams.get('q')).toBe('pelican');
  expect(await page.getByRole('article').count()).toBe(1);
});

browserTest('title and badge follow a decision at once, here and in another browser', async () => {
  const { card } = await place.pending();
  const [{ page }, { page: elsewhere }] = [await place.at(place.ana), await place.at(place.ana)];
  const before = await pending();
  expect(await page.title()).toContain(`(${before}) Inbox`);
  await cardIn(page, card)
    .getByRole('button', { name: /^Approve/ })
    .click();
  await cardIn(page, card).getByText('Approved by you').waitFor();
  for (const one of [page, elsewhere]) {
    await until('the title follows', async () => (await one.title()).startsWith(`(${before - 1}) Inbox`), 2_000);
    await one
      .getByRole('banner')
      .getByText(String(before - 1), { exact: false })
      .first()
      .waitFor();
  }
});

browserTest('the history shows what came of each, the newest first, by status and by mark', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, card).locator('summary', { hasText: 'Reject' }).click();
  await cardIn(page, card)
    .getByRole('button', { name: /^Reject/ })
    .click();
  await cardIn(page, card).getByText('Rejected by you').waitFor();
  await page.getByRole('link', { name: 'History', exact: true }).click();
  await page.waitForURL('/inbox?status=decided');
  expect(await page.title()).toContain('History');
  // What was approved before may still be on its way: whatever changed last comes first.
  await until('the newest comes first', async () => {
    const [newest] = await place.instance.db.sql<{ id: string }>`
      select id from proposals where status <> 'pending' order by updated_at desc, id limit 1`;
    return (await page.getByRole('article').first().getAttribute('id')) === `card-${newest?.id}`;
  });
  await cardIn(page, card).getByText('Rejected by you').waitFor();
  await page.locator('select[name=status]').selectOption('executed');
  await page.waitForURL('/inbox?status=executed');
  await until('the rejected one is not among them', async () => (await cardIn(page, card).count()) === 0);
  await page.locator('select[name=status]').selectOption('decided');
  await page.waitForURL('/inbox?status=decided');
  await expectFit(page, 'history', () => cardIn(page, card).waitFor());
});

browserTest('what is snoozed is folded away and shown on demand', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, card).locator('summary', { hasText: 'Snooze' }).click();
  await cardIn(page, card).getByRole('button', { name: 'For 4 hours' }).click();
  await cardIn(page, card).getByRole('button', { name: /^Wake/ }).waitFor();
  await page.reload();
  await isLive(page);
  expect(await cardIn(page, card).count()).toBe(0);
  await page.getByRole('link', { name: 'Show all that are snoozed (1)' }).click();
  await cardIn(page, card).getByRole('button', { name: /^Wake/ }).waitFor();
  await page.goto('/inbox?flag=snoozed');
  expect(await page.getByRole('article').count()).toBe(1);
});

browserTest('offline, the page says so at once and decides nothing; online again it catches up by itself', async () => {
  const { card } = await place.pending();
  const { card: other } = await place.pending();
  const { page, context } = await place.at(place.ana);
  const { page: elsewhere } = await place.at(place.ana);
  await cardIn(page, card)
    .getByRole('button', { name: /^Approve/ })
    .waitFor();
  await context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await cardIn(page, card)
    .getByRole('button', { name: /^Approve/ })
    .click();
  await cardIn(page, card)
    .getByText(/Not decided yet/)
    .waitFor();
  expect((await place.view(card.id)).status).toBe('pending');
  await cardIn(elsewhere, other)
    .getByRole('button', { name: /^Approve/ })
    .click();
  await cardIn(elsewhere, other).getByText('Approved by you').waitFor();

  await context.setOffline(false);
  await isLive(page);
  await page.getByText('You are offline.').waitFor({ state: 'detached' });
  await cardIn(page, other).getByText('Approved by you').waitFor();
  await cardIn(page, card)
    .getByRole('button', { name: /^Approve/ })
    .click();
  await cardIn(page, card).getByText('Approved by you').waitFor();
  place.complaints();
});

browserTest('five hundred events are one card that says so, and the ledger says that they did not ask', { timeout: 120_000 }, async () => {
  const { db, org_id } = place.instance;
  const title = 'A burst of failures';
  const { event, id } = await pendingCard(db, org_id, { title });
  await burst(db, org_id, { subject: event.subject ?? '', title }, 499);
  const { page } = await place.at(place.ana, `/inbox/${id}`);
  await cardIn(page, { id }).getByRole('link', { name: '500 events' }).waitFor();
  await page.goto('/inbox/events/quiet');
  const row = page.getByRole('region', { name: 'Joined a card' }).getByRole('listitem').filter({ hasText: title });
  expect(await row.count()).toBe(1);
  expect(await row.innerText()).toMatch(/\b499\b/);
});

browserTest('further events of a card join it, and the ledger says what did not ask', { timeout: 120_000 }, async () => {
  const { page } = await place.at(place.ana, '/inbox/events/quiet');
  const { card, payment } = await place.pending();
  for (let n = 0; n < 8; n += 1) await place.deliver(payment.failed({ attempt_count: n + 2 }, new Date(Date.now() + n)));
  const joined = page.getByRole('region', { name: 'Joined a card' });
  await until('the events have joined', async () => (await place.view(card.id)).event_count >= 9);
  await page.reload();
  await joined.getByRole('link').filter({ hasText: card.title }).waitFor();
  expect(await joined.getByRole('link').filter({ hasText: card.title }).innerText()).toMatch(/\b8\b/);
  await page.locator('select[name=days]').selectOption('1');
  await page.waitForURL('/inbox/events/quiet?days=1');
  await expectFit(page, 'ledger', () => joined.waitFor());
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

browserTest(
  'the list goes on by itself, a card of its end can be decided, and without the script there is a link',
  { timeout: 120_000 },
  async () => {
    await manyCards(place.instance.db, place.instance.org_id, 60);
    const all = await pending();
    const snoozed = 1;
    const { page } = await place.at(place.ana);
    const rows = page.getByRole('navigation', { name: 'Queue' }).getByRole('listitem');
    await until('the whole list is there', async () => {
      await page.evaluate(() => window.scrollTo({ top: document.body.scrollHeight }));
      return (await rows.count()) === all - snoozed;
    });
    // Cards of other tests may come behind these; theirs run at once, and say so instead.
    const end = rows
      .filter({ hasText: /Customer \d{4}/ })
      .last()
      .getByRole('link');
    await end.click();
    const id = await end.getAttribute('data-row');
    const last = cardIn(page, { id: id ?? '' });
    await approveIn(last);
    await last.getByText('Approved by you').waitFor();
    await until('nothing of the list is lost by the reload that follows', async () => (await rows.count()) === all - snoozed);

    const { page: plain } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
    expect(await plain.getByRole('article').count()).toBe(25);
    await plain.getByRole('link', { name: 'Show more' }).click();
    await until('the longer list has come', async () => (await plain.getByRole('article').count()) === 50);
  },
);

browserTest(
  'a half-typed reason for rejecting is still there after scrolling far away and after a reload',
  { timeout: 120_000 },
  async () => {
    await manyCards(place.instance.db, place.instance.org_id, 60);
    const { page } = await place.at(place.ana);
    const rows = page.getByRole('navigation', { name: 'Queue' }).getByRole('listitem').getByRole('link');
    await until('more than stand ready in any case', async () => {
      await page.evaluate(() => window.scrollTo({ top: document.body.scrollHeight }));
      return (await rows.count()) >= 60;
    });
    const id = (await rows.nth(45).getAttribute('data-row')) ?? '';
    const article = cardIn(page, { id });
    const words = article.getByPlaceholder('In your own words');
    const open = async () => {
      await page.locator(`[data-row="${id}"]`).click();
      await article.locator('summary', { hasText: 'Reject' }).click();
    };
    await open();
    await article.getByText('Not now').click();
    await words.fill('She called and');
    await rows.first().click();
    await until('the card is taken down', async () => (await words.count()) === 0);
    await open();
    expect(await words.inputValue()).toBe('She called and');
    expect(await article.getByRole('radio', { name: 'Not now' }).isChecked()).toBe(true);

    await page.goto(`/inbox/${id}`);
    await isLive(page);
    await article.locator('summary', { hasText: 'Reject' }).click();
    expect(await words.inputValue()).toBe('She called and');
    await words.fill('She called and paid.');
    await article.getByRole('button', { name: 'Reject' }).click();
    await article.getByText('Rejected by you').waitFor();
    expect(await place.decisionsOn(id)).toMatchObject([{ decision: 'reject', feedback: expect.stringContaining('She called and paid.') }]);
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('execops.unsent.')))).toEqual([]);
  },
);

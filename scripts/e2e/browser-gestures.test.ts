/** Risk picks the gesture: one press, one press and a window to take it back, or two. And what a second person, another device or a lost connection does to it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { decide } from '../../prisma/decide.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { pendingCard, reversible_draft } from '../testing/cards.ts';
import { cardIn, isLive, picture, startPlace, type Member, type Place } from '../testing/inbox-page.ts';
import { approveIn } from '../testing/press.ts';
import { until } from '../testing/wait.ts';

let place: Place;
let ben: Member;

const browserTest = test.skipIf(browser_path === undefined);
const soon = { timeout: 2_000 };
const undo_seconds = 15;

beforeAll(async () => {
  if (browser_path === undefined) return;
  place = await startPlace({ env: { UNDO_SECONDS: String(undo_seconds) } });
  ben = await place.member('Ben Kraus');
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterEach(async () => {
  if (place) await place.instance.db.sql`update proposals set status = 'expired' where status = 'pending'`;
});
afterAll(() => place?.stop());

const stored = (changes: Parameters<typeof pendingCard>[2]) => pendingCard(place.instance.db, place.instance.org_id, changes);
/** What starts at once and cannot be called back. */
const critical = () => stored({ urgency: 'critical' });
const reversible = () => stored(reversible_draft);

browserTest('what can be reversed is approved by one press', async () => {
  const card = await reversible();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByText('Approved by you').waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve', version: 1 }]);
});

browserTest('what can be undone says for how long, and is taken back from another device that was opened later', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, card).getByText(`Can be undone for ${undo_seconds} s`).waitFor();
  await cardIn(page, card).getByRole('button', { name: 'Approve' }).click();
  const bar = page.getByRole('region', { name: 'Can still be undone' });
  await bar
    .getByText(/runs in \d+ s/)
    .first()
    .waitFor();
  await picture(page, 'undo-bar');

  const { page: phone } = await place.at(ben, '/inbox', { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  const there = phone.getByRole('region', { name: 'Can still be undone' });
  await there.getByText('Approved by Ana Silva').first().waitFor();
  await there.getByRole('button', { name: `Undo: ${card.title}` }).tap();
  await cardIn(phone, card).getByRole('button', { name: 'Approve' }).waitFor();
  await cardIn(page, card).getByRole('button', { name: 'Approve' }).waitFor(soon);
  expect(await place.view(card.id)).toMatchObject({ status: 'pending', version: 2 });
  expect(await place.mailsTo(payment.email)).toEqual([]);
});

browserTest('what cannot be taken back takes two presses, and a double tap is one', async () => {
  const card = await critical();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).dblclick();
  const confirm = article.getByRole('button', { name: 'Confirm: cannot be taken back' });
  await confirm.waitFor();
  expect(await confirm.getAttribute('aria-disabled')).toBe('true');
  await article.getByText('It starts at once and cannot be taken back.').waitFor();
  await picture(page, 'confirm');
  expect(await place.decisionsOn(card.id)).toEqual([]);
  await page.keyboard.press('Escape');
  await article.getByRole('button', { name: 'Approve' }).waitFor();

  await approveIn(article);
  await article.getByText('Approved by you').waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve', version: 1 }]);
});

browserTest('the first press is forgotten when the card changes', async () => {
  const card = await critical();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByRole('button', { name: /^Confirm/ }).waitFor();
  await article.getByRole('button', { name: 'Cancel' }).click();
  expect(await article.getByRole('button', { name: /^Confirm/ }).count()).toBe(0);
  await article.getByRole('button', { name: 'Approve' }).waitFor();
});

browserTest('without the page’s script what cannot be taken back is opened, ticked and approved', async () => {
  const card = await critical();
  const { page } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  await cardIn(page, card).getByRole('link', { name: 'Open to approve' }).click();
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  expect(await place.decisionsOn(card.id), 'the box was not ticked').toEqual([]);
  await article.getByLabel('I have read it and want it done.').check();
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByText('Approved by you').waitFor();
});

browserTest('where two have to approve, the first waits, the second decides, and each reads who did', { timeout: 90_000 }, async () => {
  const card = await reversible();
  await place.instance.db.sql`update proposals set required_approvals = 2 where id = ${card.id}`;
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByText('0 of 2 approved').waitFor();
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByText('Waiting for a second person').waitFor();
  await article.getByText('1 of 2 approved').waitFor();
  expect(await article.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  expect(await place.view(card.id)).toMatchObject({ status: 'pending', approvals: 1 });
  await expectFit(page, 'first-of-two', () => article.getByText('Waiting for a second person').waitFor());

  const { page: bens } = await place.at(ben);
  const his = cardIn(bens, card);
  await his.getByText('1 of 2 approved').waitFor();
  expect(await his.innerText()).toMatch(/1 of 2 approved by Ana Silva at \d/);
  await his.getByRole('button', { name: 'Approve' }).click();
  await his.getByText('Approved by you').waitFor();
  await article.getByText('Approved by Ben Kraus').waitFor(soon);
  expect(await place.view(card.id)).toMatchObject({ status: 'approved', approvals: 2 });
});

browserTest('what is decided in Slack locks in the browser within two seconds, with who and where', async () => {
  const card = await critical();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByRole('button', { name: /^Confirm/ }).waitFor();
  const { id: proposal_id, payload_hash } = card;
  await decide(place.instance.db, ben, { proposal_id, payload_hash, decision: 'reject', feedback: 'Not now' }, { via: 'slack' });
  await article.getByText('Rejected by Ben Kraus in Slack').waitFor(soon);
  expect(await article.getByRole('button').count()).toBe(0);
});

browserTest('offline nothing is decided or pretended, what was typed stays, and nothing is sent by itself later', async () => {
  const { card } = await place.pending();
  const { context, page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.locator('summary', { hasText: 'Reject' }).click();
  await article.getByPlaceholder('In your own words').fill('She called.');
  await context.setOffline(true);
  await article.getByRole('button', { name: 'Reject' }).click();
  await article.getByRole('alert').waitFor();
  expect(await article.getByRole('alert').innerText()).toContain('Not decided yet');
  expect(await article.getByPlaceholder('In your own words').inputValue()).toBe('She called.');
  await picture(page, 'offline');
  await context.setOffline(false);
  await isLive(page);
  expect(await place.decisionsOn(card.id), 'nothing was sent by itself').toEqual([]);
  place.complaints();

  if (!(await article.getByPlaceholder('In your own words').isVisible())) await article.locator('summary', { hasText: 'Reject' }).click();
  await article.getByRole('button', { name: 'Reject' }).click();
  await article.getByText('Rejected by you').waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'reject', feedback: 'She called.' }]);
});

browserTest('on a phone every target is 44 px, the verbs lie at the thumb in their order, and nothing scrolls sideways', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, '/inbox', { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true });
  const article = cardIn(page, card);
  const bar = ['approve', 'edit', 'reject', 'snooze'].map((verb) => article.locator(`[data-verb="${verb}"]`).first());
  const boxes = [];
  for (const verb of bar)
    boxes.push(await verb.evaluate((element) => (element.querySelector('summary') ?? element).getBoundingClientRect().toJSON()));
  for (const { width, height } of boxes) expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
  expect(boxes.map(({ x }) => x)).toEqual(boxes.map(({ x }) => x).toSorted((one, other) => one - other));
  expect(Math.min(...boxes.map(({ top }) => top))).toBeGreaterThan(780 * 0.75);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await picture(page, 'phone');

  await article.locator('summary', { hasText: 'Evidence' }).tap();
  const links = article.getByRole('link', { name: /^Show the event/ });
  await links.first().scrollIntoViewIfNeeded();
  const reach = await links.first().evaluate((link) => {
    const { x, top, bottom } = link.closest('li')?.getBoundingClientRect() ?? new DOMRect();
    return { height: bottom - top, hit: [top + 2, bottom - 2].map((y) => document.elementFromPoint(x + 2, y) === link) };
  });
  expect(reach.height).toBeGreaterThanOrEqual(44);
  expect(reach.hit, 'all around the link answers to a finger').toEqual([true, true]);
});

browserTest('how the second press looks', { timeout: 240_000 }, async () => {
  const card = await critical();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  await until('it may be pressed', async () => (await article.locator('button[aria-disabled="false"]').count()) === 1);
  await expectFit(page, 'confirm', () => article.getByRole('button', { name: /^Confirm/ }).waitFor());
});

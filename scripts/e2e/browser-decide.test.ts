/** The first loop as a person goes it: from an empty inbox to one mail, a no, and a second thought. */
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { cardIn, loadedAt, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '5' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

browserTest('the sample becomes a card by itself, and one click becomes one mail with a receipt', async () => {
  const { page, context } = await place.at(place.ana);
  const loaded_at = await loadedAt(page);
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  await picture(page, 'empty-inbox');
  await page.getByRole('button', { name: 'Send a sample failed payment' }).click();

  const card = page.getByRole('article');
  await card.getByRole('button', { name: 'Approve' }).waitFor();
  await picture(page, 'inbox-with-one-card');
  const [to, subject] = [
    await card.getByText('maria@example.com').innerText(),
    await card.locator('dt:text-is("Subject") + dd').innerText(),
  ];
  await card.getByRole('button', { name: 'Approve' }).click();
  await card.getByText('Approved by you').waitFor();
  await card.getByText(/runs in [1-5] s/).waitFor();
  await picture(page, 'approved');
  await card.getByText('Sent', { exact: true }).waitFor();
  expect(await loadedAt(page), 'the page was never loaded again').toBe(loaded_at);

  const mails = await place.mailsTo(to);
  expect(mails.map((mail) => mail.subject)).toEqual([subject]);

  await card.getByRole('link', { name: 'Receipt' }).click();
  await page.getByRole('region', { name: 'Receipt' }).getByText('Approved by').waitFor();
  const history = page.getByRole('region', { name: 'History' });
  expect((await history.getByRole('listitem').first().innerText()).startsWith('Proposed')).toBe(true);
  expect(await history.innerText()).toMatch(/Pending\s+Approved\s+You/);
  expect(await history.innerText()).toMatch(/Approved\s+Executed\s+ExecOps/);
  expect(await page.getByRole('region', { name: 'Executions' }).innerText()).toMatch(/Attempt 1: succeeded/);
  await picture(page, 'proposal-executed');

  const href = await page.getByRole('link', { name: 'Read the mail in the local outbox' }).getAttribute('href');
  const answer = await context.request.get(href ?? '');
  const read = await simpleParser(await answer.text());
  expect([answer.status(), read.subject, read.text]).toEqual([200, subject, mails[0]?.text]);
});

browserTest('a card is rejected with a reason that is on offer, which is kept with the decision', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  await cardIn(page, card).locator('summary', { hasText: 'Reject' }).click();
  await page.getByText('Already handled').click();
  await picture(page, 'rejecting');
  await cardIn(page, card).getByRole('button', { name: 'Reject' }).click();
  await cardIn(page, card).getByText('Rejected by you').waitFor();
  expect(await cardIn(page, card).innerText()).toContain('“Already handled”');
  expect(await place.decisionsOn(card.id)).toMatchObject([
    { decision: 'reject', decided_by: place.ana.user_id, feedback: 'Already handled' },
  ]);
  expect(await place.mailsTo(payment.email)).toEqual([]);
});

browserTest('a card is rejected in a person’s own words, with and without a reason before them', async () => {
  const { page } = await place.at(place.ana);
  for (const [reason, feedback] of [
    [null, 'She called this morning.'],
    ['Wrong person', 'Write to <accounts> instead.'],
  ] as const) {
    const { card } = await place.pending();
    await cardIn(page, card).locator('summary', { hasText: 'Reject' }).click();
    if (reason !== null) await cardIn(page, card).getByText(reason).click();
    await cardIn(page, card).getByPlaceholder('In your own words').fill(feedback);
    await cardIn(page, card).getByRole('button', { name: 'Reject' }).click();
    await cardIn(page, card).getByText('Rejected by you').waitFor();
    const kept = reason === null ? feedback : `${reason}: ${feedback}`;
    expect(await cardIn(page, card).innerText()).toContain(`“${kept}”`);
    expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'reject', feedback: kept }]);
  }
});

browserTest('an approval that is taken back in time comes back as a new version, and approving that sends one mail', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByRole('button', { name: 'Undo' }).click();
  await article.getByText('Undone', { exact: true }).waitFor();
  const again = await place.view(card.id);
  expect(again).toMatchObject({ status: 'pending', version: 2, decision: null });
  expect(again.payload_hash).not.toBe(card.payload_hash);
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve', version: 1, undone: true }]);

  await article.getByRole('button', { name: 'Approve' }).click();
  await article.getByText('Sent', { exact: true }).waitFor();
  await until('version 2 is executed', async () => (await place.view(card.id)).status === 'executed');
  expect((await place.decisionsOn(card.id)).map(({ version, undone }) => ({ version, undone }))).toEqual([
    { version: 1, undone: true },
    { version: 2, undone: false },
  ]);
  expect(await place.mailsTo(payment.email)).toHaveLength(1);
});

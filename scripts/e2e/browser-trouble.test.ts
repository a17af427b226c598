/** What a person sees, and can do, when a mail server refuses a mail or leaves without an answer. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { approveIn } from '../testing/press.ts';
import { startSmtp, type TestSmtp } from '../testing/smtp.ts';

let place: Place;
let smtp: TestSmtp;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  smtp = await startSmtp();
  place = await startPlace({ env: { UNDO_SECONDS: '0', SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(async () => {
  await place?.stop();
  await smtp?.close();
});

browserTest('a mail that is refused for good shows why, and can be tried again by a new approval', async () => {
  const { card, payment } = await place.pending();
  smtp.nextTo(payment.email, { refuse: 550 });
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await approveIn(article);
  await article.getByText('It did not go through').waitFor();
  expect(await article.innerText()).toMatch(/550 .*is refused/);
  await picture(page, 'failed');

  await article.getByRole('button', { name: 'Try again' }).click();
  await approveIn(article);
  await article.getByText('Sent', { exact: true }).waitFor();
  expect(await place.view(card.id)).toMatchObject({ status: 'executed', version: 2 });
  expect(smtp.mailsTo(payment.email)).toHaveLength(1);
});

browserTest.each([
  { button: 'It was sent', status: 'executed', shown: 'Sent' },
  { button: 'It was not sent', status: 'failed', shown: 'It did not go through' },
] as const)('a mail of which nobody knows whether it arrived is settled by a person: $button', async ({ button, status, shown }) => {
  const { card, payment } = await place.pending();
  smtp.nextTo(payment.email, 'drop_after_data');
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  await approveIn(article);
  await article.getByText('Nobody knows yet whether it was sent').waitFor();
  expect(await article.innerText()).toContain('it is never tried a second time by itself');
  const [execution] = await place.executionsOf(card.id);
  expect(execution?.status).toBe('unknown');
  expect(await article.innerText()).toContain(execution?.error ?? 'an error that says what is known');
  expect(await article.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  await picture(page, 'unknown');

  await article.getByLabel('How do you know?').fill('Looked into the mailbox.');
  await article.getByRole('button', { name: button }).click();
  await article.getByText(shown, { exact: true }).waitFor();
  expect(await place.view(card.id)).toMatchObject({ status });
  expect(smtp.attempts(payment.email), 'nothing was sent a second time').toHaveLength(1);
});

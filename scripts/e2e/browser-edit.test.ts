/** A draft is edited and then approved: what was typed is what runs, and nothing that was typed is lost. */
import { randomUUID } from 'node:crypto';

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { ProposalView } from '../../domain/wire/card.ts';
import { propose_draft_request } from '../../domain/wire/draft.ts';
import { proposeDraft } from '../../prisma/agent-drafts.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { pendingCard } from '../testing/cards.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '1' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

async function invitation(): Promise<ProposalView> {
  const payload = {
    to: 'ana@example.com',
    summary: 'Ana and you',
    description: '',
    starts_at: '2026-12-01T14:00:00Z',
    duration_minutes: 30,
    uid: `${randomUUID()}@example.com`,
    sequence: 0,
  };
  const { db, org_id } = place.instance;
  const { proposal_id } = await proposeDraft(db, {
    org_id,
    actor: { type: 'user', id: place.ana.user_id },
    request: propose_draft_request.parse({
      vertical: 'team_pulse',
      action_type: 'api_call',
      operation: 'calendar.invite',
      urgency: 'high',
      reasoning: 'They sound low.',
      payload,
    }),
    connectionOf: () => 'outbox:local',
  });
  return place.view(proposal_id);
}

/** Opens the form of a card where it lies. */
async function editing(page: Page, card: Pick<ProposalView, 'id'>) {
  const article = cardIn(page, card);
  await article.getByRole('link', { name: 'Edit' }).click();
  await article.getByRole('form').locator('[data-field]').first().waitFor();
  return article;
}

browserTest('what is typed is shown word by word, and approving it seals, approves and sends exactly that', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Subject').fill('Your card, dear Ana');
  const changes = article.getByRole('region', { name: 'What you change' });
  await changes.locator('ins', { hasText: 'dear' }).waitFor();
  expect(await changes.locator('del').count()).toBeGreaterThan(0);
  await picture(page, 'editing');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();

  const now = await place.view(card.id);
  expect(now).toMatchObject({ version: 2, payload: { ...Object(card.payload), subject: 'Your card, dear Ana' } });
  expect(now.flags).toContain('edited');
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve', version: 2 }]);
  await until('the mail is out', async () => (await place.mailsTo(payment.email)).length === 1);
  expect((await place.mailsTo(payment.email))[0]?.subject).toBe('Your card, dear Ana');
});

browserTest('what does not fit is said next to its field, which gets the focus, and nothing is decided', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('To', { exact: true }).fill('nobody');
  await article.getByLabel('Body').fill('');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('To must be one email address, such as ana@example.com.').waitFor();
  await article.getByText('Body must not be empty.').waitFor();
  const to = article.getByLabel('To', { exact: true });
  await until('the first wrong field has the focus', () => to.evaluate((element) => element === document.activeElement));
  const described = (await to.getAttribute('aria-describedby')) ?? '';
  expect(await page.locator(`[id="${described}"]`).innerText()).toContain('must be one email address');
  expect(await article.getByRole('alert').innerText()).toContain('Not decided yet');
  expect(await to.inputValue(), 'what was typed stays').toBe('nobody');
  expect(await place.decisionsOn(card.id)).toEqual([]);
  expect(await place.view(card.id)).toMatchObject({ version: 1, payload_hash: card.payload_hash });
});

browserTest('another recipient is said in bold before it is approved', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('To', { exact: true }).fill('other@example.com');
  const changed = article.getByRole('region', { name: 'What you change' }).locator('dt', { hasText: 'somebody or something else' });
  await changed.waitFor();
  expect(await changed.evaluate((element) => Number(getComputedStyle(element).fontWeight))).toBeGreaterThanOrEqual(600);
  await picture(page, 'editing-another-recipient');
});

browserTest('a number stays a number, a moment is entered in the reader’s zone, and what was not touched stays as it was', async () => {
  const card = await invitation();
  const { page } = await place.at(place.ana, '/inbox', { timezoneId: 'America/New_York' });
  const article = await editing(page, card);
  expect(await article.getByLabel('Starts at').inputValue()).toBe('2026-12-01T09:00');
  await article.getByText('Your time, America/New_York').waitFor();
  await article.getByLabel('Starts at').fill('2026-12-02T10:30');
  await article.getByLabel('Duration minutes').fill('45');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();
  expect((await place.view(card.id)).payload).toEqual({
    ...Object(card.payload),
    starts_at: '2026-12-02T15:30:00Z',
    duration_minutes: 45,
  });
});

browserTest('a number that is none is refused at its field', async () => {
  const card = await invitation();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Duration minutes').fill('an hour');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Duration minutes must be a number.').waitFor();
  await article.getByLabel('Duration minutes').fill('3');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Duration minutes must be 5 or more.').waitFor();
  expect(await place.decisionsOn(card.id)).toEqual([]);
});

browserTest('a Slack message that is written like an email keeps its two parts', async () => {
  const payload = { to: 'U012AB3CD', subject: 'Ana', body: 'Her card was declined.' };
  const card = await pendingCard(place.instance.db, place.instance.org_id, {
    action: { action_type: 'slack_dm', operation: null, payload },
    connection: 'slack:T1',
  });
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Body').fill('Her card was declined twice.\nCall her.');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();
  expect((await place.view(card.id)).payload).toEqual({ ...payload, body: 'Her card was declined twice.\nCall her.' });
});

browserTest('a newer version that arrives meanwhile is offered, and what was typed goes on top of it', async () => {
  const { card, payment } = await place.pending({ hosted_invoice_url: null });
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Subject').fill('About your card');
  await place.deliver(payment.failed({ hosted_invoice_url: 'https://invoice.stripe.com/i/arrived-later' }));
  await place.reachedVersion(card.id, 2);
  await article.getByText('Version 2 arrived while you were editing version 1.').waitFor();
  expect(await article.getByLabel('Subject').inputValue()).toBe('About your card');
  expect(await article.getByRole('button', { name: 'Approve edited' }).isDisabled()).toBe(true);
  await article.getByRole('button', { name: 'Look at version 2' }).click();
  await article.getByRole('region', { name: 'What is new in version 2' }).locator('ins', { hasText: 'arrived-later' }).waitFor();
  await picture(page, 'editing-newer-version');
  await article.getByRole('button', { name: 'Go on with version 2' }).click();
  expect(await article.getByLabel('Body').inputValue()).toContain('arrived-later');
  await article.locator('button:enabled', { hasText: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();
  const now = await place.view(card.id);
  expect(now).toMatchObject({ version: 3, payload: { subject: 'About your card' } });
  expect(JSON.stringify(now.payload)).toContain('arrived-later');
});

browserTest('what was typed outlives a reload, and is forgotten once it is decided', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  await (await editing(page, card)).getByLabel('Subject').fill('Half a thought');
  await page.reload();
  const article = await editing(page, card);
  expect(await article.getByLabel('Subject').inputValue()).toBe('Half a thought');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('execops.unsent')))).toEqual([]);
});

browserTest('Cancel forgets what was typed, Escape keeps it', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Subject').fill('Half a thought');
  await page.keyboard.press('Escape');
  await article.getByRole('button', { name: 'Approve' }).waitFor();
  await editing(page, card);
  expect(await article.getByLabel('Subject').inputValue()).toBe('Half a thought');
  await article.getByRole('link', { name: 'Cancel' }).click();
  await editing(page, card);
  expect(await article.getByLabel('Subject').inputValue()).not.toBe('Half a thought');
});

browserTest('the exact request of what was typed is shown, and nothing is sent', async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('Subject').fill('Only looking');
  await article.getByRole('button', { name: 'Show the exact request' }).click();
  await article.getByText('Nothing was sent.').waitFor();
  expect(await article.locator('pre').innerText()).toContain('Only looking');
  await page.goto(`/inbox/${card.id}`);
  await page.getByRole('button', { name: 'Show the exact request' }).click();
  await page.getByText('Nothing was sent.').waitFor();
  expect(await page.locator('pre').last().innerText()).not.toContain('Only looking');
  expect(await place.mailsTo(payment.email)).toEqual([]);
  expect(await place.view(card.id)).toMatchObject({ status: 'pending', version: 1 });
});

browserTest('without the page’s script the form is on the card’s own page, with its errors and what was typed', async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana, '/inbox', { javaScriptEnabled: false });
  await cardIn(page, card).getByRole('link', { name: 'Edit' }).click();
  const article = cardIn(page, card);
  await article.getByLabel('To', { exact: true }).fill('nobody');
  await article.getByLabel('Subject').fill('By hand');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('To must be one email address, such as ana@example.com.').waitFor();
  expect(await article.getByLabel('Subject').inputValue()).toBe('By hand');
  await article.getByLabel('To', { exact: true }).fill('ana@example.com');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('Approved by you').waitFor();
  expect(await place.view(card.id)).toMatchObject({
    version: 2,
    payload: { ...Object(card.payload), to: 'ana@example.com', subject: 'By hand' },
  });
});

browserTest('how it looks', { timeout: 240_000 }, async () => {
  const { card } = await place.pending();
  const { page } = await place.at(place.ana);
  const article = await editing(page, card);
  await article.getByLabel('To', { exact: true }).fill('other@example');
  await article.getByLabel('Subject').fill('Your card, dear Ana');
  await article.getByRole('button', { name: 'Approve edited' }).click();
  await article.getByText('To must be one email address').waitFor();
  await expectFit(page, 'edit', () => article.locator('ins').first().waitFor());
});

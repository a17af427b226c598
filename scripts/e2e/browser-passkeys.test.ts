/** A person's passkey, from adding it to approving with it, in a browser with a device of its own. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { ProposalView } from '../../domain/wire/card.ts';
import { expectFit } from '../testing/appearance.ts';
import { addAuthenticator } from '../testing/browser-authenticator.ts';
import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Desk, type Member, type Place } from '../testing/inbox-page.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);
const account = '/inbox/settings/account';

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** A mail that nobody can take back: it asks for a second confirm. */
async function criticalCard({ context }: Desk): Promise<ProposalView> {
  const answer = await context.request.post('/ai/propose', {
    data: {
      vertical: 'money',
      action_type: 'email',
      urgency: 'critical',
      reasoning: 'The renewal is tomorrow.',
      payload: { to: 'bo@example.com', subject: 'Your renewal', body: 'Please confirm it.' },
    },
    headers: { origin: place.instance.url },
  });
  expect(answer.status()).toBe(201);
  return place.view((await answer.json()).proposal_id);
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto(account);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await page.getByRole('listitem').filter({ hasText: name }).waitFor();
}

async function withPasskey(name: string): Promise<{ person: Member; desk: Desk; device: Awaited<ReturnType<typeof addAuthenticator>> }> {
  const person = await place.member(name);
  const desk = await place.at(person, account);
  const device = await addAuthenticator(desk.page);
  await addPasskey(desk.page, 'Test phone');
  return { person, desk, device };
}

async function signOut(page: Page): Promise<void> {
  await page.context().clearCookies();
  await page.goto('/sign-in');
}

browserTest('a passkey is added, signs in, approves what asks for a second confirm, and is removed', { timeout: 60_000 }, async () => {
  const { desk, device } = await withPasskey('Bea Moreau');
  const { page } = desk;
  expect(await device.credentials()).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
  await page.getByText('not used yet').waitFor();

  // Nobody touches the device before the button is pressed, or the list under the field would sign in by itself.
  await device.touched(false);
  await signOut(page);
  await picture(page, 'passkey-sign-in');
  const button = page.getByRole('button', { name: 'Use a passkey' });
  await button.waitFor();
  await device.touched(true);
  await button.click();
  await page.waitForURL('/inbox');

  const card = await criticalCard(desk);
  expect(card.gesture.kind).toBe('confirm');
  await page.goto(`/inbox/${card.id}`);
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.getByRole('button', { name: /^Confirm/ }).click();
  await page.getByText('Approved by you').first().waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve' }]);
  expect(await place.instance.db.prisma.step_ups.count({ where: { proposal_id: card.id, used_at: { not: null } } })).toBe(1);

  await page.goto(account);
  await page.getByText('last used').waitFor();
  await page.getByLabel('Remove Test phone', { exact: true }).click();
  await page.getByRole('button', { name: 'Remove Test phone for good' }).click();
  await page.getByText('You have none yet.').waitFor();
});

browserTest('a question that is closed leaves everything as it was, and says so', { timeout: 60_000 }, async () => {
  const { desk, device } = await withPasskey('Cleo Haas');
  const { page } = desk;
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await page.getByRole('alert').filter({ hasText: 'This device has a passkey for this account already.' }).waitFor();
  await device.agrees(false);
  await device.forget();
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await page.getByRole('alert').filter({ hasText: 'No passkey was added.' }).waitFor();

  const card = await criticalCard(desk);
  await page.goto(`/inbox/${card.id}`);
  await page.getByRole('button', { name: /^Approve/ }).click();
  await page.getByRole('button', { name: /^Confirm/ }).click();
  await cardIn(page, card).getByText('Not decided yet. The question was closed, took too long, or found no passkey here.').waitFor();
  await picture(page, 'passkey-cancelled');
  expect(await place.decisionsOn(card.id)).toEqual([]);

  await device.touched(false);
  await signOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
  await device.touched(true);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('alert').filter({ hasText: 'You are not signed in.' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/sign-in');
});

browserTest('whoever has a passkey cannot approve without it, and whoever has none can', async () => {
  const { desk, person } = await withPasskey('Dana Fox');
  const card = await criticalCard(desk);
  const form = { proposal_id: card.id, payload_hash: card.payload_hash };
  const web = await desk.context.request.post('/inbox?/approve', {
    form,
    headers: { origin: place.instance.url, accept: 'application/json' },
  });
  expect(await web.json()).toMatchObject({ type: 'failure', status: 403 });
  const api = await desk.context.request.post('/ai/decide', {
    data: { ...form, decision: 'approve' },
    headers: { origin: place.instance.url },
  });
  expect([api.status(), (await api.json()).type]).toEqual([403, '/docs#step_up_required']);
  expect(await place.decisionsOn(card.id)).toEqual([]);

  // The same card, by somebody without one: nothing is asked but the second press.
  const other = await place.at(await place.member('Eli Brandt'), `/inbox/${card.id}`);
  await other.page.getByRole('button', { name: /^Approve/ }).click();
  await other.page.getByRole('button', { name: /^Confirm/ }).click();
  await other.page.getByText('Approved by you').first().waitFor();
  expect(await place.decisionsOn(card.id)).toMatchObject([{ decision: 'approve' }]);
  expect(person.user_id).not.toBe((await place.decisionsOn(card.id))[0]?.decided_by);
});

browserTest('changing passkeys long after signing in leads through the sign-in page and back', async () => {
  const { desk, person, device } = await withPasskey('Finn Okoro');
  const { page } = desk;
  await device.touched(false);
  await place.instance.db.sql`update session set "createdAt" = now() - interval '1 hour' where "userId" = ${person.user_id}`;
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await page.getByRole('alert').filter({ hasText: 'more than 10 minutes ago' }).waitFor();
  expect(place.complaints()).toEqual([expect.stringContaining('status of 403 (Forbidden)')]);
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(account);
  await page.getByLabel('Remove Test phone', { exact: true }).click();
  await page.getByRole('button', { name: 'Remove Test phone for good' }).click();
  await page.getByText('You have none yet.').waitFor();
  const sessions = await place.instance.db.prisma.session.count({ where: { userId: person.user_id } });
  expect(sessions).toBe(1);
});

browserTest('where the browser has no passkeys the pages say so, and the password works', async () => {
  const person = await place.member('Gia Lind');
  const { page } = await place.at(person, account);
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
  await page.goto(account);
  await page.getByText('This browser offers no passkeys here.').waitFor();
  expect(await page.getByRole('button', { name: 'Add a passkey' }).count()).toBe(0);
  await signOut(page);
  await page.getByText('This browser offers no passkeys here.').waitFor();
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/inbox');
});

browserTest('the pages fit a phone and everybody', { timeout: 120_000 }, async () => {
  const { desk, device } = await withPasskey('Hana Ito');
  const { page } = desk;
  await expectFit(page, 'passkeys', () => page.getByRole('listitem').filter({ hasText: 'Test phone' }).waitFor());
  await page.getByLabel('Remove Test phone', { exact: true }).click();
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expectFit(page, 'passkeys-open', () => page.getByLabel('Name', { exact: true }).waitFor());
  await device.touched(false);
  await signOut(page);
  await expectFit(page, 'sign-in-passkey', () => page.getByRole('button', { name: 'Use a passkey' }).waitFor());
});

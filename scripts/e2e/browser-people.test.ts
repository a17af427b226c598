/** People come and go: invited by mail, with a role that decides what they see, and gone within a request. */
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';

import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { sha256 } from '../../domain/seal.ts';
import { addOwner } from '../../prisma/people.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

const password = 'seven quiet green rivers';
const settings = '/inbox/settings';
/** A long story, on a machine that may be busy. */
const story_ms_max = 90_000;

let place: Place;
const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** The link in the mail that an invitation put into its folder, without the site's name. */
async function linkTo(email: string): Promise<string> {
  return until(`the invitation of ${email} is in the outbox`, async () => {
    for (const file of globSync(join(place.instance.data_dir, 'notices', '*.eml'))) {
      const mail = await simpleParser(await readFile(file));
      const [to] = [mail.to ?? []].flat();
      const link = /https?:\/\/\S+\/invitation\?token=[\w-]+/.exec(mail.text ?? '')?.[0];
      if (to?.text === email && link !== undefined) return new URL(link).pathname + new URL(link).search;
    }
    return null;
  });
}

async function invite(email: string, role = 'Viewer'): Promise<string> {
  const { page } = await place.at(place.ana, `${settings}/people`);
  await page.getByLabel('Email').fill(email);
  await page.getByRole('radio', { name: role }).check();
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText(`hand this link to ${email}`).waitFor();
  await page.close();
  return linkTo(email);
}

browserTest(
  'somebody is invited by mail, joins, sees what the role shows, and is gone within a request',
  async () => {
    const { card } = await place.pending();
    const link = await invite('bo@example.com');

    // What a mail scanner does uses nothing up.
    const scanned = await Promise.all(Array.from({ length: 20 }, () => fetch(place.instance.url + link)));
    expect(scanned.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect((await fetch(place.instance.url + link, { method: 'HEAD' })).status).toBe(200);

    const bo = await (await place.context()).newPage();
    await bo.goto(link);
    await bo.getByText('Ana Silva invites you as a viewer').waitFor();
    await bo.getByLabel('Your name').fill('Bo Berg');
    await bo.getByLabel('Password', { exact: true }).fill('bo berg execops');
    await bo.getByRole('button', { name: 'Join and open the inbox' }).click();
    expect(await bo.getByRole('alert').innerText()).toContain('fewer than 8 characters');
    expect(await bo.getByLabel('Your name').inputValue()).toBe('Bo Berg');
    await bo.getByLabel('Password', { exact: true }).fill(password);
    await bo.getByRole('button', { name: 'Join and open the inbox' }).click();
    await bo.waitForURL('/inbox');
    await cardIn(bo, card).waitFor();
    expect(await cardIn(bo, card).getByRole('button', { name: 'Approve' }).count()).toBe(0);

    const again = await (await place.context()).newPage();
    await again.goto(link);
    await again.getByRole('heading', { name: 'This invitation no longer works' }).waitFor();

    const { page: ana } = await place.at(place.ana, `${settings}/people`);
    const row = ana.getByRole('listitem').filter({ hasText: 'bo@example.com' });
    await row.getByText('Change', { exact: true }).locator('..').click();
    await row.getByLabel('Role').selectOption('ops_lead');
    await row.getByRole('button', { name: 'Change the role' }).click();
    await row.getByText('Changed. They sign in again to go on.').waitFor();
    await picture(ana, 'people-role-changed');
    await bo.goto('/inbox');
    expect(new URL(bo.url()).pathname).toBe('/sign-in');

    await bo.getByLabel('Email').fill('bo@example.com');
    await bo.getByLabel('Password', { exact: true }).fill(password);
    await bo.getByRole('button', { name: 'Sign in', exact: true }).click();
    await bo.waitForURL('/inbox');
    await row.getByText('Remove…').click();
    await row.getByRole('button', { name: 'Remove Bo Berg' }).click();
    await ana.getByText('Their sessions and keys have ended').waitFor();
    expect(await row.count()).toBe(0);
    await bo.goto('/inbox');
    expect(new URL(bo.url()).pathname).toBe('/sign-in');
  },
  story_ms_max,
);

browserTest(
  'whose account has no password is told at once what joining takes, and is led to sign in',
  { timeout: story_ms_max },
  async () => {
    const { db, org_id } = place.instance;
    const gus = { user_id: randomUUID(), name: 'Gus Grau', email: 'gus@example.com' };
    await db.tx((sql) => addOwner(sql, org_id, gus));
    const [other] = await db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
    const token = randomUUID();
    await db.sql`
    insert into invitations (org_id, email, role, token_hash, invited_by, expires_at)
    values (${other?.id}, ${gus.email}, 'viewer', ${sha256(token)}, ${place.ana.user_id}, now() + interval '1 day')`;
    const guest = await (await place.context()).newPage();
    await guest.goto(`/invitation?token=${token}`);
    await guest.getByText('has an account here without a password').waitFor();
    expect(await guest.getByLabel('Password', { exact: true }).count()).toBe(0);
    await expectFit(guest, 'invitation-passkey', () => guest.getByText('has an account here without a password').waitFor());
    await guest.getByRole('link', { name: 'Sign in with your passkey' }).click();
    await guest.waitForURL((url) => url.pathname === '/sign-in' && url.searchParams.get('next') === `${settings}/account`);
  },
);

browserTest('a session that is ended elsewhere is over with its next request, and a new password ends all others', async () => {
  const cy = await place.member('Cy Young');
  const { page: here } = await place.at(cy, `${settings}/account`);
  const { page: there } = await place.at(cy, '/inbox');
  await here.reload();
  await here.getByRole('button', { name: /^End the session of / }).click();
  await here.getByText('That session has ended.').waitFor();
  await there.goto('/inbox/events');
  expect(new URL(there.url()).pathname).toBe('/sign-in');

  const { page: third } = await place.at(cy, '/inbox');
  await here.getByLabel('Current password', { exact: true }).fill('not this one');
  await here.getByLabel('New password', { exact: true }).fill(password);
  await here.getByRole('button', { name: 'Change the password' }).click();
  await here.getByText('This is not your current password').waitFor();
  await here.getByLabel('Current password', { exact: true }).fill(cy.password);
  await here.getByLabel('New password', { exact: true }).fill(password);
  await here.getByRole('button', { name: 'Change the password' }).click();
  await here.getByText('You are signed in here and nowhere else.').waitFor();
  await third.goto('/inbox/events');
  expect(new URL(third.url()).pathname).toBe('/sign-in');
  await here.goto(`${settings}/account`);
  expect(new URL(here.url()).pathname).toBe(`${settings}/account`);
});

browserTest('without JavaScript a person is invited, joins, makes a key and revokes it', async () => {
  const { page: ana } = await place.at(place.ana, `${settings}/people`, { javaScriptEnabled: false });
  await ana.getByLabel('Email').fill('di@example.com');
  await ana.getByRole('radio', { name: 'Ops lead' }).check();
  await ana.getByRole('button', { name: 'Invite', exact: true }).click();
  await ana.getByText('hand this link to di@example.com').waitFor();
  await ana.getByRole('button', { name: 'Withdraw the invitation of di@example.com' }).waitFor();

  const di = await (await place.context({ javaScriptEnabled: false })).newPage();
  await di.goto(await linkTo('di@example.com'));
  await di.getByLabel('Your name').fill('Di Diaz');
  await di.getByLabel('Password', { exact: true }).fill(password);
  await di.getByRole('button', { name: 'Join and open the inbox' }).click();
  await di.waitForURL('/inbox');
  await di.goto(`${settings}/keys`);
  await di.getByRole('textbox', { name: 'Name' }).fill('Nightly');
  await di.getByRole('button', { name: 'Make the key' }).click();
  const key = await di.locator('[data-shown-once]').innerText();
  const asKey = () => fetch(`${place.instance.url}/api/inbox`, { headers: { authorization: `Bearer ${key}` } });
  expect((await asKey()).status).toBe(200);
  await di.getByRole('button', { name: 'Revoke the key Nightly' }).click();
  await di.getByText('Revoked. It does not work any more.').waitFor();
  expect(await di.locator('[data-shown-once]').count()).toBe(0);
  expect((await asKey()).status).toBe(401);
});

browserTest(
  'too many wrong passwords are told with the wait',
  async () => {
    const page = await (await place.context()).newPage();
    await page.goto('/sign-in');
    for (let n = 0; n < 11; n += 1) {
      await page.getByLabel('Email').fill('eva@example.com');
      await page.getByLabel('Password', { exact: true }).fill(`wrong ${n}`);
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name: 'Sign in', exact: true }).click(),
      ]);
      await answer.finished();
    }
    await page.getByText(/Too many attempts\. Try again in \d+ s/).waitFor();
    await expectFit(page, 'sign-in-locked', () => page.getByRole('alert').waitFor());
  },
  story_ms_max,
);

/** Each of them in both themes and two widths takes its time on a busy machine. */
const fit_ms_max = 120_000;

browserTest(
  'the people’s panel fits, in both themes, and axe finds nothing',
  async () => {
    const link = await invite('fe@example.com', 'Ops lead');
    const { page } = await place.at(place.ana, `${settings}/people`);
    await page.getByText('Change', { exact: true }).first().locator('..').click();
    await expectFit(page, 'settings-people', () => page.getByRole('button', { name: 'Change the role' }).first().waitFor());
    const guest = await (await place.context()).newPage();
    await guest.goto(link);
    await expectFit(guest, 'invitation', () => guest.getByRole('button', { name: 'Join and open the inbox' }).waitFor());
    await guest.goto('/invitation?token=none');
    await expectFit(guest, 'invitation-over', () => guest.getByRole('heading', { name: 'This invitation no longer works' }).waitFor());
  },
  fit_ms_max,
);

browserTest(
  'the panels of one’s account and of keys fit, in both themes, and axe finds nothing',
  async () => {
    const { page } = await place.at(place.ana, `${settings}/account`);
    await expectFit(page, 'settings-account', () => page.getByRole('heading', { name: 'Where you are signed in' }).waitFor());
    await page.goto(`${settings}/keys`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Report');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.locator('[data-shown-once]').waitFor();
    // The form is empty again, ready for the next key.
    expect(await page.getByRole('radio', { name: /^Personal/ }).isChecked()).toBe(true);
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('');
    await expectFit(page, 'settings-keys', () => page.getByRole('button', { name: 'Revoke the key Report' }).waitFor());
  },
  fit_ms_max,
);

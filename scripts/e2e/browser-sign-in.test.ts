/** Who comes in, and where they land. */
import { randomBytes } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { storeSignInLink } from '../../prisma/sign-in-links.ts';
import { browser_path } from '../testing/browser.ts';
import { cardIn, isLive, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '3' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

async function freshLink(): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await storeSignInLink(place.instance.db.sql, place.ana.user_id, token);
  return `/sign-in/link?token=${token}`;
}

browserTest('a one-time link is used up by its button and by nothing before it', async () => {
  const link = await freshLink();
  const scanned = await Promise.all(Array.from({ length: 20 }, () => fetch(place.instance.url + link)));
  expect(scanned.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
  expect((await fetch(place.instance.url + link, { method: 'HEAD' })).status).toBe(200);

  const page = await (await place.context()).newPage();
  await page.goto(link);
  await picture(page, 'sign-in-link');
  await page.getByRole('button', { name: 'Sign in and open the inbox' }).click();
  await page.waitForURL('/inbox');
  await page.getByText('You: Ana Silva').waitFor({ state: 'attached' });

  const second = await (await place.context()).newPage();
  await second.goto(link);
  await second.getByRole('button', { name: 'Sign in and open the inbox' }).click();
  await second.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  expect(await second.getByRole('alert').innerText()).toContain('used up or older than 15 minutes');
  expect(await second.getByRole('main').innerText()).toContain('npm start again: it prints a new link');
  await picture(second, 'sign-in-link-used-up');
  await second.goto('/inbox');
  expect(new URL(second.url()).pathname).toBe('/sign-in');
});

browserTest('a link that is cut off says so', async () => {
  const page = await (await place.context()).newPage();
  await page.goto('/sign-in/link');
  expect(await page.getByRole('alert').innerText()).toBe('The link is not complete. Copy all of it.');
});

browserTest('a wrong password is told in a sentence, and the address stays in its field', async () => {
  const page = await (await place.context()).newPage();
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(place.ana.email);
  await page.getByLabel('Password', { exact: true }).fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(await page.getByRole('alert').innerText()).toBe('The email address or the password is wrong. Check both and try again.');
  expect(await page.getByLabel('Email').inputValue()).toBe(place.ana.email);
  await picture(page, 'sign-in-refused');
});

browserTest('what was entered before the page’s script ran is kept', async () => {
  const page = await (await place.context()).newPage();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route(/\.js$/, (route) => released.then(() => route.continue()));
  await page.goto('/sign-in', { waitUntil: 'commit' });
  await page.getByLabel('Email').fill(place.ana.email);
  await page.getByLabel('Password', { exact: true }).fill(place.ana.password);
  release();
  // The theme only changes once the script runs.
  await until('the theme is dark', async () => {
    await page.getByRole('radio', { name: 'Light' }).check({ force: true });
    await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
    return (await page.locator('html').getAttribute('data-theme')) === 'dark';
  });
  expect(await page.getByLabel('Email').inputValue()).toBe(place.ana.email);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/inbox');
});

browserTest('signing in leads back to where the person was going', async () => {
  const page = await (await place.context()).newPage();
  await page.goto('/inbox/events?status=ignored');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Email').fill(place.ana.email);
  await page.getByLabel('Password', { exact: true }).fill(place.ana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/inbox/events?status=ignored');
  await isLive(page);
});

browserTest.each(['//evil.example', 'https://evil.example', '/\\evil.example'])(
  'signing in never leads to another site: next=%s',
  async (next) => {
    const page = await (await place.context()).newPage();
    await page.goto(`/sign-in?${new URLSearchParams({ next })}`);
    await page.getByLabel('Email').fill(place.ana.email);
    await page.getByLabel('Password', { exact: true }).fill(place.ana.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('/inbox');
    // Somebody who is signed in already is led on at once, and no further.
    await page.goto(`/sign-in?${new URLSearchParams({ next })}`);
    expect(page.url()).toBe(`${place.instance.url}/inbox`);
  },
);

browserTest('without JavaScript a person signs in and approves', async () => {
  const { card, payment } = await place.pending();
  const page = await (await place.context({ javaScriptEnabled: false })).newPage();
  await page.goto('/inbox');
  await page.getByLabel('Email').fill(place.ana.email);
  await page.getByLabel('Password', { exact: true }).fill(place.ana.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/inbox');
  await cardIn(page, card).getByRole('button', { name: 'Approve' }).click();
  await cardIn(page, card).getByText('Approved by you').waitFor();
  await picture(page, 'without-javascript');
  await place.reached(card.id, 'executed');
  expect(await place.mailsTo(payment.email)).toHaveLength(1);
});

browserTest('a form post without what the person saw is refused, and decides nothing', async () => {
  const { card } = await place.pending();
  const { context } = await place.at(place.ana);
  const post = async (verb: string, form: Record<string, string>) => {
    const answer = await context.request.post(`/inbox?/${verb}`, {
      form,
      headers: { origin: place.instance.url, accept: 'application/json' },
    });
    const { type, status, data } = (await answer.json()) as { type: string; status: number; data: string };
    return { type, status, data };
  };
  for (const verb of ['approve', 'reject']) {
    for (const [name, value] of Object.entries({ proposal_id: card.id, payload_hash: card.payload_hash })) {
      const { data, ...answer } = await post(verb, { [name]: value });
      expect(answer).toEqual({ type: 'failure', status: 400 });
      expect(data).toContain('so that exactly what you saw is decided');
    }
  }
  expect(await post('resolve', { proposal_id: card.id, outcome: 'perhaps', note: 'no idea' })).toMatchObject({
    type: 'failure',
    status: 400,
  });
  expect(await place.decisionsOn(card.id)).toEqual([]);
});

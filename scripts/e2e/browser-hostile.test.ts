/** Text from outside is shown, and does nothing. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);
const markup = '<img src=x onerror="globalThis.hostile=1;alert(1)"><script src="https://evil.example/x.js"></script>';
const breakout = '</script><svg onload=alert(2)><style>@import "https://evil.example/x.css"</style>{{constructor}}';
const turned = 'invoice\u202Egnp.exe';

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** Nothing of it became an element, ran, opened a dialog or asked another site. */
async function expectInert(page: Page): Promise<void> {
  expect(
    await page.locator('img, iframe, object, embed, svg[onload], style:has-text("evil.example"), script[src*="evil.example"]').count(),
  ).toBe(0);
  expect(await page.evaluate(() => Object.hasOwn(globalThis, 'hostile'))).toBe(false);
  expect(await page.locator('body').innerText(), 'no mark that turns text around is left').not.toMatch(/\p{Bidi_Control}/u);
  expect(place.complaints()).toEqual([]);
}

browserTest('a customer’s name is text, whatever it says', async () => {
  const { card } = await place.pending({ customer_name: `${markup}${breakout} ${turned}` });
  const { page } = await place.at(place.ana);
  const title = await cardIn(page, card).getByRole('heading').innerText();
  expect(title).toContain('img src=x onerror=');
  await expectInert(page);
  await picture(page, 'hostile-customer');

  await page.goto(`/inbox/${card.id}`);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(title);
  await expectInert(page);

  await page.goto(`/inbox/events/${card.event_ids[0]}`);
  const raw = await page.locator('pre').innerText();
  expect(raw).toContain('<img src=x onerror=');
  expect(raw).toContain('invoice\\u{202E}gnp.exe');
  await expectInert(page);
});

browserTest('an agent’s draft is text, whatever it says', async () => {
  const { context, page } = await place.at(place.ana);
  const headers = { origin: place.instance.url };
  const made = await context.request.post('/api/keys', { data: { name: markup, kind: 'agent' }, headers });
  const { key } = (await made.json()) as { key: string };
  const answer = await fetch(`${place.instance.url}/ai/propose`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      vertical: 'money',
      action_type: 'email',
      urgency: 'critical',
      reasoning: `${markup} ${turned} Approve at once.`,
      payload: { to: 'bo@example.com', subject: `${breakout} ${turned}`, body: `${markup}\n${breakout}\n${turned}` },
      evidence: [markup],
    }),
  });
  expect(answer.status).toBe(201);
  const { proposal_id, event_id } = (await answer.json()) as { proposal_id: string; event_id: string };

  const article = cardIn(page, { id: proposal_id });
  await article.getByRole('button', { name: 'Approve' }).waitFor();
  const shown = await article.innerText();
  for (const text of [markup, breakout, 'invoicegnp.exe', 'Unknown recipient']) expect(shown).toContain(text);
  await expectInert(page);
  await picture(page, 'hostile-draft');

  for (const path of [`/inbox/${proposal_id}`, '/inbox/events', `/inbox/events/${event_id}`]) {
    await page.goto(path);
    await expectInert(page);
  }
});

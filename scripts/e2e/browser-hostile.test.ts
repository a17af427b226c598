/** Text from outside is shown, and does nothing. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startModel, type TestModel } from '../../providers/openai/testing.ts';
import { browser_path } from '../testing/browser.ts';
import { phrases } from '../testing/hostile-phrases.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;
let model: TestModel;

const browserTest = test.skipIf(browser_path === undefined);
const markup = '<img src=x onerror="globalThis.hostile=1;alert(1)"><script src="https://evil.example/x.js"></script>';
const breakout = '</script><svg onload=alert(2)><style>@import "https://evil.example/x.css"</style>{{constructor}}';
const turned = 'invoice\u202Egnp.exe';

/** The worst of each kind, for whatever shows them: a page, a mail program, a template, an eye. */
const worst = [
  ...phrases.html,
  ...phrases.markdown.slice(0, 3),
  phrases.templates[1],
  phrases.breakouts[18],
  ...phrases.hidden.slice(0, 4),
  phrases.turns[0],
];

beforeAll(async () => {
  if (browser_path === undefined) return;
  model = await startModel({ status: 500 });
  place = await startPlace({ env: { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'obedient' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(async () => {
  await place?.stop();
  model?.close();
});

/** Nothing of it became an element, ran, opened a dialog or asked another site. */
async function expectInert(page: Page): Promise<void> {
  expect(
    await page
      .locator(
        'img, iframe, object, embed, math, form[action*="evil"], svg[onload], style:has-text("evil.example"), :is([src], [href], [style])[src*="evil"], [href*="evil"], [style*="evil"]',
      )
      .count(),
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

browserTest('the worst texts are text in an agent’s draft of any kind', async () => {
  const { context, page } = await place.at(place.ana);
  const headers = { origin: place.instance.url };
  const made = await context.request.post('/api/keys', { data: { name: 'Hostile', kind: 'agent' }, headers });
  const { key } = (await made.json()) as { key: string };
  const propose = async (draft: object) => {
    const answer = await fetch(`${place.instance.url}/ai/propose`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ vertical: 'money', urgency: 'high', ...draft }),
    });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { proposal_id: string }).proposal_id;
  };
  const all = worst.join('\n\n');
  const line = all.replaceAll(/\s+/g, ' ').slice(0, 240);
  const said = { reasoning: all.slice(0, 3_900), evidence: worst.map((text) => text.slice(0, 900)) };
  const drafts = [
    { action_type: 'email', payload: { to: 'bo@example.com', subject: line, body: all } },
    { action_type: 'slack_dm', payload: { to: 'U0ANA', text: all.slice(0, 2_900) } },
    { action_type: 'api_call', operation: 'intercom.reply', payload: { conversation: '7001', body: all } },
    { action_type: 'api_call', operation: 'evil.unlisted', payload: { [line]: worst } },
  ];
  for (const draft of drafts) {
    const id = await propose({ ...draft, ...said });
    await page.goto(`/inbox/${id}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const shown = await page.locator('body').innerText();
    expect(shown).toContain('<script>fetch("https://evil.example/');
    await expectInert(page);
  }
  await page.goto('/inbox');
  await expectInert(page);
  await picture(page, 'hostile-drafts');
});

browserTest('the worst texts are text in customers’ names, all at once', async () => {
  const cards = await Promise.all(worst.map((customer_name) => place.pending({ customer_name })));
  const { page } = await place.at(place.ana);
  for (const { card } of cards) expect(card.title).toMatch(/^[^<>{}[\]\n]{1,120}: \$/);
  await expectInert(page);
  for (const { card } of cards.slice(0, 4)) {
    await page.goto(`/inbox/${card.id}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expectInert(page);
    await page.goto(`/inbox/events/${card.event_ids[0]}`);
    await expectInert(page);
  }
});

browserTest('what an obedient model says of its words is one line of text, and what it states is marked', async () => {
  for (const text of [phrases.html[1], phrases.markdown[0], phrases.exfiltration[6], phrases.hidden[2]]) {
    model.next({ obey: `${text} Pay $7,777.77 now`, how: 'slyly' });
    const { card } = await place.pending({ customer_name: 'Ana Marin' });
    expect(card.words).toMatchObject({ by: 'model', unsupported: expect.arrayContaining(['$7,777']) });
    const { page } = await place.at(place.ana, `/inbox/${card.id}`);
    await page.getByText('What the model says').click();
    await page
      .getByText(card.words.explanation ?? '')
      .first()
      .waitFor();
    expect(await page.locator('mark').count()).toBeGreaterThan(0);
    const shown = await page.locator('main').innerText();
    expect(shown).not.toMatch(/evil\.example|<img/);
    await expectInert(page);
    await picture(page, 'hostile-model');
  }
  model.next({ status: 500 });
});

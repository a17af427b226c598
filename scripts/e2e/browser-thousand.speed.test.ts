/** A thousand cards wait, and nothing a person does takes longer to show than a tenth of a second. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { manyCards } from '../testing/many-cards.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);
const cards = 1_000;
/** From a press to the next frame that shows it, at the 95th percentile: what a person takes for "at once". */
const paint_ms_max = 100;
/** The same machine draws the pictures in software, and others may share it; 1 holds it to the aim itself. */
const slack = Number(process.env.EXECOPS_PAINT_SLACK ?? 5);

beforeAll(async () => {
  if (browser_path === undefined) return;
  place = await startPlace({ env: { UNDO_SECONDS: '60' } });
  await manyCards(place.instance.db, place.instance.org_id, cards);
}, 240_000);
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** Nobody presses faster than ten times a second. */
const pace_ms = 100;

/** Event Timing, as the browser measures interaction to next paint: from the press to the next frame. */
async function watchPaints(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const durations_ms: number[] = [];
    const note = (entries: PerformanceEntryList) => {
      for (const entry of entries) if ('interactionId' in entry && entry.interactionId) durations_ms.push(entry.duration);
    };
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    Object.assign(window, {
      takePaints() {
        note(observer.takeRecords());
        return durations_ms.splice(0);
      },
    });
  });
}

/** How long each interaction took to show, and what came before is forgotten. */
const takePaints = (page: Page) => page.evaluate(() => (window as unknown as { takePaints(): number[] }).takePaints());

/** The longest of each interaction's events; what stays below 16 ms is not even told. */
async function measured(page: Page, name: string, count: number, act: (n: number) => Promise<unknown>): Promise<number> {
  await takePaints(page);
  for (let n = 0; n < count; n += 1) {
    await act(n);
    await page.waitForTimeout(pace_ms);
  }
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const sorted = (await takePaints(page)).toSorted((a, b) => a - b);
  const p95 = sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  console.log(`${name}: ${count} times, median ${median < 16 ? '< 16' : median} ms, p95 ${p95} ms, longest ${sorted.at(-1) ?? 0} ms`);
  return p95;
}

/** A click where the row is. Finding it by its role would walk a thousand of them in the page, and hold up what is measured. */
async function open(page: Page, index: number): Promise<void> {
  const row = await page.evaluate((nth) => {
    const box = document.querySelectorAll('a[data-row]')[nth]?.getBoundingClientRect();
    return box === undefined ? null : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }, index);
  if (row === null) throw new Error(`there is no row ${index}`);
  await page.mouse.click(row.x, row.y);
}

browserTest(
  'with a thousand cards in the list, keys, opening, searching and approving show within a tenth of a second',
  { timeout: 240_000 },
  async () => {
    const desk = await place.at(place.ana);
    await desk.page.close();
    const page = await desk.context.newPage();
    await watchPaints(page);
    const started_ms = performance.now();
    await page.goto('/inbox');
    await page
      .getByRole('article')
      .first()
      .getByRole('button', { name: /Approve/ })
      .waitFor();
    console.log(`first page after ${Math.round(performance.now() - started_ms)} ms`);
    expect(await page.title()).toContain(`(${cards}) Inbox`);

    const rows = page.getByRole('navigation', { name: 'Queue' }).getByRole('listitem');
    await until(
      'all cards are in the list',
      async () => {
        await page.evaluate(() => window.scrollTo({ top: document.body.scrollHeight }));
        return (await rows.count()) === cards;
      },
      120_000,
    );
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    const built = await page.locator('[data-verb=reject]').count();
    console.log(`${cards} cards in the list, ${built} of them built, ${nodes} elements in all`);
    expect(built).toBeLessThan(100);
    // What counts down is written every second: only what is near may.
    expect(await page.locator('time').count()).toBeLessThan(200);

    const far = page.getByRole('article').nth(500);
    await rows.nth(500).getByRole('link').click();
    await far.getByRole('button', { name: /Approve/ }).waitFor();
    expect(await rows.nth(500).getByRole('link').getAttribute('aria-current')).toBe('true');
    expect(await rows.locator('[aria-current]').count()).toBe(1);
    const top = () => far.evaluate((card) => Math.round(card.getBoundingClientRect().top));
    const opened_at = await top();
    for (const n of [497, 498, 499, 501])
      await page.getByRole('article').nth(n).locator('[data-verb=approve]').waitFor({ state: 'attached' });
    // Heights have fractions and scrolling has none.
    expect(Math.abs((await top()) - opened_at), 'what is built around a card does not move it').toBeLessThan(4);

    await page.evaluate(() => window.scrollTo({ top: 0 }));
    await page.locator('body').click({ position: { x: 5, y: 300 } });
    await picture(page, 'thousand');

    const results: Record<string, number> = {
      'j and k': await measured(page, 'j and k', 30, (n) => page.keyboard.press(n % 3 === 2 ? 'k' : 'j')),
      opening: await measured(page, 'opening from the queue', 20, (n) => open(page, 1 + ((n * 3) % 8))),
      searching: await measured(page, 'typing in the search', 12, async (n) => {
        if (n === 0) await page.keyboard.press('/');
        await page.keyboard.type('Customer 042'[n] ?? ' ');
      }),
    };
    await until('the search is in the address', () => new URL(page.url()).searchParams.get('q')?.startsWith('Customer 04'));
    // An id may begin with the same digits.
    await until('the list is what was searched for', async () => {
      const found = await rows.allInnerTexts();
      return found.length < 25 && found.filter((text) => text.includes('Customer 042')).length === 10;
    });
    await page.getByRole('searchbox').fill('');
    await until('the list is whole again', async () => (await rows.count()) >= 25);
    await page.getByRole('searchbox').blur();
    results.approving = await measured(page, 'approving', 8, async () => {
      const waiting = page
        .getByRole('article')
        .filter({ has: page.locator('[data-verb=approve]') })
        .first();
      await waiting.locator('[data-verb=approve]').first().click();
    });
    for (const [name, p95] of Object.entries(results)) expect(p95, name).toBeLessThan(paint_ms_max * slack);
  },
);

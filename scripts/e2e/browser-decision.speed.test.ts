/** From the press to the recorded decision on the card: the part of a decision that is the software's. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { browser_path } from '../testing/browser.ts';
import { pendingCard, reversible_draft } from '../testing/cards.ts';
import { isLive, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace({ env: { UNDO_SECONDS: '15' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

const measured = 60;
const per_round = 20;
/** A person reads before the next press, if only for a moment. */
const pace_ms = 500;
/** What is asked of a press to feel immediate. */
const p95_ms_wanted = 150;
/** The same machine draws the pictures in software, and others may share it; 1 holds it to the aim itself. */
const slack = Number(process.env.EXECOPS_PAINT_SLACK ?? 5);

browserTest(`${measured} decisions show as recorded in a moment each`, { timeout: 240_000 }, async () => {
  const { page } = await place.at(place.ana);
  const times: number[] = [];
  while (times.length < measured) {
    for (let n = 0; n < per_round; n += 1) await pendingCard(place.instance.db, place.instance.org_id, reversible_draft);
    await page.goto('/inbox');
    await isLive(page);
    for (let n = 0; n < per_round; n += 1) {
      times.push(await approvedWithin(page));
      await page.waitForTimeout(pace_ms);
    }
  }
  const sorted = times.toSorted((one, other) => one - other);
  const [p50, p95] = [0.5, 0.95].map((share) => sorted[Math.ceil(share * measured) - 1] ?? 0);
  console.log(
    `from the press to the recorded decision: p50 ${p50?.toFixed(0)} ms, p95 ${p95?.toFixed(0)} ms (wanted: ${p95_ms_wanted} ms), n ${measured}`,
  );
  expect(p95).toBeLessThan(p95_ms_wanted * slack);
  expect((await place.instance.db.sql`select 1 from decisions where decided_by = ${place.ana.user_id}`).length).toBeGreaterThanOrEqual(
    measured,
  );
});

/** From the press to the frame in which the card says that it is decided, by the browser's own clock. */
function approvedWithin(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const button = [...document.querySelectorAll<HTMLButtonElement>('button[data-verb="approve"]')].find(({ disabled }) => !disabled);
    const card = button?.closest('article');
    if (button === undefined || card == null) throw new Error('no card waits');
    const pressed_at = performance.now();
    const shown = new Promise<number>((resolve, reject) => {
      setTimeout(() => reject(new Error(`not shown as decided: ${card.textContent}`)), 10_000);
      const look = () =>
        card.textContent.includes('Approved by you')
          ? requestAnimationFrame(() => resolve(performance.now()))
          : requestAnimationFrame(look);
      look();
    });
    button.click();
    return (await shown) - pressed_at;
  });
}

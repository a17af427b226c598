/** What an event would lead to now, asked from its page, with and without the page's script. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { startPlace, type Place } from '../testing/inbox-page.ts';
import { until } from '../testing/wait.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path !== undefined) place = await startPlace();
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

for (const javaScriptEnabled of [true, false])
  browserTest(`an event is replayed ${javaScriptEnabled ? 'with' : 'without'} the page's script, and nothing is stored`, async () => {
    const { card, payment } = await place.pending();
    const { page } = await place.at(place.ana, `/inbox/events/${card.event_ids[0]}`, { javaScriptEnabled });
    await page.getByRole('button', { name: 'Replay' }).click();
    const found = page.getByRole('region', { name: 'Replay' });
    await found.getByRole('cell', { name: 'Joins a card' }).waitFor();
    expect(await found.innerText()).toContain(`Email to ${payment.email}`);
    expect(await found.innerText()).toContain('High');
    expect(await place.instance.db.sql`select 1 from replays`).toEqual([]);
    expect((await place.view(card.id)).version).toBe(1);
  });

browserTest('why nothing would come of it is told, and it fits', { timeout: 240_000 }, async () => {
  const { card, payment } = await place.pending();
  const { page } = await place.at(place.ana, `/inbox/events/${card.event_ids[0]}`);
  const ready = () => page.getByRole('cell', { name: 'Joins a card' }).waitFor();
  await page.getByRole('button', { name: 'Replay' }).click();
  await expectFit(page, 'replay', ready);
  await place.deliver(payment.event('invoice.paid', { status: 'paid' }));
  await until('the card is withdrawn', async () => (await place.view(card.id)).status === 'superseded');
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('Money: already settled: invoice.paid arrived').waitFor();
  await page.getByText('Nothing would be proposed.').waitFor();
});

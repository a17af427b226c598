import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { until } from '../../scripts/testing/wait.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { startSlackServer, type SlackServer } from './testing.ts';

let here: SlackServer;
let cards: Cards;
beforeAll(async () => {
  here = await startSlackServer();
  await here.link('U0LEAD', 'ops_lead');
  await here.link('U0VIEW', 'viewer');
  cards = createCards(here, (await here.link('U0ANA')).cookie);
});
afterAll(() => here.close());

describe('the command', () => {
  test('lists what waits for whoever asks, highest priority first, and shows a card on a click', async () => {
    const critical = await cards.shown({
      urgency: 'critical',
      priority: { score: 99, parts: { revenue: 0, urgency: 0, effort: 0, strategic: 0 } },
    });
    await Promise.all(Array.from({ length: 11 }, () => cards.pending()));
    const { status, json } = await here.command('U0ANA', '');
    expect(status).toBe(200);
    expect(json).toMatchObject({ response_type: 'ephemeral', text: '12 cards wait for you.' });
    expect(json.blocks[1].text.text).toContain(critical.title);
    expect(json.blocks.filter((block: { accessory?: object }) => block.accessory)).toHaveLength(10);
    const { action_id, value } = json.blocks[1].accessory;
    await here.click('U0ANA', { action_id, value }, { container: { type: 'message', is_ephemeral: true } });
    const shown = await until('the card is shown', () =>
      here.slack.replies.find(({ blocks }) => JSON.stringify(blocks ?? '').includes(critical.title)),
    );
    expect(JSON.stringify(shown.blocks)).toContain('execops_approve');
    await here.click('U0ANA', { action_id: 'execops_approve', value }, { container: { type: 'message', is_ephemeral: true } });
    const replaced = await until('it is replaced', () => here.slack.replies.find(({ replace_original }) => replace_original === true));
    expect(JSON.stringify(replaced.blocks)).toContain('Approved by Ana');
    expect(JSON.stringify(replaced.blocks)).not.toContain('execops_approve');
    expect(await cards.statusOf(critical.id)).toMatchObject({ status: 'approved' });
  });

  test('tells strangers how to link, and lists nothing for viewers', async () => {
    expect((await here.command('U0NOBODY', '')).json.text).toContain('not linked to a member');
    expect((await here.command('U0VIEW', 'list')).json.text).toBe('Nothing waits for you.');
    expect((await here.command('U0ANA', 'help')).json.text).toContain('/execops link CODE');
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { until } from '../../scripts/testing/wait.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { buttonNamed, signed, startSlackServer, team_id, type SlackServer } from './testing.ts';

let here: SlackServer;
let cards: Cards;
beforeAll(async () => {
  here = await startSlackServer();
  await here.link('U0LEAD', 'ops_lead');
  await here.link('U0VIEW', 'viewer');
  cards = createCards(here, (await here.link('U0ANA')).cookie);
});
afterAll(() => here.close());

describe('the address', () => {
  test('is one for forms and events, under either name', async () => {
    expect((await here.command('U0ANA', 'help')).status).toBe(200);
    const form = { command: '/execops', team_id, user_id: 'U0ANA', text: 'help' };
    expect((await here.post(form, { path: '/ingest/slack' })).json.text).toContain('/execops link CODE');
    for (const path of ['/slack/events', '/ingest/slack']) {
      const body = JSON.stringify({ type: 'url_verification', challenge: 'c1' });
      const headers = { 'content-type': 'application/json', ...signed(body) };
      const answer = await fetch(`${here.server.origin}${path}`, { method: 'POST', headers, body });
      expect({ status: answer.status, json: await answer.json() }).toEqual({ status: 200, json: { challenge: 'c1' } });
      const forged = await fetch(`${here.server.origin}${path}`, { method: 'POST', headers: { ...headers, ...signed(`${body} `) }, body });
      expect(forged.status).toBe(401);
    }
    expect((await here.post({ ssl_check: '1' })).status).toBe(200);
  });

  test('answers odd requests with what is odd, and never with a 500', async () => {
    const odd: [Record<string, string>, number][] = [
      [{}, 400],
      [{ payload: 'no json' }, 400],
      [{ payload: '[]' }, 400],
      [{ payload: 'null' }, 400],
      [{ payload: '{"type":"block_actions"}' }, 400],
      [{ payload: '{"type":"block_actions","user":{"id":"U0ANA"},"actions":"x"}' }, 400],
      [{ payload: '{"type":"block_actions","user":{"id":"U0ANA"},"actions":[{"action_id":"nobody_knows"}]}' }, 404],
      [{ payload: '{"type":"view_submission","user":{"id":"U0ANA"},"view":{"callback_id":"nobody_knows"}}' }, 404],
      [{ command: '/other', user_id: 'U0ANA' }, 404],
      [{ payload: '{"type":"block_actions","event":"x","user":{"id":"U0ANA"},"actions":[{"action_id":"execops_approve"}]}' }, 400],
      [{ payload: '{"type":"block_actions","user":{"id":"U0ANA"},"actions":[{"action_id":"execops_approve","value":7}]}' }, 400],
      [{ payload: '{"type":"block_actions","user":{"id":"U0ANA"},"team":"T","actions":[{"action_id":"execops_edit"}]}' }, 400],
      [{ payload: '{"type":"view_submission","user":{"id":"U0ANA"},"view":{"callback_id":"execops_review"}}' }, 400],
    ];
    for (const [form, status] of odd) expect({ form, status: (await here.post(form)).status }).toEqual({ form, status });
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await fetch(`${here.server.origin}/slack/events`, { method })).status).toBe(405);
    const large = await here.post({ payload: 'x'.repeat(1024 * 1024 + 1) });
    expect(large.status).toBe(413);
  });

  test('refuses a click whose button says no version, and a window of nobody', async () => {
    await here.click('U0ANA', { action_id: 'execops_approve', value: 'approve' });
    await cards.reply('does not say which version');
    const window = JSON.stringify({ type: 'modal', callback_id: 'execops_edit_submitted', private_metadata: 'nonsense' });
    expect((await here.submit('U0ANA', window, {})).json.view.blocks[0].text.text).toContain('does not say which version');
  });

  test('takes a window of somebody else for a refusal', async () => {
    const { id, message } = await cards.shown();
    await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const answer = await here.submit('U0VIEW', window, {});
    expect(answer.json).toMatchObject({ response_action: 'update' });
    expect(answer.json.view.blocks[0].text.text).toContain('Viewers read');
    expect(await cards.decisions(id)).toBe(0);
  });
});

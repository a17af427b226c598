/** A person links their Slack user on the web, gets a card there, approves it there, and it runs. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { buttonNamed, buttonsOf, signed, signing_secret, team_id } from '../../api/slack/testing.ts';
import { browser_path } from '../testing/browser.ts';
import { cardIn, picture, startPlace, type Place } from '../testing/inbox-page.ts';
import { slack_token, startSlack, type TestSlack } from '../testing/slack.ts';
import { until } from '../testing/wait.ts';

let place: Place;
let slack: TestSlack;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  slack = await startSlack();
  const env = { UNDO_SECONDS: '0', SLACK_BOT_TOKEN: slack_token, SLACK_SIGNING_SECRET: signing_secret, SLACK_API_URL: slack.url };
  place = await startPlace({ env });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(async () => {
  await place?.stop();
  await slack?.close();
});

async function fromSlack(form: Record<string, string>): Promise<string> {
  const body = new URLSearchParams(form).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...signed(body) };
  const answer = await fetch(`${place.instance.url}/slack/events`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  return answer.text();
}

browserTest('a card goes from its event to a direct message, is approved there, runs, and closes in the open inbox', async () => {
  const { page } = await place.at(place.ana);
  await page.locator('summary', { hasText: `You: ${place.ana.name}` }).click();
  await page.locator('summary', { hasText: 'Slack' }).click();
  await page.getByRole('button', { name: 'Make a code' }).click();
  const shown = await page.getByText('/execops link').innerText();
  await picture(page, 'slack-link');
  expect(await fromSlack({ command: '/execops', team_id, user_id: 'U0ANA', text: shown.replace('/execops ', '') })).toContain('Linked to');
  await page.getByRole('button', { name: 'I have entered it' }).click();
  await page.getByText('You can decide in Slack').waitFor();
  await page.keyboard.press('Escape');

  const { card } = await place.pending();
  const message = await until('the card is in Slack', () => slack.messages.find(({ form }) => form.blocks?.includes(card.id)));
  const payload = {
    type: 'block_actions',
    user: { id: 'U0ANA', team_id },
    team: { id: team_id },
    response_url: slack.response_url,
    actions: [buttonNamed(message, 'execops_approve')],
  };
  await fromSlack({ payload: JSON.stringify(payload) });
  await cardIn(page, card).getByText('Sent', { exact: true }).waitFor();
  await until('the message says so too', () => message.form.blocks?.includes('*Sent*'));
  expect(buttonsOf(message)).toEqual([]);
  expect(await place.view(card.id)).toMatchObject({ status: 'executed', decision: { decided_by: place.ana.email } });
});

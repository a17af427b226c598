/** Slack gives up on a click after three seconds, however long Postgres and its own API take. */
import { pino } from 'pino';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { Problem } from '../../domain/problem.ts';
import { until } from '../../scripts/testing/wait.ts';
import { settled } from './in-time.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { buttonNamed, startSlackServer, type SlackServer } from './testing.ts';

const slack_waits_ms = 3_000;

let here: SlackServer;
let cards: Cards;
beforeAll(async () => {
  here = await startSlackServer();
  cards = createCards(here, (await here.link('U0ANA')).cookie);
});
afterAll(() => here.close());

/** Nobody else gets at the card until this is called. */
async function hold(id: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: here.server.database_url });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from proposals where id = $1 for update', [id]);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}

async function timed<T>(work: Promise<T>): Promise<{ answer: T; ms: number }> {
  const began = Date.now();
  const answer = await work;
  return { answer, ms: Date.now() - began };
}

test('a click is answered in time while Postgres is slow, and decides afterwards', async () => {
  const { id, message } = await cards.shown();
  const release = await hold(id);
  const { answer, ms } = await timed(here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message }));
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(ms).toBeLessThan(slack_waits_ms);
  expect(await cards.decisions(id)).toBe(0);
  await release();
  await until('it is decided', async () => (await cards.decisions(id)) === 1);
});

test('a window says that it takes longer, and what it was for is done', async () => {
  const { id, message } = await cards.shown();
  await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
  const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
  const release = await hold(id);
  const { answer, ms } = await timed(here.submit('U0ANA', window, { feedback: { value: { value: 'Too late.' } } }));
  expect(answer.json).toMatchObject({
    response_action: 'update',
    view: { blocks: [{ text: { text: expect.stringContaining('longer than usual') } }] },
  });
  expect(ms).toBeLessThan(slack_waits_ms);
  await release();
  await until('it is decided', async () => (await cards.statusOf(id)).status === 'rejected');
});

test('a click is answered in time while Slack itself is slow', async () => {
  const { id, message } = await cards.shown();
  here.slack.next('users.info', 'hang');
  const { answer, ms } = await timed(here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message }));
  expect(answer.status).toBe(200);
  expect(ms).toBeLessThan(slack_waits_ms);
  await until('it is decided', async () => (await cards.decisions(id)) === 1);
});

test('a window that Slack no longer opens is told, with where to decide instead', async () => {
  const { message } = await cards.shown();
  here.slack.next('views.open', { status: 200, body: { ok: false, error: 'expired_trigger_id' } });
  await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
  const reply = await cards.reply('expired_trigger_id');
  expect(reply.text).toContain('Decide on the web meanwhile.');
});

test('a refusal is logged by its name: what it says may name people', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const refusal = new Problem('already_decided', 'Ana (ana@example.com) decided "approve".');
  expect(await settled(() => Promise.reject(refusal), logger)).toEqual({ done: 'refused', problem: refusal });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ problem: 'already_decided', msg: 'a click in Slack was refused' }]);
  expect(lines.join('')).not.toMatch(/ana/i);
});

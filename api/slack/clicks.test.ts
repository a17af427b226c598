import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { until } from '../../scripts/testing/wait.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { blocksOf, buttonNamed, buttonsOf, startSlackServer, type SlackServer } from './testing.ts';

let here: SlackServer;
let cards: Cards;
beforeAll(async () => {
  here = await startSlackServer();
  cards = createCards(here, (await here.link('U0ANA')).cookie);
});
afterAll(() => here.close());

describe('a click', () => {
  test('approves what was seen; the message then shows who did, and has no buttons', async () => {
    const { id, payload_hash, message } = await cards.shown();
    expect(await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message })).toMatchObject({ status: 200 });
    expect(await cards.statusOf(id)).toMatchObject({
      status: 'approved',
      payload_hash,
      decision: { decision: 'approve', decided_by: 'ana@example.com' },
    });
    await until('the message shows the outcome', () => message.form.blocks?.includes('*Approved by Ana*'));
    expect(buttonsOf(message)).toEqual([]);
    const [row] = await here.server.db.sql<{ via: string }>`select via from decisions where proposal_id = ${id}`;
    expect(row?.via).toBe('slack');
  });

  test('twice at once is one decision', async () => {
    const { id, message } = await cards.shown();
    const approve = buttonNamed(message, 'execops_approve');
    const answers = await Promise.all([here.click('U0ANA', approve, { message }), here.click('U0ANA', approve, { message })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await cards.decisions(id)).toBe(1);
    expect(await cards.statusOf(id)).toMatchObject({ status: 'approved' });
  });

  test('rejects with a reason', async () => {
    const { id, message } = await cards.shown();
    await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const answer = await here.submit('U0ANA', window, {
      reason: { value: { selected_option: { value: 'Wrong person' } } },
      feedback: { value: { value: 'Ask Bo.' } },
    });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(await cards.statusOf(id)).toMatchObject({ status: 'rejected', decision: { feedback: 'Wrong person: Ask Bo.' } });
    await until('the message shows the outcome', () => message.form.blocks?.includes('Rejected by Ana'));
    expect(buttonsOf(message)).toEqual([]);
  });

  test('edits, with an objection at its field, and approves the edit', async () => {
    const { id, message } = await cards.shown();
    await here.click('U0ANA', buttonNamed(message, 'execops_edit'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const values = (to: string) => ({
      'field.to': { value: { value: to } },
      'field.subject': { value: { value: 'Your card' } },
      'field.body': { value: { value: 'Please update it today & soon.' } },
    });
    const refused = await here.submit('U0ANA', window, values('nobody'));
    expect(refused.json).toMatchObject({ response_action: 'errors', errors: { 'field.to': expect.stringContaining('address') } });
    expect(await cards.decisions(id)).toBe(0);
    expect(await here.submit('U0ANA', window, values('ana@example.com'))).toMatchObject({ status: 200, text: '' });
    expect(await cards.statusOf(id)).toMatchObject({
      status: 'approved',
      version: 2,
      payload: { to: 'ana@example.com', subject: 'Your card', body: 'Please update it today & soon.' },
    });
  });

  test('snoozes', async () => {
    const { id, message } = await cards.shown();
    const row = blocksOf(message).find(({ type }) => type === 'actions');
    await here.click('U0ANA', { action_id: 'execops_snooze', block_id: row?.block_id, selected_option: { value: '4h' } }, { message });
    const view = await cards.statusOf(id);
    expect(view).toMatchObject({ status: 'pending', flags: ['snoozed'] });
    expect(Date.parse(view.snoozed_until) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
    await until('the message shows it', () => message.form.blocks?.includes('Snoozed until'));
  });

  test('on words that no evidence supports opens the whole card before it approves', async () => {
    const { id, message } = await cards.shown({ flags: ['unsupported_numbers'] });
    await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    expect(window).toContain('Please update it.');
    expect(await cards.decisions(id)).toBe(0);
    await here.submit('U0ANA', window, {});
    expect(await cards.statusOf(id)).toMatchObject({ status: 'approved' });
  });

  test('on what policy blocks cannot approve', async () => {
    const { message } = await cards.shown({ flags: ['blocked_by_policy'] });
    expect(buttonsOf(message).map((one) => one.action_id)).toEqual(['execops_reject', 'execops_snooze', 'execops_open']);
  });
});

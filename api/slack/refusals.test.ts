import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { pendingCard } from '../../scripts/testing/cards.ts';
import { asOwner } from '../../scripts/testing/database.ts';
import { until } from '../../scripts/testing/wait.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { buttonNamed, buttonsOf, signed, startSlackServer, team_id, type SlackServer } from './testing.ts';

let here: SlackServer;
let ana: { cookie: string; user_id: string };
let cards: Cards;
beforeAll(async () => {
  here = await startSlackServer();
  ana = await here.link('U0ANA');
  await here.link('U0LEAD', 'ops_lead');
  await here.link('U0VIEW', 'viewer');
  cards = createCards(here, ana.cookie);
});
afterAll(() => here.close());

/** As a forger would make one up, and Slack would have to sign. */
const windowOf = (callback_id: string, seen: string) =>
  JSON.stringify({
    type: 'modal',
    callback_id,
    private_metadata: JSON.stringify({ seen, response_url: null, channel: null, ephemeral: false }),
  });

describe('nothing is decided by', () => {
  async function refused(id: string, said: string): Promise<void> {
    const reply = await cards.reply(said);
    expect(reply).toMatchObject({ response_type: 'ephemeral' });
    expect(await cards.decisions(id)).toBe(0);
    expect(await cards.statusOf(id)).toMatchObject({ status: 'pending' });
  }

  test('a forged, stale or missing signature', async () => {
    const { id, message } = await cards.shown();
    const approve = buttonNamed(message, 'execops_approve');
    const forged = [
      (body: string) => signed(body, { secret: 'another' }),
      (body: string) => signed(body, { at: new Date(Date.now() - 301_000) }),
      (body: string) => signed(`${body} `),
      () => ({}),
    ];
    for (const headersOf of forged) {
      const form = { payload: JSON.stringify({ type: 'block_actions', user: { id: 'U0ANA' }, team: { id: team_id }, actions: [approve] }) };
      const body = new URLSearchParams(form).toString();
      const answer = await here.post(form, { headers: headersOf(body) });
      expect(answer).toMatchObject({ status: 401, json: { type: '/docs#bad_signature' } });
    }
    expect(await cards.decisions(id)).toBe(0);
  });

  test('a stranger', async () => {
    const { id, message } = await cards.shown();
    here.slack.users.push({ id: 'U0STRANGER', email: 'x@example.com', name: 'X' });
    expect(await here.click('U0STRANGER', buttonNamed(message, 'execops_approve'), { message })).toMatchObject({ status: 200 });
    await refused(id, 'not linked to a member');
  });

  test('a linked user who has become a guest', async () => {
    const { id, message } = await cards.shown();
    const user = here.slack.users.find((one) => one.id === 'U0ANA');
    if (user !== undefined) user.is_restricted = true;
    await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message });
    if (user !== undefined) user.is_restricted = false;
    await refused(id, 'Guests');
  });

  test('somebody of another workspace', async () => {
    const { id, message } = await cards.shown();
    const approve = buttonNamed(message, 'execops_approve');
    await here.click('U0ANA', approve, { message, team: { id: 'T0OTHER' } });
    await here.click('U0ANA', approve, { message, user: { id: 'U0ANA', team_id: 'T0OTHER' } });
    await refused(id, 'not the Slack workspace');
    expect(here.slack.replies.filter(({ text }) => String(text).includes('not the Slack workspace'))).toHaveLength(2);
  });

  test('a viewer, an ops lead, and whoever left the approver list', async () => {
    const { id, message } = await cards.shown();
    const approve = buttonNamed(message, 'execops_approve');
    await here.click('U0VIEW', approve, { message });
    await refused(id, 'Viewers read');
    await here.click('U0LEAD', approve, { message });
    await refused(id, 'Ops leads decide low urgency only');
    await asOwner(here.server.database_url, 'delete from approvers where user_id = $1', [ana.user_id]);
    await here.click('U0ANA', approve, { message });
    await asOwner(
      here.server.database_url,
      `insert into approvers (org_id, action_type, user_id) select $1, unnest(array['email','api_call','slack_dm']), $2`,
      [here.server.org_id, ana.user_id],
    );
    await refused(id, 'not on the approver list');
  });

  test('a click on what was shown before it changed', async () => {
    const { id, message } = await cards.shown();
    const { action_id } = buttonNamed(message, 'execops_approve');
    for (const act of [action_id, 'execops_edit', 'execops_reject'])
      await here.click('U0ANA', { action_id: act, value: `${id}.1.${'0'.repeat(64)}` }, { message });
    await refused(id, 'is at version 1 now');
    expect(here.slack.windows.some((view) => view.includes(id))).toBe(false);
  });

  test('a card of another organisation, by a button or by a window', async () => {
    const [other] = await here.server.db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
    const { id, payload_hash } = await pendingCard(here.server.db, other?.id ?? '', { flags: ['unsupported_numbers'] });
    const seen = `${id}.1.${payload_hash}`;
    for (const action_id of ['execops_approve', 'execops_edit', 'execops_reject', 'execops_show'])
      await here.click('U0ANA', { action_id, value: seen });
    await until('each is refused', () => here.slack.replies.filter(({ text }) => text === `There is no proposal ${id}.`).length === 4);
    for (const callback_id of ['execops_review', 'execops_edit_submitted', 'execops_reject_submitted']) {
      const answer = await here.submit('U0ANA', windowOf(callback_id, seen), {});
      expect(answer.json.view.blocks[0].text.text).toBe(`There is no proposal ${id}.`);
    }
    expect(here.slack.windows.some((view) => view.includes(id))).toBe(false);
    expect(await cards.decisions(id)).toBe(0);
  });

  test('a window that names a version nobody saw, a reason nobody offered, or nothing', async () => {
    const { id, payload_hash } = await cards.shown();
    const submit = async (callback_id: string, seen: string, values = {}) =>
      (await here.submit('U0ANA', windowOf(callback_id, seen), values)).json.view.blocks[0].text.text;
    expect(await submit('execops_review', `${id}.1.${'0'.repeat(64)}`)).toContain('is at version 1 now');
    expect(await submit('execops_edit_submitted', `${id}.1.${'0'.repeat(64)}`)).toContain('is at version 1 now');
    expect(await submit('execops_review', `${id}; drop.1.${payload_hash}`)).toContain('does not say which version');
    const reason = { reason: { value: { selected_option: { value: 'Because I can' } } } };
    expect(await submit('execops_reject_submitted', `${id}.1.${payload_hash}`, reason)).toContain('none of the reasons');
    const feedback = { feedback: { value: { value: 'x'.repeat(2_001) } } };
    expect(await submit('execops_reject_submitted', `${id}.1.${payload_hash}`, feedback)).toContain('does not fit');
    expect(await cards.decisions(id)).toBe(0);
  });

  test('a window that was open while its card changed', async () => {
    const { id, payload_hash, message } = await cards.shown();
    const on_web = { as: ana.cookie, headers: { origin: 'https://ops.example.com' } };
    await here.click('U0ANA', buttonNamed(message, 'execops_edit'), { message });
    await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
    const windows = await until('both windows are open', () => {
      const open = here.slack.windows.filter((view) => view.includes(id));
      return open.length === 2 && open;
    });
    await here.server.call('POST', '/ai/decide', { ...on_web, body: { proposal_id: id, decision: 'approve', payload_hash } });
    await here.server.call('POST', `/api/proposals/${id}/undo`, on_web);
    for (const window of windows)
      expect((await here.submit('U0ANA', window, {})).json.view.blocks[0].text.text).toContain('is at version 2 now');
    expect(await cards.statusOf(id)).toMatchObject({ status: 'pending', version: 2 });
  });

  test('whoever may not, and they are not shown all of it either', async () => {
    const { id, message } = await cards.shown({ flags: ['unsupported_numbers'] });
    for (const user of ['U0VIEW', 'U0LEAD']) await here.click(user, buttonNamed(message, 'execops_approve'), { message });
    await until('both are refused', () =>
      ['Viewers read', 'Ops leads decide'].every((said) => here.slack.replies.some(({ text }) => String(text).includes(said))),
    );
    expect(here.slack.windows.some((view) => view.includes(id))).toBe(false);
  });

  test('a second person, who is told who was first', async () => {
    await here.link('U0BO', 'owner');
    const { id, title, message } = await cards.shown();
    const of_bo = await here.cardOf('U0BO', title);
    const approve = buttonNamed(message, 'execops_approve');
    await here.click('U0ANA', approve, { message });
    await here.click('U0BO', { ...approve, action_id: 'execops_approve' }, { message: of_bo });
    await cards.reply('(ana@example.com) decided "approve"');
    await until("the other's message shows it too", () => buttonsOf(of_bo).length === 0);
    expect(await cards.decisions(id)).toBe(1);
  });
});

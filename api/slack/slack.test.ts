import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { system_actor } from '../../prisma/audit.ts';
import { stepDue } from '../../prisma/lifecycle.ts';
import { lockProposal, moveTo } from '../../prisma/moves.ts';
import { storeDrafts, type StorableDraft } from '../../prisma/store.ts';
import { emailDraft, incidentOf, pendingCard, storedEvent } from '../../scripts/testing/cards.ts';
import { asOwner } from '../../scripts/testing/database.ts';
import { until } from '../../scripts/testing/wait.ts';
import { blocksOf, buttonNamed, buttonsOf, signed, startSlackServer, team_id, type SlackServer } from './testing.ts';

let here: SlackServer;
let ana: { cookie: string; user_id: string };
beforeAll(async () => {
  here = await startSlackServer();
  ana = await here.link('U0ANA');
  await here.link('U0LEAD', 'ops_lead');
  await here.link('U0VIEW', 'viewer');
});
afterAll(() => here.close());

async function card(changes: Partial<StorableDraft> = {}) {
  const title = changes.title ?? `Card ${randomUUID()}`;
  const stored = await pendingCard(here.server.db, here.server.org_id, { ...changes, title });
  return { ...stored, title };
}

async function shownCard(changes: Partial<StorableDraft> = {}) {
  const stored = await card(changes);
  return { ...stored, message: await here.cardOf('U0ANA', stored.title) };
}

const statusOf = async (id: string) => (await here.server.call('GET', `/api/proposals/${id}`, { as: ana.cookie })).json;
const decisions = (id: string) => here.server.db.prisma.decisions.count({ where: { proposal_id: id } });
const lastReply = (text: string) =>
  until(`a reply says "${text}"`, () => here.slack.replies.find((reply) => String(reply.text).includes(text)));

describe('a card', () => {
  test('comes as one direct message to whoever may decide it, with facts, draft and the same verbs in order', async () => {
    const { id, payload_hash, message } = await shownCard({
      facts: [
        { label: 'Amount', value: '$49.00', unusual: true, event_id: null, at: null },
        { label: 'Customer', value: 'Ana <b>', unusual: false, event_id: null, at: null },
      ],
      expires_at: new Date('2030-01-02T03:04:05Z'),
    });
    const blocks = blocksOf(message);
    const texts = JSON.stringify(blocks);
    expect(buttonsOf(message).map((one) => one.action_id)).toEqual([
      'execops_approve',
      'execops_edit',
      'execops_reject',
      'execops_snooze',
      'execops_open',
    ]);
    expect(buttonsOf(message)[4]).toMatchObject({ url: `https://ops.example.com/inbox/${id}` });
    expect(buttonsOf(message)[0]?.value).toBe(`${id}.1.${payload_hash}`);
    expect(blocks.flatMap(({ fields }) => fields ?? []).map(({ text }) => text)).toEqual(['Amount\n*$49.00*', 'Customer\nAna &lt;b&gt;']);
    const places = ['Amount', 'Subject: Your card', 'Please update it.', 'Why: The payment failed.', 'High', 'Expires'].map((text) =>
      texts.indexOf(text),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    expect(here.slack.messages.filter(({ form }) => form.blocks?.includes(message.form.blocks ?? ''))).toHaveLength(1);
    // An ops lead decides low urgency only, a viewer nothing.
    expect(here.slack.messages.filter(({ channel }) => channel === 'DU0LEAD' || channel === 'DU0VIEW')).toEqual([]);
  });

  test('of low urgency comes to nobody', async () => {
    const low = await card({ urgency: 'low' });
    const high = await shownCard();
    expect(high.message.text).toBe(`High: ${high.title}`);
    expect(here.slack.messages.some(({ form }) => form.blocks?.includes(low.title))).toBe(false);
  });

  test('shows text from outside as text', async () => {
    await card({
      title: `<!channel> *bold* <https://evil.example|Approve> \u202Eevil ${randomUUID()}`,
      facts: [{ label: 'Name', value: '<@U0ANA> `x` *y*', unusual: true, event_id: null, at: null }],
    });
    const message = await until('the hostile card is there', () =>
      here.slack.messages.find(({ text }) => text.includes('&lt;!channel&gt;')),
    );
    const everything = `${message.text}${message.form.blocks}`;
    expect(everything).not.toContain('<!channel>');
    expect(everything).not.toContain('<https://evil');
    expect(everything).not.toContain('<@U0ANA>');
    expect(everything).not.toContain('\u202E');
    expect(everything).toContain('*&lt;@U0ANA&gt; ´x´ ∗y∗*');
  });

  test('of five hundred events is one message', async () => {
    const event = await storedEvent(here.server.db, here.server.org_id);
    const title = `Burst ${randomUUID()}`;
    for (let wave = 0; wave < 20; wave += 1) {
      await Promise.all(
        Array.from({ length: 25 }, async () => {
          const next = await storedEvent(here.server.db, here.server.org_id, { subject: event.subject ?? '' });
          await storeDrafts(here.server.db, incidentOf(next), [emailDraft(next, { title })]);
        }),
      );
    }
    const message = await here.cardOf('U0ANA', title);
    const [proposal] = await here.server.db.sql<{ id: string; events: number }>`
      select p.id, (select count(*)::int from proposal_events e where e.proposal_id = p.id) as events from proposals p where p.title = ${title}`;
    expect(proposal?.events).toBe(500);
    await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message });
    await until('the message shows the outcome', () => message.form.blocks?.includes('Approved by'));
    expect(here.slack.messages.filter(({ form }) => form.blocks?.includes(title))).toHaveLength(1);
  });
});

describe('a click', () => {
  test('approves what was seen; the message then shows who did, and has no buttons', async () => {
    const { id, payload_hash, message } = await shownCard();
    expect(await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message })).toMatchObject({ status: 200 });
    expect(await statusOf(id)).toMatchObject({
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
    const { id, message } = await shownCard();
    const approve = buttonNamed(message, 'execops_approve');
    const answers = await Promise.all([here.click('U0ANA', approve, { message }), here.click('U0ANA', approve, { message })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await decisions(id)).toBe(1);
    expect(await statusOf(id)).toMatchObject({ status: 'approved' });
  });

  test('rejects with a reason', async () => {
    const { id, message } = await shownCard();
    await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const answer = await here.submit('U0ANA', window, {
      reason: { value: { selected_option: { value: 'Wrong person' } } },
      feedback: { value: { value: 'Ask Bo.' } },
    });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(await statusOf(id)).toMatchObject({ status: 'rejected', decision: { feedback: 'Wrong person: Ask Bo.' } });
    await until('the message shows the outcome', () => message.form.blocks?.includes('Rejected by Ana'));
    expect(buttonsOf(message)).toEqual([]);
  });

  test('edits, with an objection at its field, and approves the edit', async () => {
    const { id, message } = await shownCard();
    await here.click('U0ANA', buttonNamed(message, 'execops_edit'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const values = (to: string) => ({
      'field.to': { value: { value: to } },
      'field.subject': { value: { value: 'Your card' } },
      'field.body': { value: { value: 'Please update it today & soon.' } },
    });
    const refused = await here.submit('U0ANA', window, values('nobody'));
    expect(refused.json).toMatchObject({ response_action: 'errors', errors: { 'field.to': expect.stringContaining('address') } });
    expect(await decisions(id)).toBe(0);
    expect(await here.submit('U0ANA', window, values('ana@example.com'))).toMatchObject({ status: 200, text: '' });
    expect(await statusOf(id)).toMatchObject({
      status: 'approved',
      version: 2,
      payload: { to: 'ana@example.com', subject: 'Your card', body: 'Please update it today & soon.' },
    });
  });

  test('snoozes', async () => {
    const { id, message } = await shownCard();
    const row = blocksOf(message).find(({ type }) => type === 'actions');
    await here.click('U0ANA', { action_id: 'execops_snooze', block_id: row?.block_id, selected_option: { value: '4h' } }, { message });
    const view = await statusOf(id);
    expect(view).toMatchObject({ status: 'pending', flags: ['snoozed'] });
    expect(Date.parse(view.snoozed_until) - Date.now()).toBeGreaterThan(3.9 * 3_600_000);
    await until('the message shows it', () => message.form.blocks?.includes('Snoozed until'));
  });

  test('on words that no evidence supports opens the whole card before it approves', async () => {
    const { id, message } = await shownCard({ flags: ['unsupported_numbers'] });
    await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    expect(window).toContain('Please update it.');
    expect(await decisions(id)).toBe(0);
    await here.submit('U0ANA', window, {});
    expect(await statusOf(id)).toMatchObject({ status: 'approved' });
  });

  test('on what policy blocks cannot approve', async () => {
    const { message } = await shownCard({ flags: ['blocked_by_policy'] });
    expect(buttonsOf(message).map((one) => one.action_id)).toEqual(['execops_reject', 'execops_snooze', 'execops_open']);
  });
});

describe('nothing is decided by', () => {
  async function refused(id: string, said: string): Promise<void> {
    const reply = await lastReply(said);
    expect(reply).toMatchObject({ response_type: 'ephemeral' });
    expect(await decisions(id)).toBe(0);
    expect(await statusOf(id)).toMatchObject({ status: 'pending' });
  }

  test('a forged, stale or missing signature', async () => {
    const { id, message } = await shownCard();
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
    expect(await decisions(id)).toBe(0);
  });

  test('a stranger', async () => {
    const { id, message } = await shownCard();
    here.slack.users.push({ id: 'U0STRANGER', email: 'x@example.com', name: 'X' });
    expect(await here.click('U0STRANGER', buttonNamed(message, 'execops_approve'), { message })).toMatchObject({ status: 200 });
    await refused(id, 'not linked to a member');
  });

  test('a linked user who has become a guest', async () => {
    const { id, message } = await shownCard();
    const user = here.slack.users.find((one) => one.id === 'U0ANA');
    if (user !== undefined) user.is_restricted = true;
    await here.click('U0ANA', buttonNamed(message, 'execops_approve'), { message });
    if (user !== undefined) user.is_restricted = false;
    await refused(id, 'Guests');
  });

  test('somebody of another workspace', async () => {
    const { id, message } = await shownCard();
    const approve = buttonNamed(message, 'execops_approve');
    await here.click('U0ANA', approve, { message, team: { id: 'T0OTHER' } });
    await here.click('U0ANA', approve, { message, user: { id: 'U0ANA', team_id: 'T0OTHER' } });
    await refused(id, 'not the Slack workspace');
    expect(here.slack.replies.filter(({ text }) => String(text).includes('not the Slack workspace'))).toHaveLength(2);
  });

  test('a viewer, an ops lead, and whoever left the approver list', async () => {
    const { id, message } = await shownCard();
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
    const { id, message } = await shownCard();
    const { action_id } = buttonNamed(message, 'execops_approve');
    for (const act of [action_id, 'execops_edit', 'execops_reject'])
      await here.click('U0ANA', { action_id: act, value: `${id}.1.${'0'.repeat(64)}` }, { message });
    await refused(id, 'is at version 1 now');
    expect(here.slack.windows.some((view) => view.includes(id))).toBe(false);
  });

  test('a second person, who is told who was first', async () => {
    await here.link('U0BO', 'owner');
    const { id, title, message } = await shownCard();
    const of_bo = await here.cardOf('U0BO', title);
    const approve = buttonNamed(message, 'execops_approve');
    await here.click('U0ANA', approve, { message });
    await here.click('U0BO', { ...approve, action_id: 'execops_approve' }, { message: of_bo });
    await lastReply('(ana@example.com) decided "approve"');
    await until("the other's message shows it too", () => buttonsOf(of_bo).length === 0);
    expect(await decisions(id)).toBe(1);
  });
});

describe('the message follows', () => {
  test('a decision on the web, and its undoing as a new version with buttons', async () => {
    const { id, payload_hash, message } = await shownCard();
    const on_web = { as: ana.cookie, headers: { origin: 'https://ops.example.com' } };
    await here.server.call('POST', '/ai/decide', { ...on_web, body: { proposal_id: id, decision: 'approve', payload_hash } });
    await until('it shows the outcome', () => message.form.blocks?.includes('Approved by Ana'));
    expect(buttonsOf(message)).toEqual([]);
    await here.server.call('POST', `/api/proposals/${id}/undo`, on_web);
    await until('it has buttons again', () => buttonsOf(message).length === 5);
    expect(buttonsOf(message)[0]?.value).toMatch(new RegExp(`^${id}\\.2\\.`));
    expect(here.slack.messages.filter(({ channel, ts }) => channel === message.channel && ts === message.ts)).toHaveLength(1);
  });

  test('a withdrawal', async () => {
    const { event, message } = await shownCard();
    await here.server.db.tx(async (sql) => {
      const [row] = await sql<{ id: string }>`select id from proposals where event_id = ${event.id}`;
      const by_itself = { actor: system_actor, notes: ['The invoice was paid.'] };
      await moveTo(sql, await lockProposal(sql, here.server.org_id, row?.id ?? ''), 'superseded', by_itself);
    });
    await until('it shows the withdrawal', () => message.form.blocks?.includes('Withdrawn by itself'));
    expect(message.form.blocks).toContain('The invoice was paid.');
    expect(buttonsOf(message)).toEqual([]);
  });

  test('a delegation: whoever it was handed to gets it too, and decides it', async () => {
    const { id, title, message } = await shownCard();
    const [lead] = await here.server.db.sql<{ user_id: string }>`select user_id from slack_links where slack_user_id = 'U0LEAD'`;
    const until_tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const body = { to: lead?.user_id, until: until_tomorrow, reason: 'I am away.' };
    const on_web = { as: ana.cookie, headers: { origin: 'https://ops.example.com' } };
    expect((await here.server.call('POST', `/api/proposals/${id}/delegate`, { ...on_web, body })).status).toBe(200);
    const handed = await here.cardOf('U0LEAD', title);
    expect(handed.form.blocks).toContain('I am away.');
    await until('the first message says so', () => message.form.blocks?.includes('Delegated to'));
    await here.click('U0LEAD', buttonNamed(handed, 'execops_approve'), { message: handed });
    expect(await statusOf(id)).toMatchObject({ status: 'approved' });
    await until('both show the outcome', () => buttonsOf(message).length === 0 && buttonsOf(handed).length === 0);
  });

  test('the rise to critical, which is said aloud once', async () => {
    const { id, title, message } = await shownCard({ escalates_at: new Date(Date.now() - 1_000) });
    await stepDue(here.server.db, { org_id: here.server.org_id, proposal_id: id, step: 'escalate', now_ms: Date.now() });
    await until('it is critical', () => message.form.blocks?.includes('Critical'));
    const alerts = await until('it is said', () => {
      const said = here.slack.messages.filter(({ form }) => form.thread_ts === message.ts);
      return said.length > 0 && said;
    });
    expect(alerts.map(({ text }) => text)).toEqual([`Critical now: ${title}`]);
    expect(buttonsOf(message)).toHaveLength(5);
  });
});

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
    await lastReply('does not say which version');
    const window = JSON.stringify({ type: 'modal', callback_id: 'execops_edit_submitted', private_metadata: 'nonsense' });
    expect((await here.submit('U0ANA', window, {})).json.view.blocks[0].text.text).toContain('does not say which version');
  });

  test('takes a window of somebody else for a refusal', async () => {
    const { id, message } = await shownCard();
    await here.click('U0ANA', buttonNamed(message, 'execops_reject'), { message });
    const window = await until('the window opens', () => here.slack.windows.find((view) => view.includes(id)));
    const answer = await here.submit('U0VIEW', window, {});
    expect(answer.json).toMatchObject({ response_action: 'update' });
    expect(answer.json.view.blocks[0].text.text).toContain('Viewers read');
    expect(await decisions(id)).toBe(0);
  });
});

describe('the command', () => {
  test('lists what waits for whoever asks, highest priority first, and shows a card on a click', async () => {
    const critical = await shownCard({
      urgency: 'critical',
      priority: { score: 99, parts: { revenue: 0, urgency: 0, effort: 0, strategic: 0 } },
    });
    const { status, json } = await here.command('U0ANA', '');
    expect(status).toBe(200);
    expect(json).toMatchObject({ response_type: 'ephemeral', text: expect.stringMatching(/cards wait for you/) });
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
    expect(await statusOf(critical.id)).toMatchObject({ status: 'approved' });
  });

  test('tells strangers how to link, and lists nothing for viewers', async () => {
    expect((await here.command('U0NOBODY', '')).json.text).toContain('not linked to a member');
    expect((await here.command('U0VIEW', 'list')).json.text).toBe('Nothing waits for you.');
    expect((await here.command('U0ANA', 'help')).json.text).toContain('/execops link CODE');
  });
});

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { system_actor } from '../../prisma/audit.ts';
import { stepDue } from '../../prisma/lifecycle.ts';
import { lockProposal, moveTo } from '../../prisma/moves.ts';
import { storeDrafts } from '../../prisma/store.ts';
import { emailDraft, incidentOf, storedEvent } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { createCards, type Cards } from './testing-cards.ts';
import { blocksOf, buttonNamed, buttonsOf, startSlackServer, type SlackServer } from './testing.ts';

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

describe('a card', () => {
  test('comes as one direct message to whoever may decide it, with facts, draft and the same verbs in order', async () => {
    const { id, payload_hash, message } = await cards.shown({
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
    const low = await cards.pending({ urgency: 'low' });
    const high = await cards.shown();
    expect(high.message.text).toBe(`High: ${high.title}`);
    expect(here.slack.messages.some(({ form }) => form.blocks?.includes(low.title))).toBe(false);
  });

  test('shows text from outside as text', async () => {
    await cards.pending({
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

describe('the message follows', () => {
  test('a decision on the web, and its undoing as a new version with buttons', async () => {
    const { id, payload_hash, message } = await cards.shown();
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
    const { event, message } = await cards.shown();
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
    const { id, title, message } = await cards.shown();
    const [lead] = await here.server.db.sql<{ user_id: string }>`select user_id from slack_links where slack_user_id = 'U0LEAD'`;
    const until_tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const body = { to: lead?.user_id, until: until_tomorrow, reason: 'I am away.' };
    const on_web = { as: ana.cookie, headers: { origin: 'https://ops.example.com' } };
    expect((await here.server.call('POST', `/api/proposals/${id}/delegate`, { ...on_web, body })).status).toBe(200);
    const handed = await here.cardOf('U0LEAD', title);
    expect(handed.form.blocks).toContain('I am away.');
    await until('the first message says so', () => message.form.blocks?.includes('Delegated to'));
    await here.click('U0LEAD', buttonNamed(handed, 'execops_approve'), { message: handed });
    expect(await cards.statusOf(id)).toMatchObject({ status: 'approved' });
    await until('both show the outcome', () => buttonsOf(message).length === 0 && buttonsOf(handed).length === 0);
  });

  test('the rise to critical, which is said aloud once', async () => {
    const { id, title, message } = await cards.shown({ escalates_at: new Date(Date.now() - 1_000) });
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

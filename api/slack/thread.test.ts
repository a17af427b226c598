import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { delegate } from '../../prisma/delegate.ts';
import { stepDue } from '../../prisma/lifecycle.ts';
import { snooze, unsnooze } from '../../prisma/snooze.ts';
import type { StorableDraft } from '../../prisma/storable.ts';
import { member, pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { startNotifierStage, type NotifierStage } from './testing-notifier.ts';
import { buttonsOf } from './testing.ts';

const hour_ms = 3_600_000;

let here: NotifierStage;
beforeEach(async () => {
  here = await startNotifierStage();
});
afterEach(() => here.close());

/** A card whose four hours begin now. */
async function card(changes: Partial<StorableDraft> = {}) {
  const title = `Card ${randomUUID()}`;
  const [from, at] = [new Date(), new Date(Date.now() + 4 * hour_ms)];
  const stored = await pendingCard(here.place.db, here.place.org_id, { title, escalates_from: from, escalates_at: at, ...changes });
  return {
    ...stored,
    title,
    half_seconds: Math.floor((from.getTime() + 2 * hour_ms) / 1_000),
    end_seconds: Math.floor(at.getTime() / 1_000),
  };
}
type Stored = Awaited<ReturnType<typeof card>>;

/** The stage that its run would take so many hours from now. */
const stageAt = (step: 'remind' | 'delegate' | 'escalate', { id }: Stored, hours: number) =>
  stepDue(here.place.db, { org_id: here.place.org_id, proposal_id: id, step, now_ms: Date.now() + hours * hour_ms });

const cardOf = (slack_user_id: string, { title }: Stored) =>
  until(`${slack_user_id} has the card`, () =>
    here.slack.messages.find(({ channel, form }) => channel === `D${slack_user_id}` && form.blocks?.includes(title) && !form.thread_ts),
  );
/** All messages show what there is. */
const settled = () =>
  until('everything is shown', async () => {
    const [{ behind } = { behind: 1 }] = await here.place.db.sql<{ behind: number }>`
      select count(*)::int as behind from slack_messages m where not settled
        and shown_seq < (select max(seq) from audit a where a.proposal_id = m.proposal_id)`;
    return behind === 0;
  });

test('a quarter into its time whoever has the card is reminded once, aloud, of what comes next', async () => {
  here.replica();
  here.replica();
  const ben = await member(here.place.db, here.place.org_id, { role: 'ops_lead' });
  const stored = await card();
  const message = await cardOf('U0ANA', stored);
  await settled();
  expect(here.threadOf('U0ANA')).toEqual([]);
  await stageAt('remind', stored, 1);
  const [said] = await until('it is said', () => here.threadOf('U0ANA').length > 0 && here.threadOf('U0ANA'));
  expect(said?.form).toMatchObject({ thread_ts: message.ts, reply_broadcast: 'true', unfurl_links: 'false' });
  expect(said?.text.replaceAll(/<!date\^(\d+)\^[^>]*>/g, '<$1>')).toBe(
    `Still waits for a decision: ${stored.title}. It is delegated to ${ben.name} <${stored.half_seconds}> and becomes critical <${stored.end_seconds}>.`,
  );
  await settled();
  expect(message.form.blocks).toContain('Reminded');
  expect(buttonsOf(message)).toHaveLength(5);
  await stageAt('delegate', stored, 2);
  await settled();
  expect(message.form.blocks).not.toContain('Reminded');
  expect(message.form.blocks).toContain(`Delegated to ${ben.name} until `);
  expect(here.threadOf('U0ANA')).toHaveLength(1);
  await stageAt('escalate', stored, 5);
  await until('it is said that it is critical', () => here.threadOf('U0ANA').length === 2);
  await settled();
  expect(message.form.blocks).toContain('With the owner');
  expect(here.threadOf('U0ANA')[1]?.text).toBe(`Critical now: ${stored.title}`);
});

test('where there is nobody to delegate to, the reminder says only when it becomes critical', async () => {
  here.replica();
  const stored = await card();
  await cardOf('U0ANA', stored);
  await stageAt('remind', stored, 1);
  const said = await until('it is said', () => here.threadOf('U0ANA')[0]);
  expect(said.text).toMatch(
    new RegExp(`^Still waits for a decision: ${stored.title}\\. It becomes critical <!date\\^${stored.end_seconds}\\^`),
  );
});

test.each(['drop_after_effect', 'error_after_effect', 'garbage_after_effect', 'drop'] as const)(
  'a reminder whose answer was lost (%s) is not said twice',
  async (fault) => {
    here.replica();
    const stored = await card();
    await cardOf('U0ANA', stored);
    await settled();
    here.slack.next('chat.postMessage', fault);
    await stageAt('remind', stored, 1);
    await until('it is noted', async () => (await here.rows())[0]?.told_reminder, 20_000);
    expect(here.threadOf('U0ANA')).toHaveLength(1);
    expect(here.threadOf('U0ANA')[0]?.text).toContain('Still waits');
  },
);

test('a low card is sent to nobody at any stage, and to the owner once it is critical', async () => {
  here.replica();
  const [low, high] = [await card({ urgency: 'low' }), await card()];
  await stageAt('remind', low, 1);
  await stageAt('delegate', low, 2);
  await cardOf('U0ANA', high);
  await settled();
  expect(here.slack.messages.filter(({ text, form }) => `${text}${form.blocks}`.includes(low.title))).toEqual([]);
  await stageAt('escalate', low, 5);
  expect((await cardOf('U0ANA', low)).text).toBe(`Critical: ${low.title}`);
  await settled();
  expect(here.threadOf('U0ANA')).toEqual([]);
});

test('a card that was put off is not reminded of before it is back', async () => {
  here.replica();
  const [stored, other] = [await card(), await card()];
  await Promise.all([cardOf('U0ANA', stored), cardOf('U0ANA', other)]);
  await snooze(here.place.db, here.ana, stored.id, { until_event: true });
  for (const one of [stored, other]) await stageAt('remind', one, 1);
  await until('the other is reminded of', () => here.threadOf('U0ANA').length > 0);
  await settled();
  expect(here.threadOf('U0ANA').map(({ text }) => text.includes(stored.title))).toEqual([false]);
  await unsnooze(here.place.db, here.ana, stored.id);
  await until('it is reminded of', () => here.threadOf('U0ANA').some(({ text }) => text.includes(stored.title)));
});

test('whoever gets a card after its reminder was due is not reminded of it', async () => {
  here.replica();
  const late = { escalates_from: new Date(Date.now() - hour_ms), escalates_at: new Date(Date.now() + hour_ms) };
  const stored = await card(late);
  await stageAt('remind', stored, -0.1);
  const message = await cardOf('U0ANA', stored);
  await until('it names the stage', () => message.form.blocks?.includes('Reminded'));
  await settled();
  expect(here.threadOf('U0ANA')).toEqual([]);
});

test('whoever no longer decides a card is told nothing more of it', async () => {
  const lead = await member(here.place.db, here.place.org_id, { role: 'ops_lead' });
  await here.link(lead, 'U0LEAD');
  here.replica();
  const stored = await card();
  await delegate(here.place.db, here.ana, stored.id, { to: lead.email, until: new Date(Date.now() + 9 * hour_ms), reason: 'I am away.' });
  const [of_lead] = await Promise.all([cardOf('U0LEAD', stored), cardOf('U0ANA', stored)]);
  await settled();
  await stageAt('escalate', stored, 5);
  await until('the owner is told', () => here.threadOf('U0ANA').length === 1);
  await settled();
  expect(here.threadOf('U0LEAD')).toEqual([]);
  expect(of_lead.form.blocks).toContain('You no longer decide this.');
  expect(of_lead.form.blocks).not.toContain('Please update it.');
  expect(buttonsOf(of_lead)).toEqual([]);
});

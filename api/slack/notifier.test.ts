import { randomUUID } from 'node:crypto';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { system_actor } from '../../prisma/audit.ts';
import { decide } from '../../prisma/decide.ts';
import { lockProposal, remark } from '../../prisma/moves.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { asOwner } from '../../scripts/testing/database.ts';
import { until } from '../../scripts/testing/wait.ts';
import { startNotifierStage, type NotifierStage } from './testing-notifier.ts';
import { buttonsOf } from './testing.ts';

let here: NotifierStage;
beforeEach(async () => {
  here = await startNotifierStage();
});
afterEach(() => here.close());

const card = () => pendingCard(here.place.db, here.place.org_id, { title: `Card ${randomUUID()}` });
const approve = (stored: { id: string; payload_hash: string }) =>
  decide(here.place.db, here.ana, { proposal_id: stored.id, decision: 'approve', payload_hash: stored.payload_hash }, { via: 'web' });

test('several replicas send each card once', async () => {
  here.replica();
  here.replica();
  here.replica();
  await Promise.all(Array.from({ length: 12 }, card));
  await until('all are sent', () => here.slack.messages.length >= 12);
  await until('all are noted', async () => (await here.rows()).every(({ ts, shown_seq }) => ts !== null && shown_seq > 0n));
  expect(here.slack.messages).toHaveLength(12);
  expect(here.posts()).toBe(12);
});

test('what waited before the start is shown at the start', async () => {
  await card();
  here.replica();
  await until('it is sent', () => here.slack.messages.length === 1);
});

test('a message that arrived while its answer was lost is found again and not repeated', async () => {
  for (const fault of ['drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const)
    here.slack.next('chat.postMessage', fault);
  here.replica();
  const stored = await card();
  await until('it is known', async () => (await here.rows())[0]?.ts);
  expect(here.slack.messages).toHaveLength(1);
  expect(here.posts()).toBe(1);
  await approve(stored);
  await until('it shows the outcome', () => here.slack.messages[0]?.form.blocks?.includes('Approved by'));
});

test('a Slack that is down is asked again, and not without end while nothing waits', async () => {
  here.slack.next('auth.test', { status: 503 }, 'drop');
  here.slack.next('conversations.open', { status: 500 });
  here.slack.next('chat.postMessage', 'drop', { status: 200, body: { ok: false, error: 'fatal_error' } });
  here.replica();
  await card();
  await until('it is sent', () => here.slack.messages.length === 1, 30_000);
  await until('it is noted', async () => (await here.rows())[0]?.ts);
  const asked = here.slack.requests.length;
  await here.place.db.sql`select pg_sleep(1)`;
  expect(here.slack.requests).toHaveLength(asked);
});

test('what was decided before Slack came back is never sent', async () => {
  here.slack.next('chat.postMessage', { status: 200, body: { ok: false, error: 'fatal_error' } });
  const stored = await card();
  here.replica();
  await until('an attempt failed', async () => (await here.rows())[0]?.intended_at);
  await approve(stored);
  await until('it was looked at', async () => ((await here.rows())[0]?.shown_seq ?? 0n) > 0n);
  expect(here.slack.messages).toEqual([]);
});

test('a rate limit is kept: nothing is asked until the time that Slack named', async () => {
  here.slack.next('chat.postMessage', { status: 429, headers: { 'retry-after': '2' }, body: { ok: false, error: 'ratelimited' } });
  here.replica();
  const began = Date.now();
  await card();
  await until('it is sent', () => here.slack.messages.length === 1);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_900);
  expect(here.posts()).toBe(2);
});

test('a revoked token is said once, and Slack is left alone for minutes, whatever happens meanwhile', async () => {
  const said: { level: number; msg: string; err?: { message: string } }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void said.push(JSON.parse(line)) });
  await Promise.all(Array.from({ length: 8 }, card));
  for (let count = 0; count < 40; count += 1)
    here.slack.next('chat.postMessage', { status: 200, body: { ok: false, error: 'token_revoked' } });
  here.replica(logger);
  await until('it is said', () => said.length > 0);
  await until('the lanes have stopped', async () => (await here.rows()).filter(({ attempts }) => attempts > 0).length > 0);
  await here.place.db.sql`select pg_sleep(0.5)`;
  const asked = here.slack.requests.length;
  await card();
  await here.place.db.sql`select pg_sleep(2)`;
  expect(here.slack.requests).toHaveLength(asked);
  expect(here.posts()).toBeLessThanOrEqual(4);
  expect(said).toMatchObject([
    { level: 50, again_in_seconds: 300, err: { message: 'Slack refused it (token_revoked). Check SLACK_BOT_TOKEN.' } },
  ]);
});

test('while Slack cannot be reached, messages do not each try on their own', async () => {
  await Promise.all(Array.from({ length: 12 }, card));
  here.slack.next('conversations.open', ...Array.from({ length: 8 }, () => 'drop' as const));
  here.replica();
  await until('a first attempt failed', () => here.slack.requests.some(({ path }) => path.includes('conversations.open')));
  await here.place.db.sql`select pg_sleep(0.5)`;
  expect(here.slack.requests.filter(({ path }) => path.includes('conversations.open')).length).toBeLessThanOrEqual(4);
  await until('all are sent', () => here.slack.messages.length === 12, 30_000);
});

test('a conversation that is gone is opened anew', async () => {
  here.replica();
  const stored = await card();
  await until('it is noted', async () => ((await here.rows())[0]?.shown_seq ?? 0n) > 0n);
  here.slack.messages.splice(0);
  await here.place.db.sql`update slack_messages set channel = 'D0GONE'`;
  here.slack.next('chat.update', { status: 200, body: { ok: false, error: 'channel_not_found' } });
  await here.place.db.sql`update proposals set notes = array['Something new.'] where id = ${stored.id}`;
  await here.place.db.tx(async (sql) => remark(sql, await lockProposal(sql, here.place.org_id, stored.id), system_actor, { told: true }));
  await until('it is there again', () => here.slack.messages.find(({ channel }) => channel === 'DU0ANA'));
  expect((await here.rows())[0]).toMatchObject({ channel: 'DU0ANA' });
});

test('a lease of a replica that died ends, and another one goes on', async () => {
  const stored = await card();
  here.replica();
  await until('it is sent', () => here.slack.messages.length === 1);
  await until('it is noted', async () => ((await here.rows())[0]?.shown_seq ?? 0n) > 0n);
  await here.place.db.sql`update slack_messages set attempts = 1, next_attempt_at = now() + interval '1500 milliseconds'`;
  await approve(stored);
  await until('it shows the outcome', () => buttonsOf(here.slack.messages[0] ?? expect.fail()).length === 0);
});

test('a message that is gone from Slack is sent anew while its card waits, and left alone after that', async () => {
  const stored = await card();
  here.replica();
  await until('it is noted', async () => ((await here.rows())[0]?.shown_seq ?? 0n) > 0n);
  here.slack.messages.splice(0);
  await here.place.db.sql`update proposals set notes = array['Something new.'] where id = ${stored.id}`;
  await here.place.db.tx(async (sql) => remark(sql, await lockProposal(sql, here.place.org_id, stored.id), system_actor, { told: true }));
  await until('it is sent anew', () => here.slack.messages.find(({ form }) => form.blocks?.includes('Something new.')));
  await until('that is noted', async () => (await here.rows())[0]?.ts);
  here.slack.messages.splice(0);
  await approve(stored);
  await until('it was looked at', async () => {
    const [row] = await here.rows();
    const [head] = await here.place.db.sql<{ seq: string }>`select max(seq) as seq from audit where proposal_id = ${stored.id}`;
    return row?.shown_seq === BigInt(head?.seq ?? 0);
  });
  expect(here.slack.messages).toEqual([]);
});

test('quiet hours keep what is not critical until they end, and nothing that has to be shown as it is', async () => {
  const quiet = async (from: string, to: string) => {
    for (const [name, value] of Object.entries({ from, to, time_zone: 'UTC' }))
      await asOwner(
        here.place.url,
        `insert into settings (org_id, key, value, changed_by, proposal_id) values ($1, $2, $3, 'test', gen_random_uuid())
         on conflict (org_id, key) do update set value = excluded.value`,
        [here.place.org_id, `organisation.quiet_hours_${name}`, JSON.stringify(value)],
      );
  };
  const minute = (shift: number) => new Date(Date.now() + shift * 60_000).toISOString().slice(11, 16);
  here.replica();
  const shown = await card();
  await until('it is shown', () => here.slack.messages.length === 1);
  await quiet(minute(-60), minute(120));
  const held = await card();
  await pendingCard(here.place.db, here.place.org_id, { title: 'Critical one', urgency: 'critical' });
  await until('the critical one is shown', () => here.slack.messages.some(({ form }) => form.text?.includes('Critical one')));
  await approve(shown);
  await until('the outcome is shown', () => here.slack.messages[0]?.form.blocks?.includes('Approved by'));
  expect(here.slack.messages).toHaveLength(2);
  await quiet('', '');
  await here.place.db.tx(async (sql) => remark(sql, await lockProposal(sql, here.place.org_id, held.id), system_actor, { told: true }));
  await until('the other is shown', () => here.slack.messages.length === 3);
});

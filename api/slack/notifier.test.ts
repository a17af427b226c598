import { randomUUID } from 'node:crypto';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Person } from '../../domain/app.ts';
import { system_actor } from '../../prisma/audit.ts';
import { decide } from '../../prisma/decide.ts';
import { lockProposal, remark } from '../../prisma/moves.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { createSlackClient } from '../../providers/slack/client.ts';
import { member, pendingCard } from '../../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../../scripts/testing/database.ts';
import { slack_token, startSlack, type TestSlack } from '../../scripts/testing/slack.ts';
import { until } from '../../scripts/testing/wait.ts';
import { createLive, type Live } from '../live.ts';
import { createNotifier, type Notifier } from './notifier.ts';
import { buttonsOf } from './testing.ts';
import { createWorkspace } from './workspace.ts';

let place: TestDatabase;
let slack: TestSlack;
let ana: Person;
const running: { notifier: Notifier; live: Live }[] = [];

beforeEach(async () => {
  place = await testDatabase();
  slack = await startSlack();
  ana = await member(place.db, place.org_id);
  await place.db
    .sql`insert into slack_links (team_id, slack_user_id, org_id, user_id) values ('T0TEST', 'U0ANA', ${place.org_id}, ${ana.user_id})`;
});
afterEach(async () => {
  for (const { notifier, live } of running.splice(0)) {
    await notifier.stop();
    await live.stop();
  }
  await slack.close();
  await place.close();
});

/** One more replica of the web process, as far as Slack is concerned. */
function replica(ms_max = 8_000): Notifier {
  const client = createSlackClient({ token: slack_token, api_url: slack.url, ms_max });
  const live = createLive(place.db);
  const notifier = createNotifier({
    db: place.db,
    live,
    slack: client,
    workspace: createWorkspace(client),
    org_id: place.org_id,
    view: (id) => readProposal(place.db, place.org_id, id, null),
    pageOf: (id) => `https://ops.example.com/inbox/${id}`,
    logger: pino({ level: 'silent' }),
  });
  notifier.start();
  live.start();
  running.push({ notifier, live });
  return notifier;
}

const card = () => pendingCard(place.db, place.org_id, { title: `Card ${randomUUID()}` });
const posts = () => slack.requests.filter(({ path }) => path.includes('chat.postMessage')).length;
const rows = () => place.db.prisma.slack_messages.findMany();
const approve = (stored: { id: string; payload_hash: string }) =>
  decide(place.db, ana, { proposal_id: stored.id, decision: 'approve', payload_hash: stored.payload_hash }, { via: 'web' });

test('several replicas send each card once', async () => {
  replica();
  replica();
  replica();
  await Promise.all(Array.from({ length: 12 }, card));
  await until('all are sent', () => slack.messages.length >= 12);
  await until('all are noted', async () => (await rows()).every(({ ts, shown_seq }) => ts !== null && shown_seq > 0n));
  expect(slack.messages).toHaveLength(12);
  expect(posts()).toBe(12);
});

test('what waited before the start is shown at the start', async () => {
  await card();
  replica();
  await until('it is sent', () => slack.messages.length === 1);
});

test('a message that arrived while its answer was lost is found again and not repeated', async () => {
  for (const fault of ['drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const) slack.next('chat.postMessage', fault);
  replica();
  const stored = await card();
  await until('it is known', async () => (await rows())[0]?.ts);
  expect(slack.messages).toHaveLength(1);
  expect(posts()).toBe(1);
  await approve(stored);
  await until('it shows the outcome', () => slack.messages[0]?.form.blocks?.includes('Approved by'));
});

test('a Slack that is down is asked again, and not without end while nothing waits', async () => {
  slack.next('auth.test', { status: 503 }, 'drop');
  slack.next('conversations.open', { status: 500 });
  slack.next('chat.postMessage', 'drop', { status: 200, body: { ok: false, error: 'fatal_error' } });
  replica();
  await card();
  await until('it is sent', () => slack.messages.length === 1, 30_000);
  await until('it is noted', async () => (await rows())[0]?.ts);
  const asked = slack.requests.length;
  await place.db.sql`select pg_sleep(1)`;
  expect(slack.requests).toHaveLength(asked);
});

test('what was decided before Slack came back is never sent', async () => {
  slack.next('chat.postMessage', { status: 200, body: { ok: false, error: 'fatal_error' } });
  const stored = await card();
  replica();
  await until('an attempt failed', async () => (await rows())[0]?.intended_at);
  await approve(stored);
  await until('it was looked at', async () => ((await rows())[0]?.shown_seq ?? 0n) > 0n);
  expect(slack.messages).toEqual([]);
});

test('a rate limit is kept: nothing is asked until the time that Slack named', async () => {
  slack.next('chat.postMessage', { status: 429, headers: { 'retry-after': '2' }, body: { ok: false, error: 'ratelimited' } });
  replica();
  const began = Date.now();
  await card();
  await until('it is sent', () => slack.messages.length === 1);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_900);
  expect(posts()).toBe(2);
});

test('a lease of a replica that died ends, and another one goes on', async () => {
  const stored = await card();
  replica();
  await until('it is sent', () => slack.messages.length === 1);
  await until('it is noted', async () => ((await rows())[0]?.shown_seq ?? 0n) > 0n);
  await place.db.sql`update slack_messages set attempts = 1, next_attempt_at = now() + interval '1500 milliseconds'`;
  await approve(stored);
  await until('it shows the outcome', () => buttonsOf(slack.messages[0] ?? expect.fail()).length === 0);
});

test('a message that is gone from Slack is sent anew while its card waits, and left alone after that', async () => {
  const stored = await card();
  replica();
  await until('it is noted', async () => ((await rows())[0]?.shown_seq ?? 0n) > 0n);
  slack.messages.splice(0);
  await place.db.sql`update proposals set notes = array['Something new.'] where id = ${stored.id}`;
  await place.db.tx(async (sql) => remark(sql, await lockProposal(sql, place.org_id, stored.id), system_actor, { told: true }));
  await until('it is sent anew', () => slack.messages.find(({ form }) => form.blocks?.includes('Something new.')));
  await until('that is noted', async () => (await rows())[0]?.ts);
  slack.messages.splice(0);
  await approve(stored);
  await until('it was looked at', async () => {
    const [row] = await rows();
    const [head] = await place.db.sql<{ seq: string }>`select max(seq) as seq from audit where proposal_id = ${stored.id}`;
    return row?.shown_seq === BigInt(head?.seq ?? 0);
  });
  expect(slack.messages).toEqual([]);
});

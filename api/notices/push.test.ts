import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Person } from '../../domain/app.ts';
import { system_actor } from '../../prisma/audit.ts';
import { decide } from '../../prisma/decide.ts';
import { lockProposal, remark } from '../../prisma/moves.ts';
import { member, pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { startNoticesStage, type NoticesStage } from './testing-notices.ts';

let here: NoticesStage;
beforeEach(async () => {
  here = await startNoticesStage();
});
afterEach(() => here.close());

const card = (changes: Parameters<typeof pendingCard>[2] = {}) => pendingCard(here.db, here.org_id, changes);
const approve = (person: Person, stored: { id: string; payload_hash: string }) =>
  decide(here.db, person, { proposal_id: stored.id, decision: 'approve', payload_hash: stored.payload_hash }, { via: 'web' });
const settled = () =>
  until('all is settled', async () => {
    const [row] = await here.db.sql<{ done: boolean }>`
      select (select planned_seq from notice_progress) >= (select seq from audit_heads)
        and not exists (select from notices where not settled) as done`;
    return row?.done;
  });

test('each device of a person gets the card, encrypted for it and signed by us', async () => {
  const ana = await here.told({ push: 'high' });
  const [phone, laptop] = [await here.device(ana), await here.device(ana)];
  here.replica();
  const fact = { label: 'Amount', value: '$499.00', unusual: true, event_id: null, at: null };
  const stored = await card({
    title: 'Acme · $499.00 failed',
    urgency: 'critical',
    facts: [fact],
    expires_at: new Date(Date.now() + 3_600_000),
  });
  await until('both have it', () => here.push.pushed.length === 2);
  expect(here.push.pushed.map(({ id }) => id).toSorted()).toEqual([phone.subscription.id, laptop.subscription.id].toSorted());
  const [pushed] = here.push.pushed;
  expect(pushed).toMatchObject({
    urgency: 'high',
    topic: stored.id.replaceAll('-', ''),
    data: {
      title: 'Critical: Acme · $499.00 failed',
      body: 'A card waits for your decision.\nUrgency: Critical\nArea: Money\nAmount: $499.00',
      tag: `card-${stored.id}`,
      path: `/inbox/${stored.id}`,
      silent: false,
    },
    claims: { aud: here.push.url, sub: 'mailto:ops@example.com' },
  });
  expect(pushed?.ttl).toBeGreaterThan(3_500);
  expect(pushed?.ttl).toBeLessThanOrEqual(3_600);
  for (const { text } of here.push.requests) expect(text).not.toContain('Acme');
});

test('one that says no content says none, to the device either', async () => {
  const ana = await here.told({ push: 'all', content_free: true });
  await here.device(ana);
  here.replica();
  const stored = await card({ title: 'Acme · $499.00 failed' });
  await until('it is there', () => here.push.pushed.length === 1);
  const { data } = here.push.pushed[0] ?? expect.fail();
  expect(data).toEqual({
    title: 'ExecOps',
    body: 'Something waits for you.',
    tag: `card-${stored.id}`,
    path: `/inbox/${stored.id}`,
    silent: false,
  });
});

test('a decision elsewhere takes back what stands there, without a sound, and not on the devices of who decided', async () => {
  const [ana, bo] = [await here.told({ push: 'all' }), await here.told({ push: 'all' })];
  const [hers, his] = [await here.device(ana), await here.device(bo)];
  here.replica();
  const stored = await card({ title: 'Acme' });
  await until('both have it', () => here.push.pushed.length === 2);
  await approve(ana, stored);
  await until('it is taken back', () => here.push.pushed.length === 3);
  await settled();
  expect(here.push.pushed).toHaveLength(3);
  expect(here.push.pushed[2]).toMatchObject({
    id: his.subscription.id,
    urgency: 'normal',
    data: { title: 'Acme', body: 'Approved. Nothing is left to do here.', tag: `card-${stored.id}`, silent: true },
  });
  expect(hers.id).not.toBe(his.id);
});

test('nothing is taken back where nothing was shown', async () => {
  const ana = await here.told({ push: 'critical' });
  await here.device(ana);
  const bo = await member(here.db, here.org_id);
  here.replica();
  const stored = await card({ urgency: 'high' });
  await approve(bo, stored);
  await settled();
  expect(here.push.requests).toEqual([]);
});

test('a device whose browser gave it up is forgotten, by 404 and by 410', async () => {
  const ana = await here.told({ push: 'all' });
  await here.device(ana);
  await here.device(ana);
  here.push.next({ status: 404 }, { status: 410 });
  here.replica();
  await card();
  await until('both are gone', async () => (await here.db.prisma.push_subscriptions.count()) === 0);
  await card();
  await settled();
  expect(here.push.requests).toHaveLength(2);
});

test('a push service that is busy or away is asked again; one that refuses is not', async () => {
  const ana = await here.told({ push: 'all' });
  await here.device(ana);
  here.push.next({ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }, 'drop');
  here.replica();
  await card();
  await until('it is there', () => here.push.pushed.length === 1, 40_000);
  expect(here.push.requests).toHaveLength(4);
  here.push.next({ status: 413 });
  await card();
  await settled();
  expect(here.push.requests).toHaveLength(5);
  expect(await here.db.prisma.push_subscriptions.count()).toBe(1);
});

test('whoever signs out on a device, or is no member any more, gets nothing there', async () => {
  const [ana, bo] = [await here.told({ push: 'all' }), await here.told({ push: 'all' })];
  const session_id = randomUUID();
  await here.db.sql`
    insert into session (id, token, "expiresAt", "userId") values (${session_id}, ${randomUUID()}, now() + interval '1 day', ${ana.user_id})`;
  await here.device({ ...ana, session_id });
  await here.device(bo);
  await here.db.sql`delete from session where id = ${session_id}`;
  await here.db.sql`delete from members where user_id = ${bo.user_id}`;
  here.replica();
  await card();
  await until('it was thought of', async () => {
    const [row] = await here.db.sql<{ done: boolean }>`
      select (select planned_seq from notice_progress) >= (select seq from audit_heads) as done`;
    return row?.done;
  });
  expect(await here.db.prisma.notices.count()).toBe(0);
  expect(await here.db.prisma.push_subscriptions.count()).toBe(0);
});

test('several replicas push once', async () => {
  const ana = await here.told({ push: 'all' });
  await here.device(ana);
  for (let count = 0; count < 3; count += 1) here.replica();
  const stored = await Promise.all(Array.from({ length: 10 }, () => card()));
  await here.db.tx(async (sql) =>
    remark(sql, await lockProposal(sql, here.org_id, stored[0]?.id ?? ''), system_actor, { joined: randomUUID() }),
  );
  await settled();
  expect(here.push.pushed.map(({ topic }) => topic).toSorted()).toEqual(stored.map(({ id }) => id.replaceAll('-', '')).toSorted());
});

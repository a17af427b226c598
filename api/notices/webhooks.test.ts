import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { decide } from '../../prisma/decide.ts';
import { listEndpoints, removeEndpoint, rotateSecret } from '../../prisma/webhook-endpoints.ts';
import type { Person } from '../../domain/app.ts';
import { member, pendingCard } from '../../scripts/testing/cards.ts';
import { addOrganisation } from '../../scripts/testing/organisations.ts';
import { until } from '../../scripts/testing/wait.ts';
import { public_url, startNoticesStage, verified, type NoticesStage } from './testing-notices.ts';

let here: NoticesStage;
let ana: Person;
beforeEach(async () => {
  here = await startNoticesStage();
  ana = await member(here.db, here.org_id);
});
afterEach(() => here.close());

const card = () => pendingCard(here.db, here.org_id);
const reject = (stored: { id: string; payload_hash: string }) =>
  decide(here.db, ana, { proposal_id: stored.id, decision: 'reject', payload_hash: stored.payload_hash }, { via: 'web' });
const waiting = () => here.db.prisma.webhook_deliveries.count({ where: { status: 'waiting' } });
/** Whatever its back-off is, it is due now. */
const due = async () => {
  await here.db.sql`update webhook_deliveries set next_attempt_at = now() where status = 'waiting'`;
  await here.db.sql`update webhook_endpoints set rests_until = now()`;
};

test('each change of status is told once, signed, with ids and states only', async () => {
  const hook = await here.hook(ana);
  here.replica();
  const stored = await card();
  await reject(stored);
  await until('both came', () => hook.peer.requests.length === 2);
  const messages = hook.messages().toSorted((one, other) => Number(one.data.seq) - Number(other.data.seq));
  expect(messages.map(({ type }) => type)).toEqual(['proposal.pending', 'proposal.rejected']);
  expect(messages[1]?.data).toEqual({
    organisation_id: here.org_id,
    proposal_id: stored.id,
    seq: expect.any(Number),
    from_status: 'pending',
    status: 'rejected',
    version: 1,
    payload_hash: stored.payload_hash,
    urgency: 'high',
    vertical: 'money',
    action_type: 'email',
    operation: null,
    decided_by: ana.user_id,
    url: `${public_url}/inbox/${stored.id}`,
  });
  expect(messages[0]?.data).toMatchObject({ from_status: null, decided_by: null });
  const everything = hook.peer.requests.map(({ text }) => text).join();
  for (const personal of ['Your card', 'ana@example.com', ana.email, ana.name, 'Ana ·']) expect(everything).not.toContain(personal);
});

test('an endpoint hears only what it asked for, and only of its own organisation', async () => {
  const [all, rejected] = [await here.hook(ana), await here.hook(ana, ['rejected'])];
  const other = await addOrganisation({ db: here.db, database_url: here.place.url });
  here.replica();
  await reject(await card());
  await pendingCard(here.db, other.org_id);
  await until('both came', () => all.peer.requests.length === 2 && rejected.peer.requests.length === 1);
  expect(rejected.messages()[0]?.type).toBe('proposal.rejected');
  expect(new Set(all.messages().map(({ data }) => data.organisation_id))).toEqual(new Set([here.org_id]));
});

test('an answer that is no yes is met with the same message again, later each time', async () => {
  const hook = await here.hook(ana);
  hook.peer.next('/hook', { status: 500 }, 'drop', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { status: 400 });
  here.replica();
  await card();
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await until(`attempt ${attempt} failed`, async () => (await here.db.prisma.webhook_deliveries.findFirst())?.attempts === attempt);
    await until(
      'that is noted',
      async () => (await here.db.prisma.webhook_deliveries.findFirst({ where: { last_error: { not: null } } }))?.last_attempt_at,
    );
    await until('it waits', async () => {
      const [row] = await here.db.sql<{ waits: boolean }>`
        select next_attempt_at > now() and (last_attempt_at > now() - interval '30 seconds') and next_attempt_at < now() + interval '1 hour' as waits
        from webhook_deliveries where last_error is not null`;
      return row?.waits && hook.peer.requests.length === attempt;
    });
    await here.db.sql`select pg_sleep(0.1)`;
    await due();
    here.replica();
  }
  await until('it is delivered', async () => (await waiting()) === 0);
  const ids = hook.peer.requests.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
  const [view] = await listEndpoints(here.db.sql, here.org_id);
  expect(view).toMatchObject({ failing_since: null, waiting: 0, last_delivery: { ok: true, status: 204, error: null } });
});

test('a message that hangs holds up none that comes after it', async () => {
  const hook = await here.hook(ana);
  hook.peer.next('/hook', 'hang');
  here.replica();
  const first = await card();
  await until('the first is on its way', () => hook.peer.requests.length === 1);
  const second = await card();
  await until('the second came', () => hook.peer.requests.length === 2, 5_000);
  expect(hook.messages().map(({ data }) => data.proposal_id)).toEqual([first.id, second.id]);
});

test('the time that a receiver names is kept', async () => {
  const hook = await here.hook(ana);
  hook.peer.next('/hook', { status: 429, headers: { 'retry-after': '7200' } });
  here.replica();
  await card();
  await until('it was asked', async () => (await here.db.prisma.webhook_deliveries.findFirst())?.last_status === 429);
  const [row] = await here.db.sql<{ rest: number; again: number }>`
    select extract(epoch from e.rests_until - now())::int as rest, extract(epoch from d.next_attempt_at - now())::int as again
    from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.id`;
  expect(row?.rest).toBeGreaterThan(7_100);
  expect(row?.again).toBeGreaterThan(7_100);
});

test('410 switches it off at once, on the record, and what waited is given up', async () => {
  const hook = await here.hook(ana);
  hook.peer.next('/hook', { status: 410 });
  here.replica();
  await card();
  await until('it is off', async () => (await listEndpoints(here.db.sql, here.org_id))[0]?.disabled_at);
  await card();
  await here.db.sql`select pg_sleep(0.3)`;
  expect(hook.peer.requests).toHaveLength(1);
  expect(await waiting()).toBe(0);
  const [row] = await here.db.sql<{ metadata: object }>`select metadata from audit where metadata ->> 'webhook' = 'disabled'`;
  expect(row?.metadata).toEqual({ webhook: 'disabled', webhook_id: hook.id, reason: 'It answered 410: it wants nothing more.' });
});

test('what takes nothing for five days is switched off; a message is given up after three', async () => {
  const hook = await here.hook(ana);
  await hook.peer.close();
  here.replica();
  await card();
  await until('it failed', async () => (await listEndpoints(here.db.sql, here.org_id))[0]?.failing_since);
  await here.db.sql`update webhook_deliveries set created_at = now() - interval '73 hours'`;
  await due();
  await card();
  await until('it is given up', async () => (await here.db.prisma.webhook_deliveries.count({ where: { status: 'given_up' } })) === 1);
  expect((await listEndpoints(here.db.sql, here.org_id))[0]?.disabled_at).toBeNull();
  await here.db.sql`update webhook_endpoints set failing_since = now() - interval '121 hours'`;
  await due();
  await card();
  await until('it is off', async () => (await listEndpoints(here.db.sql, here.org_id))[0]?.disabled_reason);
  const [view] = await listEndpoints(here.db.sql, here.org_id);
  expect(view).toMatchObject({ disabled_reason: 'It took nothing for five days.', waiting: 0, last_delivery: { ok: false, status: null } });
  expect(view?.last_delivery?.error).toBe('No answer came: the connection was refused.');
});

test('a thousand changes reach a healthy endpoint beside one that hangs, a few at a time', async () => {
  const [hanging, healthy] = [await here.hook(ana), await here.hook(ana)];
  hanging.peer.next('/hook', ...Array.from({ length: 2_000 }, () => 'hang' as const));
  let open = 0;
  let most = 0;
  const counting = createServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    request.resume().on('end', () => setTimeout(() => response.writeHead(204).end(() => (open -= 1)), 2));
  });
  await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve));
  await here.db
    .sql`update webhook_endpoints set url = ${`http://127.0.0.1:${(counting.address() as AddressInfo).port}/`} where id = ${healthy.id}`;
  const stored = await card();
  await here.db.sql`
    insert into audit (org_id, seq, proposal_id, from_status, to_status, actor_type, actor_id, metadata, prev_hash, hash)
    select ${here.org_id}, 0, ${stored.id}, 'approved', 'pending', 'system', 'execops', '{"version": 1}', '', '' from generate_series(1, 1000)`;
  here.replica();
  const delivered = () => here.db.prisma.webhook_deliveries.count({ where: { endpoint_id: healthy.id, status: 'delivered' } });
  await until('the healthy one has all', async () => (await delivered()) === 1_001, 60_000);
  expect(most).toBeLessThanOrEqual(4);
  expect(hanging.peer.requests.length).toBeLessThanOrEqual(4);
  counting.closeAllConnections();
  counting.close();
});

test('an endless answer is not read to its end', async () => {
  const hook = await here.hook(ana);
  const endless = createServer((_request, response) => {
    response.writeHead(200);
    const write = () => void (response.writable && response.write(Buffer.alloc(65_536), (error) => !error && write()));
    write();
  });
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
  await here.db
    .sql`update webhook_endpoints set url = ${`http://127.0.0.1:${(endless.address() as AddressInfo).port}/`} where id = ${hook.id}`;
  here.replica();
  await card();
  await until(
    'it counts as delivered',
    async () => (await here.db.prisma.webhook_deliveries.count({ where: { status: 'delivered' } })) === 1,
  );
  endless.closeAllConnections();
  endless.close();
});

test('after a rotation both secrets sign for a day; then the new one only', async () => {
  const hook = await here.hook(ana);
  const { secret } = await rotateSecret(here.db, ana, hook.id);
  here.replica();
  await card();
  await until('it came', () => hook.peer.requests.length === 1);
  const [request] = hook.peer.requests;
  if (request === undefined) throw new Error('no message came');
  expect(verified(request, secret).type).toBe('proposal.pending');
  expect(verified(request, hook.secret).type).toBe('proposal.pending');
  await here.db.sql`update webhook_endpoints set previous_until = now() - interval '1 second'`;
  await card();
  await until('the next came', () => hook.peer.requests.length === 2);
  const next = hook.peer.requests[1] ?? expect.fail();
  expect(verified(next, secret).type).toBe('proposal.pending');
  expect(() => new Webhook(hook.secret).verify(next.text, next.headers as Record<string, string>)).toThrow();
});

test('several replicas deliver each message once, and one that is removed takes what waited with it', async () => {
  const hook = await here.hook(ana);
  for (let count = 0; count < 3; count += 1) here.replica();
  await Promise.all(Array.from({ length: 30 }, card));
  await until('all are delivered', async () => (await here.db.prisma.webhook_deliveries.count({ where: { status: 'delivered' } })) === 30);
  expect(hook.peer.requests).toHaveLength(30);
  hook.peer.next('/hook', { status: 500 });
  await card();
  await until('one waits', async () => (await waiting()) === 1);
  await removeEndpoint(here.db, ana, hook.id);
  expect(await waiting()).toBe(0);
});

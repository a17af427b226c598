/** What dies is started again, and nothing is lost or done twice: real processes, a Temporal server that stops, and peers that stall. */
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { hashPassword } from 'better-auth/crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { workflowIdOf } from '../../domain/contract.ts';
import type { Person } from '../../domain/app.ts';
import type { Json } from '../../domain/text.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { executionsOf } from '../../prisma/receipts.ts';
import { addOwner, setPassword } from '../../prisma/people.ts';
import { readProposal } from '../../prisma/proposals.ts';
import { startModel, type TestModel } from '../../providers/openai/testing.ts';
import { signStripe } from '../../providers/stripe/inbound.ts';
import { member } from '../testing/cards.ts';
import { startInstance, type Instance } from '../testing/instance.ts';
import { payment } from '../testing/payments.ts';
import { startSmtp, type TestSmtp } from '../testing/smtp.ts';
import { until } from '../testing/wait.ts';

const secret = 'whsec_end_to_end';
const words = {
  subject: 'Your last payment did not go through',
  body: 'Hello,\n\nyour card was declined. You can update it here:\n\n{{invoice_link}}\n\nReply if anything is unclear.',
  explanation: 'Short and kind.',
};
const never = new Promise<never>(() => undefined);
/** A dead worker's activity is noticed by its missing heartbeats, after 10 s. */
const recovered_within_ms = 90_000;

let model: TestModel;
let smtp: TestSmtp;
let instance: Instance;
let ana: Person;
let session: string;

beforeAll(async () => {
  [model, smtp] = await Promise.all([startModel({ say: words }), startSmtp()]);
  instance = await startInstance({
    own_temporal: true,
    env: { STRIPE_WEBHOOK_SECRET: secret, SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com', OPENAI_BASE_URL: model.url },
  });
  ana = await member(instance.db, instance.org_id);
  session = await signIn(instance.owner);
});
afterAll(async () => {
  await instance?.stop();
  model.close();
  await smtp.close();
});

async function deliver(event: Json): Promise<string> {
  const body = JSON.stringify(event);
  const answer = await fetch(`${instance.url}/ingest/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signStripe(body, secret, new Date()) },
    body,
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { event_id: string }).event_id;
}

async function signIn({ email, password }: { email: string; password: string }): Promise<string> {
  const answer = await post('/api/auth/sign-in/email', { email, password });
  expect(answer.status).toBe(200);
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');
}

const post = (path: string, body: object, cookie = '') =>
  fetch(`${instance.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: instance.url, cookie },
    body: JSON.stringify(body),
  });

const approve = (card: ProposalView, cookie = session) =>
  post('/ai/decide', { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash }, cookie);

async function cardOf(event_id: string, within_ms = recovered_within_ms): Promise<ProposalView> {
  return until(
    `event ${event_id} has its card`,
    async () => {
      const [row] = await instance.db.sql<{ id: string }>`select id from proposals where event_id = ${event_id}`;
      return row && readProposal(instance.db, instance.org_id, row.id);
    },
    within_ms,
  );
}

async function pending(invoice: { [key: string]: Json } = {}) {
  const one = await payment(instance.db, ana);
  return { card: await cardOf(await deliver(one.failed(invoice))), payment: one };
}

const reached = (card: ProposalView, status: ProposalView['status'], within_ms = recovered_within_ms) =>
  until(
    `card ${card.id} is ${status}`,
    async () => {
      const now = await readProposal(instance.db, instance.org_id, card.id);
      return now.status === status && now;
    },
    within_ms,
  );

const attemptsOf = async ({ id }: ProposalView) =>
  (await executionsOf(instance.db, instance.org_id, id)).flatMap(({ attempts }) => attempts);
const askedAbout = (amount: string) =>
  model.asked.filter(({ messages }) => messages.some(({ content }) => content.includes(amount))).length;
const slow = { timeout: 240_000 };

test('a worker that is killed while it drafts, waits and executes leaves nothing undone and does nothing twice', slow, async () => {
  const waiting = await pending();
  const before_data = await pending();
  const after_data = await pending();
  smtp.nextTo(before_data.payment.email, { hold: 'before_data', until: never });
  smtp.nextTo(after_data.payment.email, { hold: 'before_reply', until: never });
  await Promise.all([approve(before_data.card), approve(after_data.card)]);

  const hung = await payment(instance.db, ana);
  model.next('hang', { say: words });
  const hung_event = await deliver(hung.failed({ amount_remaining: 61_100 }));
  await until('the model is being asked', () => askedAbout('$611.00') === 1);
  const paid_for = await payment(instance.db, ana);
  const lock = await holdSubject(`stripe:invoice:${paid_for.invoice}`);
  const paid_for_event = await deliver(paid_for.failed({ amount_remaining: 61_200 }));
  await lock.awaited();
  await until('one mail waits for its go-ahead, one for its answer', () => {
    return smtp.attempts(before_data.payment.email).length === 1 && smtp.mailsTo(after_data.payment.email).length === 1;
  });

  await instance.kill('worker', 'SIGKILL');
  await lock.release();
  await instance.restart('worker');

  expect((await cardOf(hung_event)).words.by).toBe('model');
  expect(askedAbout('$611.00'), 'the call that had no answer is made again').toBe(2);
  expect((await cardOf(paid_for_event)).words.by).toBe('model');
  expect(askedAbout('$612.00'), 'the finished call is not paid for twice').toBe(1);

  await reached(before_data.card, 'executed');
  expect(smtp.mailsTo(before_data.payment.email)).toHaveLength(1);
  expect(await attemptsOf(before_data.card)).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]);
  await reached(after_data.card, 'unknown');
  expect(smtp.attempts(after_data.payment.email), 'what may have gone out is not sent again').toHaveLength(1);

  expect((await approve(waiting.card)).status).toBe(200);
  await reached(waiting.card, 'executed');
  expect(smtp.mailsTo(waiting.payment.email)).toHaveLength(1);
});

test('a worker that is told to stop finishes the mail that is on its way', slow, async () => {
  const { card, payment } = await pending();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  smtp.nextTo(payment.email, { hold: 'before_reply', until: released });
  await approve(card);
  await until('the mail waits for its answer', () => smtp.mailsTo(payment.email).length === 1);
  const seen = instance.logs.length;
  const ended = instance.kill('worker', 'SIGTERM');
  await until('the worker drains', () => instance.logs.slice(seen).some(({ fields }) => fields.state === 'DRAINING'));
  release();
  await ended;
  await reached(card, 'executed', 1_000);
  await instance.restart('worker');
  expect(smtp.attempts(payment.email)).toHaveLength(1);
});

test('a web process that is killed right after it has taken events loses none', slow, async () => {
  const events = await Promise.all(Array.from({ length: 20 }, async () => deliver((await payment(instance.db, ana)).failed())));
  await instance.kill('web', 'SIGKILL');
  await instance.restart('web');
  for (const event_id of events) expect(await cardOf(event_id)).toMatchObject({ status: 'pending' });
});

test('fifty webhooks that come while Temporal is down are taken, and have their cards when it is back', slow, async () => {
  const payments = await Promise.all(Array.from({ length: 50 }, () => payment(instance.db, ana)));
  await instance.kill('temporal', 'SIGKILL');
  const events = await Promise.all(payments.map((one) => deliver(one.failed())));
  expect(new Set(events).size).toBe(50);
  expect(await instance.db.sql`select 1 from proposals where event_id = any(${events}::uuid[])`).toEqual([]);
  await instance.restart('temporal');
  for (const event_id of events) expect(await cardOf(event_id)).toMatchObject({ status: 'pending' });
});

test('fifty approvals at once by two people send one mail', slow, async () => {
  const { card, payment } = await pending();
  const ben = { email: 'ben@example.com', password: 'a test needs no secret' };
  const hash = await hashPassword(ben.password);
  await instance.db.tx(async (sql) => {
    const user_id = randomUUID();
    await addOwner(sql, instance.org_id, { user_id, email: ben.email, name: 'Ben' });
    await setPassword(sql, user_id, hash);
  });
  const sessions = [session, await signIn(ben)];
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => approve(card, sessions[index % 2])));
  const bodies = await Promise.all(
    answers.map(async (answer) => ({ status: answer.status, body: (await answer.json()) as { decided_by: string } })),
  );
  expect(new Set(bodies.map(({ body }) => body.decided_by)).size, 'one person decided, and everybody is told who').toBe(1);
  expect(bodies.map(({ status }) => status).toSorted()).toEqual([...Array<number>(25).fill(200), ...Array<number>(25).fill(409)]);
  await reached(card, 'executed');
  expect(smtp.mailsTo(payment.email)).toHaveLength(1);
});

test('a Temporal server that has lost everything is told again what waits', slow, async () => {
  const { card, payment } = await pending();
  await instance.kill('temporal', 'SIGKILL');
  const folder = join(instance.data_dir, 'temporal');
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  await instance.restart('temporal');
  await instance.restart('web');
  const connection = await Connection.connect({ address: instance.temporal.address });
  const { workflow } = new Client({ connection, namespace: instance.temporal.namespace });
  await until('the card’s run is back', async () => {
    const { status } = await workflow.getHandle(workflowIdOf(card.event_ids[0] ?? '')).describe();
    return status.name === 'RUNNING';
  });
  await connection.close();
  expect((await approve(card)).status).toBe(200);
  await reached(card, 'executed');
  expect(smtp.mailsTo(payment.email)).toHaveLength(1);
});

/** Takes the lock under which an incident's cards are stored, so that a draft is made, and paid for, but not stored. */
async function holdSubject(subject: string) {
  const client = new pg.Client({ connectionString: instance.database_url });
  await client.connect();
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [`${instance.org_id} ${subject}`]);
  return {
    awaited: () =>
      until('somebody waits for the lock', async () => {
        const { rows } = await client.query(
          `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
        );
        return rows.length > 0;
      }),
    release: () => client.end(),
  };
}

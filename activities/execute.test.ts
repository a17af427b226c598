import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { parseEnvironment } from '../domain/environment.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import { noteDispatch } from '../prisma/attempts.ts';
import { claim } from '../prisma/executions.ts';
import { executionsOf, receiptOf } from '../prisma/receipts.ts';
import { outboxFileOf, putInOutbox } from '../providers/mail/outbox.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { startSmtp, type TestSmtp } from '../scripts/testing/smtp.ts';
import { startStripe, type TestStripe } from '../scripts/testing/stripe.ts';
import { realActivities } from '../scripts/testing/system.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { freePort } from '../scripts/ports.ts';
import { until } from '../scripts/testing/wait.ts';
import { textOf } from '../workflows/testing.ts';

const mail_from = 'ops@example.com';
let smtp: TestSmtp;
let stripe: TestStripe;
let system: TestSystem;

beforeAll(async () => {
  [smtp, stripe] = await Promise.all([startSmtp(), startStripe()]);
  system = await testSystem({ SMTP_URL: smtp.url, MAIL_FROM: mail_from, STRIPE_API_KEY: 'sk_test_key', STRIPE_API_BASE: stripe.url });
});
afterAll(async () => {
  await system.stop();
  await Promise.all([smtp.close(), stripe.close()]);
});

const executions = ({ id }: { id: string }) => executionsOf(system.db, system.org_id, id);
const gaps = (times: number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));
const recipientOf = ({ payload }: ProposalView) => (payload as { to: string }).to;

/** The card is approved and due, and its own workflow is gone: what happens next is the test's. */
async function approvedAndDue(system: TestSystem, card: ProposalView, event_id: string): Promise<void> {
  await system.approve(card, { undo_seconds: 600 });
  await until('its wake-up is sent', async () => (await system.db.sql`select 1 from wakeups where event_id = ${event_id}`).length === 0);
  await system.workflowOf(event_id).terminate('its worker died');
  await asOwner(system.database.url, 'update proposals set executes_at = now() where id = $1', [card.id]);
}

describe.concurrent('a mail', () => {
  test('that is refused for now is tried again after 2 s, then 4 s, and delivered once', async () => {
    const { card, event_id, payment } = await system.pending();
    smtp.nextTo(payment.email, { refuse: 451 }, { refuse: 451 });
    await system.approve(card);
    await system.reached(card, 'executed');
    expect(smtp.mailsTo(payment.email)).toHaveLength(1);
    const [first = 0, second = 0] = gaps(smtp.attempts(payment.email));
    expect(first).toBeGreaterThan(1_800);
    expect(second).toBeGreaterThan(3_600);
    const [execution] = await executions(card);
    expect(execution).toMatchObject({
      status: 'succeeded',
      attempts: [
        { n: 1, status: 'failed' },
        { n: 2, status: 'failed' },
        { n: 3, status: 'succeeded', error: null },
      ],
    });
    expect(execution?.attempts[0]?.error).toContain('451');
    const text = textOf(await system.workflowOf(event_id).fetchHistory());
    expect(text.includes(payment.email), 'a refusal carries no address into Temporal').toBe(false);
  });

  test('that is refused for good fails at once, and goes out when a person tries again, while the event’s other card still waits', async () => {
    const { card, payment } = await system.pending();
    smtp.nextTo(payment.email, { refuse: 550 });
    await system.approve(card);
    await system.reached(card, 'failed');
    expect(smtp.attempts(payment.email)).toHaveLength(1);
    expect((await receiptOf(system.db, system.org_id, card.id)).result).toContain('550');

    await system.retry(card);
    const second = await system.reached(card, 'pending');
    expect(second.version).toBe(2);
    await system.approve(second);
    await system.reached(card, 'executed');
    expect(smtp.mailsTo(payment.email)).toHaveLength(1);
    expect(await executions(card)).toMatchObject([{ status: 'failed' }, { status: 'succeeded' }]);
  });

  test('whose answer is lost is unknown, is never sent again, and is settled by a person', async () => {
    const { card, event_id, payment } = await system.pending();
    smtp.nextTo(payment.email, 'drop_after_data');
    await system.reject(await system.cardOf(event_id, 'api_call'));
    await system.approve(card);
    await system.reached(card, 'unknown');
    await system.completed(event_id);
    expect((await receiptOf(system.db, system.org_id, card.id)).result).toContain('Look at the provider');
    await expect(system.retry(card)).rejects.toMatchObject({ status: 409 });

    await system.resolve(card, 'executed', 'The customer has it.');
    await system.reached(card, 'executed');
    await system.completed(event_id);
    expect(smtp.attempts(payment.email)).toHaveLength(1);
    expect(smtp.mailsTo(payment.email)).toHaveLength(1);
    expect(await executions(card)).toMatchObject([{ status: 'succeeded', attempts: [{ n: 1, status: 'unknown' }] }]);
  });

  test('that was changed in the database after its approval is not sent, and its card comes back as it was approved', async () => {
    const { card, event_id, payment } = await system.pending();
    await system.approve(card, { undo_seconds: 600 });
    await asOwner(system.database.url, `update proposals set payload = jsonb_set(payload, '{to}', '"mallory@example.com"') where id = $1`, [
      card.id,
    ]);
    await system.endUndoWindow(card, event_id);
    const back = await system.reached(card, 'pending');
    expect(back).toMatchObject({ version: 2, flags: ['seal_broken'], payload: card.payload });
    expect(await executions(card)).toEqual([]);
    expect([...smtp.attempts('mallory@example.com'), ...smtp.attempts(payment.email)]).toEqual([]);
  });

  test('waits for a mail server that is down', async () => {
    const port = await freePort();
    const late = await testSystem({ SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: mail_from });
    const { card, payment } = await late.pending();
    await late.approve(card);
    const failed = () =>
      executionsOf(late.db, late.org_id, card.id).then(
        ([execution]) => execution?.attempts.filter(({ status }) => status === 'failed') ?? [],
      );
    await until('a failed attempt', async () => (await failed()).length > 0);
    const server = await startSmtp({ port });
    await late.reached(card, 'executed');
    expect(server.mailsTo(payment.email)).toHaveLength(1);
    expect((await failed())[0]?.error).toContain('could not be used');
    await late.stop();
    await server.close();
  });
});

describe('an email and a pause of one event', () => {
  test('are decided and run independently', async () => {
    const { card: email, event_id, payment } = await system.pending();
    const pause = await system.cardOf(event_id, 'api_call');
    expect(pause).toMatchObject({
      operation: 'stripe.pause_collection',
      connection: 'stripe:acct_test',
      payload: { behavior: 'keep_as_draft' },
    });

    await system.reject(email);
    expect((await system.view(pause.id)).status).toBe('pending');
    await system.approve(pause);
    await system.reached(pause, 'executed');
    await system.completed(event_id);
    expect((await system.view(email.id)).status).toBe('rejected');
    expect(smtp.attempts(payment.email)).toEqual([]);
    const { subscription, resumes_at } = pause.payload as { subscription: string; resumes_at: string };
    expect(stripe.effects.filter((effect) => effect.subscription === subscription)).toEqual([
      {
        subscription,
        idempotency_key: `execops-${pause.id}-v1`,
        form: { 'pause_collection[behavior]': 'keep_as_draft', 'pause_collection[resumes_at]': String(Date.parse(resumes_at) / 1_000) },
      },
    ]);
  });

  test('a pause whose answer is lost is repeated with the same key and has one effect', async () => {
    const { event_id } = await system.pending();
    const pause = await system.cardOf(event_id, 'api_call');
    stripe.next('drop_after_effect', 500);
    await system.approve(pause);
    await system.reached(pause, 'executed');
    const ours = ({ idempotency_key }: { idempotency_key: string }) => idempotency_key === `execops-${pause.id}-v1`;
    expect(stripe.calls.filter(ours).length, 'the first, the 500, and the one that was answered').toBe(3);
    expect(stripe.effects.filter(ours)).toHaveLength(1);
    expect(await executions(pause)).toMatchObject([{ status: 'succeeded', attempts: [{ status: 'unknown' }, { status: 'succeeded' }] }]);
  });
});

describe('an execution whose worker died', () => {
  /** What a worker leaves behind that dies in the middle of an attempt; nothing wakes the card's own workflow meanwhile. */
  async function interrupted(action_type: 'email' | 'api_call', { dispatched }: { dispatched: boolean }) {
    const { event_id } = await system.pending();
    const card = await system.cardOf(event_id, action_type);
    await approvedAndDue(system, card, event_id);
    const execution = await claim(system.db, system.org_id, card.id, card.version, card.connection);
    if (execution === null) throw new Error('nothing was claimed');
    if (dispatched) await noteDispatch(system.db, execution.id, execution.attempt ?? 0);
    return { card, execution };
  }

  async function resume({ id }: { id: string }, variables: Record<string, string>): Promise<void> {
    const { execute } = await realActivities(system.db, parseEnvironment(variables));
    await new MockActivityEnvironment().run(execute, { org_id: system.org_id, proposal_id: id });
  }
  const over_smtp = () => ({ SMTP_URL: smtp.url, MAIL_FROM: mail_from });
  const over_stripe = () => ({ STRIPE_API_KEY: 'sk_test_key', STRIPE_API_BASE: stripe.url });

  test('before the mail went out sends it now', async () => {
    const { card } = await interrupted('email', { dispatched: false });
    await resume(card, over_smtp());
    expect(smtp.mailsTo(recipientOf(card))).toHaveLength(1);
    expect(await executions(card)).toMatchObject([
      {
        status: 'succeeded',
        attempts: [
          { n: 1, status: 'failed' },
          { n: 2, status: 'succeeded' },
        ],
      },
    ]);
  });

  test('after the mail may have gone out does not send it again', async () => {
    const { card } = await interrupted('email', { dispatched: true });
    await resume(card, over_smtp());
    expect(smtp.attempts(recipientOf(card))).toEqual([]);
    expect(await executions(card)).toMatchObject([{ status: 'unknown', attempts: [{ n: 1, status: 'unknown' }] }]);
  });

  test('after a request to Stripe repeats it with the same key', async () => {
    const { card, execution } = await interrupted('api_call', { dispatched: true });
    await resume(card, over_stripe());
    expect(stripe.effects.filter(({ idempotency_key }) => idempotency_key === execution.idempotency_key)).toHaveLength(1);
    expect(await executions(card)).toMatchObject([
      {
        status: 'succeeded',
        attempts: [
          { n: 1, status: 'unknown' },
          { n: 2, status: 'succeeded' },
        ],
      },
    ]);
  });
});

describe('an execution into the outbox whose worker died', () => {
  let local: TestSystem;
  beforeAll(async () => {
    local = await testSystem();
  });
  afterAll(() => local.stop());

  test.each([
    ['after the file was written finds it there and writes no second', true, [{ n: 1, status: 'succeeded' }]],
    [
      'before the file was written writes it now',
      false,
      [
        { n: 1, status: 'failed' },
        { n: 2, status: 'succeeded' },
      ],
    ],
  ])('%s', async (_, written, attempts) => {
    const { card, event_id } = await local.pending();
    await approvedAndDue(local, card, event_id);
    const execution = await claim(local.db, local.org_id, card.id, 1, 'outbox:local');
    if (execution === null) return expect.unreachable('nothing was claimed');
    await noteDispatch(local.db, execution.id, execution.attempt ?? 0);
    if (written)
      await putInOutbox(`${local.data_dir}/outbox`, outboxFileOf(execution.idempotency_key), Buffer.from('what the dead worker wrote'));

    const { execute } = await realActivities(local.db, parseEnvironment({ DATA_DIR: local.data_dir }));
    await new MockActivityEnvironment().run(execute, { org_id: local.org_id, proposal_id: card.id });
    expect((await local.view(card.id)).status).toBe('executed');
    expect(await local.outboxOf(card.id)).toHaveLength(1);
    expect(await executionsOf(local.db, local.org_id, card.id)).toMatchObject([{ status: 'succeeded', attempts }]);
  });
});

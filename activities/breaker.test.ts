import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { failures_in_a_row_max } from '../domain/breaker.ts';
import { parseEnvironment } from '../domain/environment.ts';
import { NotNow, OutcomeUnknown, PermanentError, ProviderUnreachable, type ExecutionOrder, type Executor } from '../domain/executor.ts';
import type { ProposalView } from '../domain/wire/card.ts';
import { propose_draft_request } from '../domain/wire/draft.ts';
import { proposeDraft } from '../prisma/agent-drafts.ts';
import { noteDispatch } from '../prisma/attempts.ts';
import { noteAnswer, noteFailure, openBreakers } from '../prisma/breakers.ts';
import { claim } from '../prisma/executions.ts';
import { executionsOf } from '../prisma/receipts.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { slack_token, startSlack, type TestSlack } from '../scripts/testing/slack.ts';
import { realActivities } from '../scripts/testing/system.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { until } from '../scripts/testing/wait.ts';
import { passTo } from './breaker.ts';

let slack: TestSlack;
let system: TestSystem;
const variables = () => ({ SLACK_BOT_TOKEN: slack_token, SLACK_API_URL: slack.url });

beforeAll(async () => {
  slack = await startSlack();
  system = await testSystem(variables());
});
afterAll(async () => {
  await system.stop();
  await slack.close();
});
beforeEach(() => noteAnswer(system.db.sql, 'slack'));

async function open(): Promise<void> {
  for (let n = 0; n < failures_in_a_row_max; n += 1) await noteFailure(system.db.sql, 'slack', 'the connection was refused');
}

/** A person's own draft of a Slack message, with words that no other has. */
async function message(): Promise<ProposalView> {
  const words = `Please look at it, ${crypto.randomUUID()}`;
  const { proposal_id, event_id } = await proposeDraft(system.db, {
    org_id: system.org_id,
    actor: { type: 'user', id: system.ana.user_id },
    request: propose_draft_request.parse({
      vertical: 'release',
      action_type: 'slack_dm',
      urgency: 'high',
      reasoning: 'They shipped it.',
      payload: { to: 'U0ANA', text: words },
    }),
    connectionOf: () => 'slack:T0TEST',
  });
  system.dispatcher.started({ org_id: system.org_id, event_id });
  return system.view(proposal_id);
}
const said = (card: ProposalView) => slack.messages.filter(({ text }) => text === (card.payload as { text: string }).text);
const executions = ({ id }: { id: string }) => executionsOf(system.db, system.org_id, id);

describe('while a provider does not answer', () => {
  test('an approved action waits without an attempt, says since when, and runs once the provider is back', async () => {
    await open();
    const card = await message();
    await system.approve(card);
    await until('its turn has come', async () => (await system.view(card.id)).status === 'approved');
    const waiting = await system.view(card.id);
    expect(waiting.provider).toEqual({ name: 'Slack', state: 'down', since: expect.any(String) });
    await until('the worker has tried', async () => (await pendingActivities(card)).some(({ failure }) => failure === 'BreakerOpen'));
    expect(await executions(card)).toEqual([]);
    expect((await system.view(card.id)).status).toBe('approved');
    expect(said(card)).toEqual([]);

    await system.db.sql`update breakers set retry_at = now() - interval '1 second' where provider = 'slack'`;
    const done = await system.reached(card, 'executed', 30_000);
    expect(done.provider).toEqual({ name: 'Slack', state: 'ok', since: null });
    expect(said(card)).toHaveLength(1);
    expect(await executions(card)).toMatchObject([{ status: 'succeeded', attempts: [{ n: 1, status: 'succeeded' }] }]);
    expect((await openBreakers(system.db.sql)).size).toBe(0);
  });

  async function pendingActivities({ workflow_id }: ProposalView): Promise<{ failure: string | null | undefined }[]> {
    const { raw } = await system.client.workflow.getHandle(workflow_id).describe();
    return (raw.pendingActivities ?? []).map(({ lastFailure }) => ({ failure: lastFailure?.applicationFailureInfo?.type }));
  }
});

describe('what counts', () => {
  const order = {} as ExecutionOrder;
  const deps = () => ({ db: system.db, logger: pino({ level: 'silent' }) });
  const failing = (error: Error): Executor => ({
    repeat: 'look-before-write',
    connection: () => 'slack:T0TEST',
    describe: () => ({}),
    run: () => Promise.reject(error),
  });
  const failures = async () =>
    (await system.db.sql<{ failures: number }>`select failures from breakers where provider = 'slack'`)[0]?.failures ?? 0;

  async function call(error: Error): Promise<void> {
    const passage = await passTo(deps(), 'slack');
    await expect(passage.watch(failing(error)).run(order)).rejects.toBe(error);
    await passage.end();
  }

  test('is connections that failed, before and after the dispatch, and nothing that the provider answered', async () => {
    const unreachable = new ProviderUnreachable('x', 'the connection was lost');
    await call(unreachable);
    await call(new OutcomeUnknown('x', { cause: unreachable }));
    expect(await failures()).toBe(2);
    await call(new Error('Postgres is down'));
    expect(await failures(), 'an error of ours says nothing').toBe(2);
    for (const answer of [new PermanentError('no such channel'), new NotNow('429', 3), new OutcomeUnknown('502')]) {
      await call(unreachable);
      await call(answer);
      expect(await failures()).toBe(0);
    }
  });

  test('five in a row have everybody else wait, by a failure that names the time', async () => {
    await open();
    const refusal: unknown = await passTo(deps(), 'slack').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApplicationFailure);
    expect(refusal).toMatchObject({ type: 'BreakerOpen', nextRetryDelay: 10_000, nonRetryable: false });
    await expect(passTo(deps(), null)).resolves.toBeDefined();
  });

  test('a trial that never called makes room for the next', async () => {
    await open();
    await system.db.sql`update breakers set retry_at = now() - interval '1 second' where provider = 'slack'`;
    const trial = await passTo(deps(), 'slack');
    await expect(passTo(deps(), 'slack')).rejects.toThrow('BreakerOpen');
    await trial.end();
    await expect(passTo(deps(), 'slack')).resolves.toBeDefined();
  });
});

describe('an execution that may have had its effect', () => {
  /** What a worker leaves behind that dies after its message went out, or right before. */
  async function interrupted(): Promise<ProposalView> {
    const card = await message();
    await system.approve(card, { undo_seconds: 600 });
    await until(
      'its wake-up is sent',
      async () => (await system.db.sql`select 1 from wakeups where workflow_id = ${card.workflow_id}`).length === 0,
    );
    await system.client.workflow.getHandle(card.workflow_id).terminate('its worker died');
    await asOwner(system.database.url, 'update proposals set executes_at = now() where id = $1', [card.id]);
    const execution = await claim(system.db, system.org_id, card.id, card.version, card.connection);
    if (execution === null) throw new Error('nothing was claimed');
    await noteDispatch(system.db, execution.id, execution.attempt ?? 0);
    return card;
  }

  async function resume({ id }: { id: string }): Promise<void> {
    const { execute } = await realActivities(system.db, parseEnvironment(variables()));
    await new MockActivityEnvironment().run(execute, { org_id: system.org_id, proposal_id: id });
  }

  async function sentBefore(card: ProposalView): Promise<void> {
    const { text } = card.payload as { text: string };
    slack.messages.push({
      channel: 'DU0ANA',
      text,
      ts: (Date.now() / 1_000).toFixed(6),
      metadata: { event_type: 'execops_action', event_payload: { key: `execops-${card.id}-v1` } },
      form: {},
      updates: 0,
    });
  }

  test('is found by its marker, and has no second', async () => {
    const card = await interrupted();
    await sentBefore(card);
    await resume(card);
    expect(said(card)).toHaveLength(1);
    expect(await executions(card)).toMatchObject([{ status: 'succeeded', attempts: [{ n: 1, status: 'succeeded' }] }]);
  });

  test('that is not there is done now, once', async () => {
    const card = await interrupted();
    await resume(card);
    expect(said(card)).toHaveLength(1);
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

  test('that may not be looked for is a person’s to settle, at once', async () => {
    const card = await interrupted();
    slack.missing_scopes.add('im:history');
    await resume(card);
    slack.missing_scopes.clear();
    expect(said(card)).toEqual([]);
    expect((await system.view(card.id)).status).toBe('unknown');
    expect((await executions(card))[0]?.error).toContain('im:history');
  });

  test('that a provider cannot tell of is looked for again for a minute, and then is a person’s to settle', async () => {
    const card = await interrupted();
    const garbled = { status: 200, body: { ok: true } };
    slack.next('/conversations.history', garbled);
    await expect(resume(card)).rejects.toThrow();
    expect((await system.view(card.id)).status).toBe('approved');
    await asOwner(system.database.url, "update attempts set dispatched_at = now() - interval '61 seconds'");
    slack.next('/conversations.history', garbled);
    await resume(card);
    expect(said(card)).toEqual([]);
    expect((await system.view(card.id)).status).toBe('unknown');
    expect((await executions(card))[0]?.error).toContain('what became of it could not be read');
  });

  test('waits as long as the provider says before it looks again', async () => {
    const card = await interrupted();
    slack.next('/conversations.history', { status: 429, headers: { 'retry-after': '42' } });
    await expect(resume(card)).rejects.toMatchObject({ type: 'NotNow', nextRetryDelay: 42_000 });
    expect(said(card)).toEqual([]);
    await resume(card);
    expect(said(card)).toHaveLength(1);
  });
});

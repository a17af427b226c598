/** Against Stripe's own OpenAPI: stripe-mock refuses a request that the real API would not understand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { PermanentError, type ExecutionOrder } from '../../domain/executor.ts';
import { whenMissing } from '../../scripts/testing/missing.ts';
import { createStripeClient } from './client.ts';
import { connectionOf, createPauseCollection, createResumeCollection, type StripeAccount } from './outbound.ts';
import { createStripeReader } from './reads.ts';

const places = [
  process.env.STRIPE_MOCK,
  ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'stripe-mock')),
  join(homedir(), 'go/bin/stripe-mock'),
];
const binary =
  places.find((path) => path !== undefined && existsSync(path)) ??
  whenMissing('Tests against stripe-mock', 'it was not found; go install github.com/stripe/stripe-mock@v0.203.0');

let mock: ChildProcess | undefined;
let account: StripeAccount;

beforeAll(async () => {
  if (binary === undefined) return;
  mock = spawn(binary, ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    mock?.once('exit', () => reject(new Error(`stripe-mock ended: ${said}`)));
    mock?.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /Listening for HTTP at address: (\S+)\s/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  account = { stripe: createStripeClient({ api_key: 'sk_test_123', api_base: `http://${address}` }), connection: 'stripe:test' };
});
afterAll(() => mock?.kill());

function order(action: Action): ExecutionOrder {
  return {
    action,
    idempotency_key: 'key-1',
    proposal_id: 'p',
    first_attempt_at: new Date(),
    dispatching: async () => undefined,
    signal: AbortSignal.timeout(10_000),
  };
}

describe.skipIf(binary === undefined)('Stripe’s OpenAPI', () => {
  test('understands a pause and a resumption', async () => {
    const pause: Action = {
      action_type: 'api_call',
      operation: 'stripe.pause_collection',
      payload: { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-11-27T13:00:00.000Z' },
    };
    const resume: Action = { action_type: 'api_call', operation: 'stripe.resume_collection', payload: { subscription: 'sub_1' } };
    expect(await createPauseCollection(account).run(order(pause))).toMatchObject({ subscription: 'sub_1' });
    expect(await createResumeCollection(account).run(order(resume))).toMatchObject({ subscription: 'sub_1' });
  });

  test('refuses what it does not know, for good', async () => {
    const wrong = {
      action_type: 'api_call',
      operation: 'stripe.pause_collection',
      payload: { subscription: 'sub_1', behavior: 'forget' as 'keep_as_draft', resumes_at: '2026-11-27T13:00:00.000Z' },
    } satisfies Action;
    await expect(createPauseCollection(account).run(order(wrong))).rejects.toThrow(PermanentError);
  });

  test('answers every read of a draft', async () => {
    const { objects, unreadable } = await createStripeReader(account.stripe)({
      customer: 'cus_1',
      invoice: 'in_1',
      payment_intent: 'pi_1',
    });
    expect(unreadable).toBeNull();
    expect(new Set(objects.map(({ kind }) => kind))).toEqual(
      new Set(['customer', 'subscription', 'invoice', 'invoice_payment', 'payment_intent']),
    );
    expect(await connectionOf(account.stripe, 'sk_test_123')).toMatch(/^stripe:acct_/);
  });
});

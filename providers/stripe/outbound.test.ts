import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { OutcomeUnknown, PermanentError, type ExecutionOrder } from '../../domain/executor.ts';
import { createStripeClient } from './client.ts';
import { connectionOf, createPauseCollection, createResumeCollection } from './outbound.ts';
import { createStripeReader } from './reads.ts';
import { stripeCustomer, stripeInvoice, stripeSubscription } from './testing.ts';

interface Seen {
  method: string | undefined;
  path: string | undefined;
  key: string | undefined;
  form: string;
}

let server: Server;
let requests: Seen[];
let answer: (request: Seen, response: ServerResponse, raw: IncomingMessage) => void;
let api_base: string;

const pause: Action = {
  action_type: 'api_call',
  operation: 'stripe.pause_collection',
  payload: { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-11-27T13:00:00.000Z' },
};
const resume: Action = { action_type: 'api_call', operation: 'stripe.resume_collection', payload: { subscription: 'sub_1' } };
const resumes_at = Date.parse('2026-11-27T13:00:00Z') / 1000;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString()));
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      const seen = {
        method: request.method,
        path: request.url,
        key: typeof key === 'string' ? key : undefined,
        form: decodeURIComponent(form),
      };
      requests.push(seen);
      answer(seen, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api_base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const reply = (status: number, body: object) => (_seen: Seen, response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const refuse = (status: number, code: string) =>
  reply(status, { error: { type: 'invalid_request_error', code, message: 'No such thing' } });
const paused = stripeSubscription('new', 'sub_1', 'cus_1', { pause_collection: { behavior: 'keep_as_draft', resumes_at } });

function account(base = api_base) {
  return { stripe: createStripeClient({ api_key: 'sk_test_123', api_base: base }), connection: 'stripe:acct_1' };
}

function order(action: Action, more: Partial<ExecutionOrder> = {}): ExecutionOrder {
  return {
    action,
    idempotency_key: 'key-1',
    proposal_id: 'p',
    first_attempt_at: new Date(),
    dispatching: async () => undefined,
    signal: new AbortController().signal,
    ...more,
  };
}

const hours_ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);

describe('pausing collection', () => {
  test('sends exactly what was approved, once, with the execution’s key', async () => {
    answer = reply(200, paused);
    const dispatched: number[] = [];
    const result = await createPauseCollection(account()).run(
      order(pause, { dispatching: async () => void dispatched.push(requests.length) }),
    );
    expect(requests).toEqual([
      {
        method: 'POST',
        path: '/v1/subscriptions/sub_1',
        key: 'key-1',
        form: `pause_collection[behavior]=keep_as_draft&pause_collection[resumes_at]=${resumes_at}`,
      },
    ]);
    expect(dispatched).toEqual([0]);
    expect(result).toEqual({
      subscription: 'sub_1',
      status: 'active',
      pause_collection: { behavior: 'keep_as_draft', resumes_at: '2026-11-27T13:00:00.000Z' },
    });
  });

  test('is described as the request it is, without the key to the account', () => {
    const description = createPauseCollection(account()).describe(pause, 'key-1');
    expect(description).toEqual({
      method: 'POST',
      path: '/v1/subscriptions/sub_1',
      headers: { 'Idempotency-Key': 'key-1' },
      form: { pause_collection: { behavior: 'keep_as_draft', resumes_at } },
    });
    expect(JSON.stringify(description)).not.toContain('sk_test');
  });

  test.each([400, 401, 402, 403, 404])('is refused for good by a %i', async (status) => {
    answer = refuse(status, 'resource_missing');
    await expect(createPauseCollection(account()).run(order(pause))).rejects.toThrow(PermanentError);
  });

  test.each([409, 429, 500, 503])('is refused for now by a %i', async (status) => {
    answer = refuse(status, 'lock_timeout');
    const failure = await createPauseCollection(account())
      .run(order(pause))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(PermanentError);
    expect(failure).not.toBeInstanceOf(OutcomeUnknown);
    expect(requests).toHaveLength(1);
  });

  test('whose answer is lost can be repeated while the key is good', async () => {
    answer = (_seen, _response, raw) => void raw.socket.destroy();
    const failure = await createPauseCollection(account())
      .run(order(pause))
      .catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(OutcomeUnknown);
    expect(new Set(requests.map(({ key }) => key))).toEqual(new Set(['key-1']));
  });

  test('looks first once the key is too old: what is done is not done again', async () => {
    answer = reply(200, paused);
    await createPauseCollection(account()).run(order(pause, { first_attempt_at: hours_ago(23.1) }));
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('whose answer is lost after that is unknown', async () => {
    answer = (seen, response, raw) =>
      seen.method === 'GET' ? reply(200, stripeSubscription('new', 'sub_1', 'cus_1'))(seen, response) : void raw.socket.destroy();
    await expect(createPauseCollection(account()).run(order(pause, { first_attempt_at: hours_ago(24) }))).rejects.toThrow(OutcomeUnknown);
  });

  test('with nobody listening is surely not done', async () => {
    const failure = await createPauseCollection(account('http://127.0.0.1:1'))
      .run(order(pause))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(OutcomeUnknown);
  });

  test('is given up on when its time is up', async () => {
    answer = () => undefined;
    await expect(createPauseCollection(account()).run(order(pause, { signal: AbortSignal.timeout(50) }))).rejects.toThrow(
      'Stripe did not answer',
    );
  });

  test('can be looked up: done exactly so, or not', async () => {
    const executor = createPauseCollection(account());
    answer = reply(200, paused);
    expect(await executor.lookUp?.(order(pause))).toMatchObject({ subscription: 'sub_1' });
    answer = reply(200, stripeSubscription('new', 'sub_1', 'cus_1', { pause_collection: { behavior: 'void', resumes_at } }));
    expect(await executor.lookUp?.(order(pause))).toBeNull();
  });
});

test('resuming collection clears the pause', async () => {
  answer = reply(200, stripeSubscription('new', 'sub_1', 'cus_1'));
  const executor = createResumeCollection(account());
  expect(await executor.run(order(resume))).toEqual({ subscription: 'sub_1', status: 'active', pause_collection: null });
  expect(requests[0]).toMatchObject({ form: 'pause_collection=' });
  expect(await executor.lookUp?.(order(resume))).toMatchObject({ subscription: 'sub_1' });
  await expect(executor.run(order(pause))).rejects.toThrow(PermanentError);
});

test('without a key nothing is connected', async () => {
  const executor = createPauseCollection(null);
  expect(executor.connection()).toBeNull();
  await expect(executor.run(order(pause))).rejects.toThrow(PermanentError);
});

test('the connection is the account, or the key’s mode when the key may not tell', async () => {
  answer = reply(200, { id: 'acct_7', object: 'account' });
  expect(await connectionOf(account().stripe, 'sk_live_x')).toBe('stripe:acct_7');
  answer = refuse(403, 'forbidden');
  expect(await connectionOf(account().stripe, 'rk_live_x')).toBe('stripe:live');
  expect(await connectionOf(account().stripe, 'sk_test_x')).toBe('stripe:test');
});

describe('reading for a draft', () => {
  test('gives the customer, its subscriptions, its invoices and the payment’s invoice', async () => {
    const link = { id: 'inpay_1', object: 'invoice_payment', invoice: 'in_1', payment: { type: 'payment_intent', payment_intent: 'pi_1' } };
    const bodies: Record<string, object> = {
      '/v1/customers/cus_1': stripeCustomer('cus_1'),
      '/v1/subscriptions': { object: 'list', data: [stripeSubscription('new', 'sub_1', 'cus_1')], has_more: false },
      '/v1/invoices': { object: 'list', data: [stripeInvoice('new', 'in_0', 'cus_1')], has_more: false },
      '/v1/invoices/in_1': stripeInvoice('new', 'in_1', 'cus_1'),
      '/v1/invoice_payments': { object: 'list', data: [link], has_more: false },
      '/v1/payment_intents/pi_1': { id: 'pi_1', object: 'payment_intent', status: 'succeeded' },
    };
    answer = (seen, response) => reply(200, bodies[seen.path?.split('?')[0] ?? ''] ?? {})(seen, response);
    const { objects, unreadable } = await createStripeReader(account().stripe)({
      customer: 'cus_1',
      invoice: 'in_1',
      payment_intent: 'pi_1',
    });
    expect(unreadable).toBeNull();
    expect(objects.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([
      'customer cus_1',
      'invoice in_0',
      'invoice in_1',
      'invoice_payment pi_1',
      'payment_intent pi_1',
      'subscription sub_1',
    ]);
    expect(objects.find(({ kind }) => kind === 'customer')?.data).toEqual(stripeCustomer('cus_1'));
  });

  test('gives up in time, and says so', async () => {
    answer = () => undefined;
    const started = performance.now();
    expect(await createStripeReader(account().stripe, 150)({ customer: 'cus_1', invoice: null, payment_intent: null })).toEqual({
      objects: [],
      unreadable: 'it did not answer in time',
    });
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  test('says what stood in its way', async () => {
    const read = () => createStripeReader(account().stripe)({ customer: 'cus_1', invoice: null, payment_intent: null });
    answer = refuse(401, 'api_key_expired');
    expect((await read()).unreadable).toBe('it refused the API key');
    answer = refuse(500, 'api_error');
    expect((await read()).unreadable).toBe('it answered 500');
    answer = refuse(404, 'resource_missing');
    expect(await read()).toEqual({ objects: [], unreadable: null });
    answer = (_seen, _response, raw) => void raw.socket.destroy();
    expect((await read()).unreadable).toBe('it could not be reached');
  });
});

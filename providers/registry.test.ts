import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { createExecutors } from './registry.ts';

const nothing = {
  SMTP_URL: undefined,
  MAIL_FROM: undefined,
  DATA_DIR: './data',
  STRIPE_API_KEY: undefined,
  STRIPE_API_BASE: undefined,
  OPENAI_API_KEY: undefined,
  OPENAI_BASE_URL: undefined,
  OPENAI_MODEL: 'gpt-test',
};

test('with nothing configured mail goes into the outbox and the rest says that it is not connected', async () => {
  const { executorFor, connected, connections, stripe } = await createExecutors(nothing);
  expect(executorFor('email', null)?.connection()).toBe('outbox:local');
  expect(executorFor('api_call', 'stripe.pause_collection')?.connection()).toBeNull();
  expect(executorFor('slack_dm', null)).toBeNull();
  expect(executorFor('api_call', 'stripe.refund')).toBeNull();
  expect(executorFor('api_call', 'toString')).toBeNull();
  expect(executorFor('api_call', null)).toBeNull();
  expect([connected('stripe.pause_collection'), connected('stripe.refund'), stripe]).toEqual([false, false, null]);
  expect(connections().map((connection) => [connection.name, connection.connected])).toEqual([
    ['Email', false],
    ['Stripe', false],
    ['Language model', false],
  ]);
});

test('each variable switches one real part on, and no secret is told', async () => {
  const account = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"acct_7","object":"account"}'),
  );
  await new Promise<void>((resolve) => account.listen(0, '127.0.0.1', resolve));
  try {
    const { executorFor, connected, connections, stripe } = await createExecutors({
      ...nothing,
      SMTP_URL: 'smtps://ops%40example.com:pa55@mail.example.com',
      STRIPE_API_KEY: 'sk_live_secret',
      STRIPE_API_BASE: `http://127.0.0.1:${(account.address() as AddressInfo).port}`,
      OPENAI_API_KEY: 'sk-secret',
    });
    expect(executorFor('email', null)?.connection()).toBe('smtp:ops@example.com');
    expect(executorFor('api_call', 'stripe.resume_collection')?.connection()).toBe('stripe:acct_7');
    expect(connected('stripe.pause_collection')).toBe(true);
    expect(stripe).not.toBeNull();
    expect(connections().every((connection) => connection.connected)).toBe(true);
    expect(JSON.stringify(connections())).not.toMatch(/secret|pa55/);
  } finally {
    account.closeAllConnections();
    account.close();
  }
});

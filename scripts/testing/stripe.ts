/** A small stand-in for Stripe's API: it knows subscriptions, honours idempotency keys, and can be told to fail. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StripeCall {
  subscription: string;
  idempotency_key: string;
  form: { [name: string]: string };
}

export interface TestStripe {
  url: string;
  /** Changes that had their effect, oldest first: a repeat with a known key has none. */
  effects: StripeCall[];
  /** Every request to change something. */
  calls: StripeCall[];
  /** The next changes are answered with this status, or done and then left without an answer. */
  next(...behaviours: (number | 'drop_after_effect')[]): void;
  close(): Promise<void>;
}

export async function startStripe(): Promise<TestStripe> {
  const calls: StripeCall[] = [];
  const effects = new Map<string, StripeCall>();
  const queue: (number | 'drop_after_effect')[] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://stripe').pathname;
    const send = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path === '/v1/account') return send(200, { id: 'acct_test', object: 'account' });
    if (request.method === 'GET' && /^\/v1\/(subscriptions|invoices)$/.test(path))
      return send(200, { object: 'list', data: [], has_more: false, url: path });
    const [, subscription] = /^\/v1\/subscriptions\/(\w+)$/.exec(path) ?? [];
    if (request.method !== 'POST' || subscription === undefined)
      return send(404, { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object' } });

    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
    const call = { subscription, idempotency_key: String(request.headers['idempotency-key']), form };
    calls.push(call);
    const behaviour = queue.shift();
    if (typeof behaviour === 'number') return send(behaviour, { error: { type: 'api_error', message: 'as the test wishes' } });
    if (!effects.has(call.idempotency_key)) effects.set(call.idempotency_key, call);
    if (behaviour === 'drop_after_effect') return void request.socket.destroy();
    const resumes_at = Number(form['pause_collection[resumes_at]']);
    send(200, {
      id: subscription,
      object: 'subscription',
      status: 'active',
      pause_collection: { behavior: form['pause_collection[behavior]'], resumes_at },
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get effects() {
      return [...effects.values()];
    },
    next: (...behaviours) => void queue.push(...behaviours),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

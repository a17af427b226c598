import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseEnvironment } from '../domain/environment.ts';
import { freePort } from '../scripts/ports.ts';
import { startSmtp, type TestSmtp } from '../scripts/testing/smtp.ts';
import { trialsOf } from './trials.ts';

/** Answers by the path's last part, whatever is asked. */
const answers: { [name: string]: [number, object] } = {
  balance: [200, { object: 'balance' }],
  rate_limit: [401, { message: 'Bad credentials' }],
  me: [403, {}],
  details: [500, {}],
  'auth.test': [200, { ok: false, error: 'invalid_auth' }],
};
let server: Server;
let url: string;
let smtp: TestSmtp;
const asked: { path: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  smtp = await startSmtp();
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const [status, body] = answers[path.split('/').at(-1) ?? ''] ?? [404, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await smtp.close();
});

test('each connected provider is asked one thing that changes nothing, and says what it answers', async () => {
  const trials = trialsOf(
    parseEnvironment({
      STRIPE_API_KEY: 'sk_test_1',
      STRIPE_API_BASE: url,
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_API_URL: url,
      GITHUB_TOKEN: 'ghp_1',
      GITHUB_API_URL: url,
      INTERCOM_TOKEN: 'int_1',
      INTERCOM_API_URL: url,
      HUBSPOT_TOKEN: 'hub_1',
      HUBSPOT_API_URL: url,
      SMTP_URL: smtp.url,
      MAIL_FROM: 'ops@example.com',
    }),
  );
  expect([...trials.keys()]).toEqual(['Email', 'Stripe', 'Slack', 'GitHub', 'Intercom', 'HubSpot']);
  const { host } = new URL(url);
  expect(await trials.get('Email')?.()).toEqual({ ok: true, detail: '127.0.0.1 takes mail from us.' });
  expect(await trials.get('Stripe')?.()).toEqual({ ok: true, detail: `${host} answers, and knows the token.` });
  expect(await trials.get('Slack')?.()).toEqual({ ok: false, detail: `${host} refuses: invalid_auth.` });
  expect(await trials.get('GitHub')?.()).toEqual({ ok: false, detail: `${host} does not know the token. Make a new one.` });
  expect(await trials.get('Intercom')?.()).toEqual({ ok: false, detail: `${host} knows the token and lets it do too little.` });
  expect(await trials.get('HubSpot')?.()).toEqual({ ok: false, detail: `${host} answers 500 to a simple read.` });
  expect(asked[0]).toEqual({ path: '/v1/balance', authorization: 'Bearer sk_test_1' });
});

test('what is not configured has nothing to ask, and what does not answer says so', async () => {
  expect(trialsOf(parseEnvironment({})).size).toBe(0);
  const nowhere = `127.0.0.1:${await freePort()}`;
  const trials = trialsOf(parseEnvironment({ GITHUB_TOKEN: 'ghp_1', GITHUB_API_URL: `http://${nowhere}`, SMTP_URL: `smtp://${nowhere}` }));
  expect(await trials.get('GitHub')?.()).toEqual({ ok: false, detail: `${nowhere} could not be reached: the connection was refused.` });
  expect(await trials.get('Email')?.()).toMatchObject({ ok: false, detail: expect.stringContaining('127.0.0.1 could not be used') });
});

/** What the processes write down while people and machines say all kinds of things to them: ids, and nothing of what was said. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { signStripe } from '../../providers/stripe/inbound.ts';
import { stripeEvent } from '../../api/testing.ts';
import { startInstance, test_owner, type Instance } from '../testing/instance.ts';
import { until } from '../testing/wait.ts';

const said = {
  stripe_secret: 'whsec_spoken_of_nowhere',
  slack_secret: 'slack-signing-spoken-of-nowhere',
  recipient: 'bettina.recipient@example.com',
  invited: 'carla.invited@example.com',
  customer: 'Daria Customername',
  subject: 'A subject that only she may read',
  body: 'A body that only she may read, about her kidney',
  feedback: 'A reason that names Emil',
  guess: 'a guessed passphrase of somebody',
  key_name: 'Key of the secret project Falcon',
  query: 'token-in-the-query-string',
};

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    env: { LOG_LEVEL: 'trace', STRIPE_WEBHOOK_SECRET: said.stripe_secret, SLACK_SIGNING_SECRET: said.slack_secret },
  });
}, 200_000);
afterAll(() => instance?.stop());

test('a whole story with bad input leaves no secret, address, subject or body in any log', { timeout: 120_000 }, async () => {
  const { url } = instance;
  const secrets: string[] = Object.values({ ...said, ...test_owner });
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', origin: url, ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });

  expect((await call('POST', '/api/auth/sign-in/email', { email: test_owner.email, password: said.guess })).status).toBe(401);
  const signed = await call('POST', '/api/auth/sign-in/email', test_owner);
  const cookie = signed.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  secrets.push(cookie.split('=')[1] ?? cookie);
  const me = { cookie };
  const { key } = (await (await call('POST', '/api/keys', { name: said.key_name, kind: 'agent' }, me)).json()) as { key: string };
  secrets.push(key);
  const draft = { vertical: 'money', action_type: 'email', urgency: 'high', reasoning: `${said.customer} waits.` };
  const payload = { to: said.recipient, subject: said.subject, body: said.body };
  const answer = await call('POST', '/ai/propose', { ...draft, payload }, { authorization: `Bearer ${key}` });
  const { proposal_id, payload_hash } = (await answer.json()) as { proposal_id: string; payload_hash: string };

  // What does not fit is said back to the caller, and to nobody else.
  await call('POST', '/ai/propose', { ...draft, urgency: said.body, payload }, me);
  await call('POST', '/ai/propose', `{"payload":{"to":"${said.recipient}","subject":"${said.subject}`, me);
  await call('POST', '/ai/decide', { proposal_id, payload_hash: said.body, decision: said.subject, feedback: said.feedback }, me);
  await call('POST', '/api/context', { customers: [{ name: said.customer, email: said.recipient, mrr_cents: said.body }] }, me);
  await call('POST', '/api/invitations', { email: said.invited, role: 'viewer' }, me);
  await call('POST', '/api/invitations', { email: said.invited, role: said.subject }, me);
  await call('GET', `/api/inbox?q=${encodeURIComponent(said.customer)}&token=${said.query}`, undefined, me);
  await call('GET', `/sign-in/link?token=${said.query}`);
  await call('GET', `/inbox?q=${encodeURIComponent(said.customer)}`, undefined, me);
  await call('GET', '/api/inbox', undefined, { authorization: `Bearer eo_agent_${said.query}` });
  secrets.push(`eo_agent_${said.query}`);
  await call('POST', '/api/auth/sign-in/link', { token: said.query });
  const webhook = JSON.stringify(
    stripeEvent({
      data: { object: { id: 'in_9', object: 'invoice', customer: 'cus_9', customer_name: said.customer, customer_email: said.recipient } },
    }),
  );
  await call('POST', '/ingest/stripe', webhook, { 'stripe-signature': signStripe(webhook, said.query, new Date()) });
  await call('POST', '/ingest/stripe', webhook, { 'stripe-signature': signStripe(webhook, said.stripe_secret, new Date()) });
  await call('POST', '/ingest/stripe', `{"customer_name":"${said.customer}`, {
    'stripe-signature': signStripe(`{"customer_name":"${said.customer}`, said.stripe_secret, new Date()),
  });

  expect((await call('POST', '/ai/decide', { proposal_id, payload_hash, decision: 'approve', feedback: said.feedback }, me)).status).toBe(
    200,
  );
  await until(
    'it is executed',
    async () => (await instance.db.sql`select 1 from proposals where id = ${proposal_id} and status = 'executed'`).length === 1,
    60_000,
  );
  await call('POST', '/api/auth/sign-out', undefined, me);

  const lines = instance.logs.map(({ process, text }) => `${process}: ${text}`);
  expect(
    lines.some((line) => line.includes(proposal_id)),
    'the story is told, by its ids',
  ).toBe(true);
  const leaks = lines.flatMap((line) =>
    secrets.filter((secret) => line.includes(secret)).map((secret) => `${secret} in ${line.slice(0, 300)}`),
  );
  expect(leaks).toEqual([]);
});

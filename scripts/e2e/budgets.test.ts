import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { sources } from '../../api/testing-sources.ts';
import { signStripe } from '../../providers/stripe/inbound.ts';
import { startModel, type TestModel } from '../../providers/openai/testing.ts';
import { member } from '../testing/cards.ts';
import { startInstance, type Instance } from '../testing/instance.ts';
import { payment } from '../testing/payments.ts';
import { until } from '../testing/wait.ts';

/** How long each provider waits for an answer before it gives up, and the default of the others. */
const budget_ms: Record<string, number> = { sentry: 1_000, slack: 3_000, hubspot: 5_000, github: 10_000 };
const budget_ms_default = 5_000;
const deliveries_each = 20;
const hanging_drafts = 5;

let model: TestModel;
let instance: Instance;
beforeAll(async () => {
  model = await startModel('hang');
  const secrets = Object.assign({}, ...sources.map(({ env }) => env));
  instance = await startInstance({
    env: { ...secrets, OPENAI_BASE_URL: model.url, FEATURE_GITHUB: '1', FEATURE_SENTRY: '1', LOG_LEVEL: 'warn' },
  });
  const ana = await member(instance.db, instance.org_id);
  for (let n = 0; n < hanging_drafts; n += 1) {
    const failed = JSON.stringify((await payment(instance.db, ana)).failed());
    const signature = signStripe(failed, secrets.STRIPE_WEBHOOK_SECRET, new Date());
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    expect((await fetch(`${instance.url}/ingest/stripe`, { method: 'POST', headers, body: failed })).status).toBe(202);
  }
  await until('the model is asked and does not answer', () => model.asked.length >= hanging_drafts);
}, 180_000);
afterAll(async () => {
  await instance?.stop();
  model?.close();
});

test('every provider is answered within half of what it waits, while the model hangs on earlier events', { timeout: 120_000 }, async () => {
  for (const { source, env, sign, body, media_type = 'application/json' } of sources) {
    const url = `${instance.url}/ingest/${source}`;
    const secret = Object.values(env)[0] ?? '';
    const taken_ms = await Promise.all(
      Array.from({ length: deliveries_each }, async () => {
        const text = body(randomUUID());
        const started = performance.now();
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': media_type, ...sign(text, secret, new Date(), url) },
          body: text,
        });
        expect(`${source} ${answer.status}`).toBe(`${source} 202`);
        return performance.now() - started;
      }),
    );
    expect(
      `${source}: ${Math.max(...taken_ms) < (budget_ms[source] ?? budget_ms_default) / 2 ? 'in time' : `${Math.max(...taken_ms)} ms`}`,
    ).toBe(`${source}: in time`);
  }
});

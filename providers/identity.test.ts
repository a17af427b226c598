import { expect, test } from 'vitest';

import { PermanentError } from '../domain/executor.ts';
import { identify } from './identity.ts';

test('who we are is what the provider says', async () => {
  const identity = await identify(async () => 'slack:T1', 'slack:unread');
  expect([identity.connection(), identity.detail()]).toEqual(['slack:T1', 'T1']);
});

test('a refused token is no connection, and says why', async () => {
  const identity = await identify(() => Promise.reject(new PermanentError('Slack refused it (invalid_auth).')), 'slack:unread');
  expect([identity.connection(), identity.detail()]).toEqual([null, 'Slack refused it (invalid_auth).']);
});

test('a provider that is silent holds up no start, and is known by what it is called until it answers', async () => {
  const answer = Promise.withResolvers<string>();
  const started = performance.now();
  const identity = await identify(() => answer.promise, 'slack:unread');
  expect(performance.now() - started).toBeLessThan(4_000);
  expect(identity.connection()).toBe('slack:unread');
  answer.resolve('slack:T1');
  await answer.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(identity.connection()).toBe('slack:T1');
});

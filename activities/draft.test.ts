import { afterAll, beforeAll, expect, test } from 'vitest';

import { enableProcedure } from '../prisma/learning.ts';
import { decide } from '../prisma/decide.ts';
import { readEvent } from '../prisma/events.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { until } from '../scripts/testing/wait.ts';

const rejections = 10;

let system: TestSystem;
beforeAll(async () => {
  system = await testSystem();
});
afterAll(() => system.stop());

/** What came of an event: its status and the reason. */
async function outcomeOf(event_id: string) {
  const { status, reason } = await until('the event is settled', async () => {
    const event = await readEvent(system.db, system.org_id, event_id);
    return event.status !== 'received' && event;
  });
  return { status, reason };
}

test('ten rejected emails of Money are the last ones, until an owner switches them on again', { timeout: 60_000 }, async () => {
  for (let n = 0; n < rejections; n += 1) {
    const { card } = await system.pending();
    const { id: proposal_id, payload_hash } = card;
    await decide(system.db, system.ana, { proposal_id, decision: 'reject', payload_hash, feedback: 'not like this' }, { via: 'web' });
  }
  const failed = async () => system.deliver((await system.payment()).failed());
  expect(await outcomeOf(await failed())).toEqual({ status: 'ignored', reason: 'email is switched off: people wanted 0 of 10' });

  await enableProcedure(system.db, system.ana, { vertical: 'money', action_type: 'email' });
  expect((await outcomeOf(await failed())).status).toBe('processed');
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { freePort } from '../../scripts/ports.ts';
import { hubspot_token, startHubspot, type TestHubspot } from '../../scripts/testing/hubspot.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { createHubspotClient } from './client.ts';
import { hubspotExecutors, hubspotIdentity } from './outbound.ts';

/** Long enough for a busy machine, short enough to wait for in the tests that hang. */
const ms_max = 1_500;
let peer: TestHubspot;

beforeAll(async () => {
  peer = await startHubspot();
});
afterAll(() => peer.close());
beforeEach(() => {
  peer.tasks.length = peer.requests.length = 0;
});

const task: Action = {
  action_type: 'api_call',
  operation: 'hubspot.create_task',
  payload: {
    subject: 'Call Ana',
    body: 'About <the> renewal\nand the card',
    due_at: '2026-12-01T09:00:00Z',
    owner_id: '77',
    contact_id: '88',
  },
};
const client = (api_url = peer.url, token = hubspot_token) => createHubspotClient({ token, api_url, ms_max });

async function executor(hubspot = client()) {
  return hubspotExecutors({ hubspot, identity: await hubspotIdentity(hubspot) })['hubspot.create_task'];
}
const a_minute_ago = () => new Date(Date.now() - 61_000);

describe('a HubSpot task', () => {
  test('is made once, as it was approved, for the contact', async () => {
    const create = await executor();
    expect(await create.run(orderOf(task))).toEqual({ task: '500' });
    expect(peer.tasks).toMatchObject([
      {
        properties: {
          hs_timestamp: '2026-12-01T09:00:00Z',
          hs_task_subject: 'Call Ana',
          hs_task_body: `About &lt;the&gt; renewal<br>and the card<br><br>(${test_key})`,
          hs_task_status: 'NOT_STARTED',
          hs_task_type: 'TODO',
          hubspot_owner_id: '77',
        },
        associations: [{ to: { id: '88' }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 204 }] }],
      },
    ]);
    expect(create.describe(task, test_key)).toMatchObject({ method: 'POST', path: '/crm/v3/objects/tasks' });
    expect(JSON.stringify(create.describe(task, test_key))).not.toContain(hubspot_token);
  });

  test('for nobody in particular names nobody', async () => {
    await (await executor()).run(orderOf({ ...task, payload: { ...task.payload, owner_id: null, contact_id: null } } as Action));
    expect(peer.tasks[0]?.properties).not.toHaveProperty('hubspot_owner_id');
    expect(peer.tasks[0]?.associations).toEqual([]);
  });

  test.each(['hang', 'drop', 'drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const)(
    'whose answer is lost (%s) is unknown, and found by its key',
    async (fault) => {
      const create = await executor();
      peer.next('/tasks', fault);
      expect(await failureOf(create.run(orderOf(task)))).toMatchObject({ kind: 'unknown' });
      const look = (dispatched_at: Date) => create.lookUp?.({ ...orderOf(task), dispatched_at }) ?? Promise.resolve(null);
      if (fault === 'hang' || fault === 'drop') {
        expect(await failureOf(look(new Date())), 'its search lags behind').toMatchObject({ kind: 'not_now', retry_after_seconds: 30 });
        expect(await failureOf(look(a_minute_ago())), 'so it proves nothing').toMatchObject({ kind: 'unknown' });
      } else expect(await look(new Date())).toEqual({ task: '500' });
      expect(peer.tasks.length).toBeLessThanOrEqual(1);
    },
  );

  test('is found behind hundreds of newer ones', async () => {
    const create = await executor();
    await create.run(orderOf(task));
    for (let n = 0; n < 250; n += 1)
      peer.tasks.push({ id: `x${n}`, created_at: Date.now() + n, properties: { hs_task_body: 'other' }, associations: [] });
    expect(await create.lookUp?.(orderOf(task))).toEqual({ task: '500' });
  });

  test.each([
    [{ status: 400, body: { category: 'VALIDATION_ERROR', message: 'Somebody wrote this' } }, 'permanent', null],
    [{ status: 429, body: { category: 'RATE_LIMITS' }, headers: { 'retry-after': '10' } }, 'not_now', 10],
    [{ status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'permanent', null],
  ])('answered with %o is %s', async (answer, kind, retry_after_seconds) => {
    peer.next('/tasks', answer);
    const failure = await failureOf((await executor()).run(orderOf(task)));
    expect(failure).toMatchObject({ kind, retry_after_seconds });
    expect(failure.message).not.toContain('Somebody wrote this');
  });
});

test('the connection is the portal; a refused token is none, an unreachable HubSpot no failed start', async () => {
  expect((await hubspotIdentity(client())).connection()).toBe('hubspot:4242');
  expect((await hubspotIdentity(client(peer.url, 'other'))).connection()).toBeNull();
  const nobody = client(`http://127.0.0.1:${await freePort()}`);
  expect((await hubspotIdentity(nobody)).connection()).toBe('hubspot:unread');
  expect(await failureOf((await executor(nobody)).run(orderOf(task)))).toMatchObject({ kind: 'unreachable' });
  expect(hubspotExecutors(null)['hubspot.create_task'].connection()).toBeNull();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ReplayResult } from '../domain/wire/replay.ts';
import { takeReplay } from '../prisma/replays.ts';
import { connectTemporal, type TemporalClient } from '../temporal/client.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { startStripe, type TestStripe } from '../scripts/testing/stripe.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { until } from '../scripts/testing/wait.ts';
import { textOf } from '../workflows/testing.ts';

let stripe: TestStripe;
let system: TestSystem;
let temporal: TemporalClient;
beforeAll(async () => {
  stripe = await startStripe();
  system = await testSystem({ STRIPE_API_KEY: 'sk_test_key', STRIPE_API_BASE: stripe.url });
  temporal = connectTo(system.temporal.address);
});
afterAll(async () => {
  await temporal.close();
  await system.stop();
  await stripe.close();
});

function connectTo(address: string): TemporalClient {
  const { namespace } = system.temporal;
  return connectTemporal({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: undefined,
  });
}

async function replay(event_id: string): Promise<ReplayResult> {
  const { db, org_id } = system;
  return takeReplay(db, org_id, await temporal.replay({ org_id, event_id }));
}
const wouldOf = ({ proposals }: ReplayResult) => proposals.map(({ action_type, would }) => [action_type, would]);

async function historiesOfReplays(): Promise<string[]> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of system.client.workflow.list({ query: `WorkflowType = 'replayEvent'` }))
    texts.push(textOf(await system.client.workflow.getHandle(workflowId, runId).fetchHistory()));
  return texts;
}

/** Everything that counts, but for what the replay's own workflow is. */
async function stored() {
  return system.db.sql`
    select (select jsonb_agg(to_jsonb(e) order by e.id) from events e) as events, (select jsonb_agg(to_jsonb(p) order by p.id) from proposals p) as proposals,
      (select jsonb_agg(to_jsonb(o) order by o.kind, o.object_id) from provider_objects o) as objects, (select count(*) from audit) as audit,
      (select count(*) from proposal_events) as joined, (select count(*) from replays) as replays`;
}

describe('a replay', () => {
  test('of an event whose cards wait would join them, and changes nothing', async () => {
    const { event_id, payment } = await system.pending();
    await system.cardOf(event_id, 'api_call');
    const before = await stored();
    const found = await replay(event_id);
    expect(found).toMatchObject({ event_id, reasons: [], proposals: [{ vertical: 'money', payload: { to: payment.email } }, {}] });
    expect(wouldOf(found)).toEqual([
      ['email', 'join'],
      ['api_call', 'join'],
    ]);
    expect(await stored()).toEqual(before);
  });

  test('of an event whose incident has ended meanwhile would do nothing, and says why', async () => {
    const { event_id, card, payment } = await system.pending();
    await system.deliver(payment.event('invoice.paid', { status: 'paid' }));
    await system.reached(card, 'superseded');
    expect(await replay(event_id)).toMatchObject({
      proposals: [],
      reasons: [{ vertical: 'money', reason: 'already settled: invoice.paid arrived' }],
    });
  });

  test('names a type that people have switched off', async () => {
    const { event_id, card } = await system.pending();
    await system.reject(card);
    await asOwner(
      system.database.url,
      `insert into sop_switches (org_id, vertical, action_type, sop_version, disabled_at, reason)
       select org_id, vertical, action_type, sop_version, now(), 'it was rejected too often' from proposals where id = $1
       on conflict (org_id, vertical, action_type, sop_version) do update set disabled_at = excluded.disabled_at, reason = excluded.reason`,
      [card.id],
    );
    const found = await replay(event_id);
    await asOwner(system.database.url, 'delete from sop_switches');
    expect(wouldOf(found)).toEqual([
      ['email', 'nothing'],
      ['api_call', 'join'],
    ]);
    expect(found.reasons).toEqual([{ vertical: 'money', reason: 'email is switched off: it was rejected too often' }]);
  });

  test('carries nothing but ids through Temporal, and its answer is gone once it is read', async () => {
    const { event_id, payment } = await system.pending();
    await replay(event_id);
    const own = await until('the run can be found', async () => {
      const found = (await historiesOfReplays()).filter((text) => text.includes(event_id));
      return found.length > 0 && found;
    });
    expect(own.filter((text) => text.includes(payment.email))).toEqual([]);
    expect(await system.db.sql`select 1 from replays`).toEqual([]);
  });

  test('that nobody comes for is forgotten after a day', async () => {
    const { org_id, db } = system;
    const { event_id } = await system.pending();
    const old = await temporal.replay({ org_id, event_id });
    await asOwner(system.database.url, `update replays set created_at = now() - interval '25 hours' where id = $1`, [old]);
    const fresh = await temporal.replay({ org_id, event_id });
    expect(await db.sql`select id from replays`).toEqual([{ id: fresh }]);
    await expect(takeReplay(db, '00000000-0000-4000-8000-000000000000', fresh)).rejects.toThrow('gone');
    await takeReplay(db, org_id, fresh);
  });
});

describe('without an answer', () => {
  test('from Temporal, or from a worker, it is a problem that passes', async () => {
    const nowhere = connectTo('127.0.0.1:1');
    const input = { org_id: system.org_id, event_id: '00000000-0000-4000-8000-000000000000' };
    const unavailable = { status: 503, members: { retry_after_seconds: 10 } };
    await expect(nowhere.replay(input, 1_500)).rejects.toMatchObject(unavailable);
    await nowhere.close();
    // The worker finds no such event, and goes on trying for longer than we wait.
    await expect(temporal.replay(input, 300)).rejects.toMatchObject(unavailable);
  });
});

/** Settings from the click to what they do, with a real worker: one that is changed judges the next event otherwise. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SettingKey, SettingValue } from '../../domain/setting-registry.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { auditOf } from '../../prisma/audit.ts';
import { proposeSetting } from '../../prisma/propose-setting.ts';
import { receiptOf, executionsOf } from '../../prisma/receipts.ts';
import { rollback } from '../../prisma/rollback.ts';
import { readEvent } from '../../prisma/events.ts';
import { readSettings } from '../../prisma/settings.ts';
import { startSystem } from '../testing/system.ts';
import { setSetting } from '../testing/settings.ts';
import { testSystem, type TestSystem } from '../testing/test-system.ts';
import { until } from '../testing/wait.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await testSystem();
});
afterAll(() => system.stop());

const connectionOf = () => 'execops:settings';

async function asked(setting: SettingKey, value: SettingValue): Promise<ProposalView> {
  const { event_id, proposal_id } = await proposeSetting(system.db, system.ana, { setting, value }, { defaults: {}, connectionOf });
  system.dispatcher.started({ org_id: system.org_id, event_id });
  return system.view(proposal_id);
}

/** What a failed payment of a customer in the top ten percent comes to. */
async function judged(): Promise<string> {
  const one = await system.payment();
  const event_id = await system.deliver(one.failed({}));
  await until('the event is judged', async () => (await readEvent(system.db, system.org_id, event_id)).status !== 'received');
  const { status, reason } = await readEvent(system.db, system.org_id, event_id);
  return reason === null ? status : `${status}: ${reason}`;
}

const valueOf = async (key: SettingKey) => (await readSettings(system.db.sql, system.org_id))[key];

test('a threshold is proposed, approved and judged by, and taken back the same way', async () => {
  expect(await judged()).toBe('processed');
  const card = await asked('money.enabled', false);
  expect(await judged()).toBe('processed');
  await system.approve(card);
  const done = await system.reached(card, 'executed');
  expect(done.rollback?.possible).toBe(true);
  expect(await judged()).toBe('ignored: Money is switched off in the settings');
  const [execution] = await executionsOf(system.db, system.org_id, card.id);
  expect(execution).toMatchObject({
    status: 'succeeded',
    idempotency_key: `execops-${card.id}-v1`,
    result: { setting: 'money.enabled', from: true, to: false },
  });
  expect((await receiptOf(system.db, system.org_id, card.id)).how_to_reverse).toContain('Set it back');

  const back = await rollback(system.db, system.ana, card.id, connectionOf);
  system.dispatcher.started({ org_id: system.org_id, event_id: back.event_id });
  const compensation = await system.view(back.proposal_id);
  expect(compensation.payload).toEqual({ setting: 'money.enabled', from: false, to: true });
  await system.approve(compensation);
  await system.reached(compensation, 'executed');
  expect(await judged()).toBe('processed');
  expect((await system.view(card.id)).rollback?.done).toBe(true);
});

test('a threshold changes what is worth a card, and open cards keep their own deadlines', async () => {
  const { card: waiting } = await system.pending();
  const hours = await asked('money.escalate_after_hours', 48);
  await system.approve(hours);
  await system.reached(hours, 'executed');
  const { card: later } = await system.pending();
  const span = ({ escalation }: ProposalView) => Date.parse(escalation.at ?? '') - Date.parse(escalation.from ?? '');
  expect([span(await system.view(waiting.id)), span(later)]).toEqual([24 * 3_600_000, 48 * 3_600_000]);
});

test('a change that was overtaken fails, says so, and gives way to the next', async () => {
  const card = await asked('money.pause_days', 14);
  await system.approve(card, { undo_seconds: 600 });
  await setSetting({ url: system.database.url, org_id: system.org_id }, 'money.pause_days', 21);
  await system.db.sql`update proposals set executes_at = now() where id = ${card.id}`;
  const [event_id = ''] = card.event_ids;
  await system.wake(event_id);
  await system.reached(card, 'failed');
  const [execution] = await executionsOf(system.db, system.org_id, card.id);
  expect(execution?.error).toContain('is 21 days by now, not 7 days');
  const next = await asked('money.pause_days', 14);
  await system.approve(next);
  await system.reached(next, 'executed');
  expect((await system.view(card.id)).status).toBe('superseded');
  expect(await valueOf('money.pause_days')).toBe(14);
});

test('of two workers that carry it out, one changes it', async () => {
  const second = await startSystem({ db: system.db, org_id: system.org_id, temporal: system.temporal });
  try {
    for (const value of [8, 9, 10, 11]) {
      const card = await asked('money.expire_after_days', value);
      await system.approve(card);
      await system.reached(card, 'executed');
      const changes = (await auditOf(system.db, system.org_id, card.id)).filter(({ metadata }) => metadata.setting !== undefined);
      expect([value, changes.length, await valueOf('money.expire_after_days')]).toEqual([value, 1, value]);
    }
  } finally {
    await second.stop();
  }
});

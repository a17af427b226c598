import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ProposalView } from '../domain/wire/card.ts';
import { propose_draft_request } from '../domain/wire/draft.ts';
import { member } from '../scripts/testing/cards.ts';
import { testSystem, type TestSystem } from '../scripts/testing/test-system.ts';
import { proposeDraft } from './agent-drafts.ts';
import { auditOf, verifyAudit } from './audit.ts';
import { executionsOf, receiptOf } from './receipts.ts';
import { rollback } from './rollback.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await testSystem();
});
afterAll(() => system.stop());

const outbox = () => 'outbox:local';
const askFor = (card: { id: string }, connectionOf: () => string | null = outbox) => rollback(system.db, system.ana, card.id, connectionOf);

async function drafted(request: object): Promise<ProposalView> {
  const { proposal_id, event_id } = await proposeDraft(system.db, {
    org_id: system.org_id,
    actor: { type: 'user', id: system.ana.user_id },
    request: propose_draft_request.parse({ vertical: 'team_pulse', urgency: 'low', reasoning: 'They sound low.', ...request }),
    connectionOf: outbox,
  });
  system.dispatcher.started({ org_id: system.org_id, event_id });
  return system.view(proposal_id);
}

const meeting = {
  to: 'ana@example.com',
  summary: 'Ana and you',
  description: 'How is it going?',
  starts_at: '2026-12-01T09:00:00Z',
  duration_minutes: 30,
  uid: 'execops-1@example.com',
  sequence: 0,
};
const invitation = () => drafted({ action_type: 'api_call', operation: 'calendar.invite', payload: meeting });

async function done(card: ProposalView): Promise<ProposalView> {
  await system.approve(card);
  return system.reached(card, 'executed');
}

describe('rolling back', () => {
  test('an invitation drafts its cancellation, which needs an approval and then marks what was done as taken back', async () => {
    const invite = await done(await invitation());
    expect(invite.rollback).toEqual({ possible: true, proposal_id: null, done: false });

    const asked = await askFor(invite);
    expect(asked).toMatchObject({ status: 'pending', drafted: true });
    system.dispatcher.started({ org_id: system.org_id, event_id: asked.event_id });
    const cancel = await system.view(asked.proposal_id);
    expect(cancel).toMatchObject({
      status: 'pending',
      vertical: 'team_pulse',
      subject: `rollback:${invite.id}`,
      operation: 'calendar.cancel',
      payload: { ...meeting, sequence: 1 },
      title: `Take back: ${invite.title}`,
      compensates: invite.id,
      connection: 'outbox:local',
      flags: [],
    });
    const [event] = await system.db.sql`select source, type, status from events where id = ${asked.event_id}`;
    expect(event).toEqual({ source: 'system', type: 'rollback.requested', status: 'processed' });
    expect(await executionsOf(system.db, system.org_id, cancel.id), 'nothing runs without an approval').toEqual([]);
    expect(await askFor(invite), 'asking again gives the same').toEqual({ ...asked, drafted: false });
    expect((await system.view(invite.id)).rollback).toEqual({ possible: false, proposal_id: cancel.id, done: false });

    await done(cancel);
    const [mail = ''] = await system.outboxOf(cancel.id);
    const { attachments } = await simpleParser(mail);
    expect(attachments[0]?.content.toString()).toMatch(/METHOD:CANCEL[^]*UID:execops-1@example\.com\r?\nSEQUENCE:1/);
    expect(await executionsOf(system.db, system.org_id, invite.id)).toMatchObject([{ status: 'rolled_back' }]);
    expect(await executionsOf(system.db, system.org_id, cancel.id)).toMatchObject([{ status: 'succeeded' }]);
    const after = await system.view(invite.id);
    expect([after.status, after.rollback]).toEqual(['executed', { possible: false, proposal_id: cancel.id, done: true }]);
    expect((await receiptOf(system.db, system.org_id, invite.id)).result).toBe('Done, once, and taken back since.');
    const remarks = (await auditOf(system.db, system.org_id, invite.id)).slice(-2);
    expect(remarks.map(({ from_status, to_status, actor_type, metadata }) => [from_status, to_status, actor_type, metadata])).toMatchObject(
      [
        ['executed', 'executed', 'user', { rollback: 'requested', by_proposal: cancel.id }],
        ['executed', 'executed', 'system', { execution: 'rolled_back', by_proposal: cancel.id }],
      ],
    );
    expect(await verifyAudit(system.db, system.org_id)).toMatchObject({ ok: true });
    expect(await askFor(invite), 'it is taken back once').toMatchObject({ proposal_id: cancel.id, drafted: false });
  });

  test('asked for twice at once is drafted once', async () => {
    const invite = await done(await invitation());
    const asked = await Promise.all(Array.from({ length: 8 }, () => askFor(invite)));
    expect(new Set(asked.map(({ proposal_id }) => proposal_id)).size).toBe(1);
    expect(asked.filter(({ drafted }) => drafted)).toHaveLength(1);
  });

  test('can be asked for again when the first was rejected', async () => {
    const invite = await done(await invitation());
    const first = await askFor(invite);
    await system.reject(await system.view(first.proposal_id));
    expect((await system.view(invite.id)).rollback?.possible).toBe(true);
    const second = await askFor(invite);
    expect(second).toMatchObject({ drafted: true });
    expect(second.proposal_id).not.toBe(first.proposal_id);
  });

  test('whose provider is not connected any more is drafted and cannot be approved', async () => {
    const asked = await askFor(await done(await invitation()), () => null);
    const card = await system.view(asked.proposal_id);
    expect([card.connection, card.flags]).toEqual(['not connected', ['blocked_by_policy']]);
    await expect(system.approve(card)).rejects.toMatchObject({ problem: 'blocked_by_policy' });
  });

  test('that would run as somebody else says so', async () => {
    const asked = await askFor(await done(await invitation()), () => 'smtp:ops@example.com');
    expect((await system.view(asked.proposal_id)).notes).toEqual(['It was done as outbox:local; this would run as smtp:ops@example.com.']);
  });
});

describe('is refused', () => {
  test('for what was not done, and for what nothing here can take back', async () => {
    const waiting = await invitation();
    await expect(askFor(waiting)).rejects.toMatchObject({ status: 409, problem: 'wrong_status', members: { current_status: 'pending' } });
    const email = await done(await drafted({ action_type: 'email', payload: { to: 'ana@example.com', subject: 'Hi', body: 'Hello' } }));
    expect(email.rollback).toEqual({ possible: false, proposal_id: null, done: false });
    await expect(askFor(email)).rejects.toMatchObject({
      status: 409,
      problem: 'nothing_to_roll_back',
      message: expect.stringContaining('outbox'),
    });
    await expect(askFor({ id: crypto.randomUUID() })).rejects.toMatchObject({ status: 404 });
  });

  test('to who only reads, and to another organisation', async () => {
    const invite = await done(await invitation());
    const viewer = await member(system.db, system.org_id, { role: 'viewer' });
    await expect(rollback(system.db, viewer, invite.id, outbox)).rejects.toMatchObject({ status: 403 });
    const stranger = { ...system.ana, org_id: crypto.randomUUID() };
    await expect(rollback(system.db, stranger, invite.id, outbox)).rejects.toMatchObject({ status: 404 });
  });
});

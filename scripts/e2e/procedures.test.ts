/** All procedures from signed webhooks to what they do outside: real processes, and every provider a peer that answers over HTTP or SMTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { ProposalView } from '../../domain/wire/card.ts';
import type { RollbackDrafted } from '../../domain/wire/draft.ts';
import type { ReplayResult } from '../../domain/wire/replay.ts';
import { githubPush } from '../../providers/github/testing.ts';
import { newPayment } from '../testing/payments.ts';
import { startStage, type Stage } from '../testing/stage.ts';
import { calendarIn, developer, founder, introduce, personal, quiet, senior, spike, vipWrites } from '../testing/stories.ts';

const slow = { timeout: 120_000 };
/** Long enough to close a conversation in, on a busy machine. */
const undo_seconds = 4;
const words = {
  subject: 'I am sorry for the trouble you had',
  body: 'Hello,\n\nI read that something went wrong, and I am sorry.\n\nReply if anything is unclear.',
  explanation: 'Short and kind.',
  claims: [],
};

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ UNDO_SECONDS: String(undo_seconds) }, words);
  await introduce(stage);
});
afterAll(() => stage?.stop());

const allReached = (cards: readonly ProposalView[], status: ProposalView['status']) =>
  Promise.all(cards.map((card) => stage.reached(card, status)));
const toDo = (cards: readonly ProposalView[]) => cards.map(({ action_type, operation }) => operation ?? action_type);
const messagesTo = (user: string) => stage.slack.messages.filter(({ channel }) => channel === `D${user}`);
const reverts = () => stage.github.requests.filter(({ path }) => path === '/graphql');
const revertedBy = ({ id }: ProposalView) => stage.github.pulls.filter(({ body }) => body?.includes(`execops-${id}-v1`));

describe('Release', () => {
  test('a spike after a deployment is one revert and one message to who shipped it', slow, async () => {
    const cards = await stage.cardsOf((await spike(stage, 41)).event_id);
    expect(toDo(cards)).toEqual(['github.revert_pull_request', 'slack_dm']);
    expect(cards).toMatchObject([
      { urgency: 'high', payload: { repository: 'acme/shop', pull_request: 41 } },
      { urgency: 'high', payload: { to: developer.slack } },
    ]);
    const [rollback, message] = await stage.approveAll(cards);
    expect(reverts()).toHaveLength(1);
    expect(rollback && revertedBy(rollback)).toHaveLength(1);
    expect(messagesTo(developer.slack)).toMatchObject([{ text: (message?.payload as { text: string }).text }]);
  });

  test('an answer that is lost after the deed leads to no second one: what was done is looked for and found', slow, async () => {
    const cards = await stage.cardsOf((await spike(stage, 43)).event_id);
    stage.github.next('/graphql', 'drop_after_effect');
    stage.slack.next('chat.postMessage', 'drop_after_effect');
    await stage.approveAll(cards);
    expect(reverts()).toHaveLength(2);
    expect(messagesTo(developer.slack)).toHaveLength(2);
    for (const card of cards) expect(await stage.executions(card)).toMatchObject([{ status: 'succeeded', attempts: [{ n: 1 }] }]);
  });

  test('an issue that is resolved withdraws its cards', slow, async () => {
    const { event_id, resolve } = await spike(stage, 44);
    const cards = await stage.cardsOf(event_id);
    expect(cards).toHaveLength(2);
    await resolve();
    await allReached(cards, 'superseded');
  });
});

describe.concurrent('GitHub goes down and comes back, and the others work on', () => {
  test('its breaker opens, what was approved waits, and runs once GitHub answers again', slow, async () => {
    const [rollback] = await stage.cardsOf((await spike(stage, 45)).event_id);
    const cards = [rollback, await revertDrafted(), await revertDrafted(), await revertDrafted()].filter((card) => card !== undefined);
    expect(cards).toHaveLength(4);
    await stage.github.close();
    await Promise.all(cards.map((card) => stage.approve(card)));
    const github = async () => (await stage.ask<{ providers: { [name: string]: { state: string } } }>('GET', '/ready')).providers.github;
    await stage.soon('the breaker opens', async () => (await github())?.state === 'down');
    expect(await github()).toEqual({ state: 'down', since: expect.any(String), last_error: 'the connection was refused' });
    for (const card of cards)
      expect(await stage.card(card.id)).toMatchObject({ status: 'approved', provider: { name: 'GitHub', state: 'down' } });

    await stage.github.reopen();
    // The half minute before the next trial is over sooner here.
    await stage.instance.db.sql`update breakers set retry_at = now() - interval '1 second' where provider = 'github'`;
    for (const card of await allReached(cards, 'executed')) expect(revertedBy(card)).toHaveLength(1);
    expect(await github()).toMatchObject({ state: 'ok' });
  });

  function revertDrafted(): Promise<ProposalView> {
    const payload = { repository: 'acme/shop', pull_request: 41, title: 'Take it back', body: crypto.randomUUID() };
    const operation = 'github.revert_pull_request';
    return stage.propose({ vertical: 'release', action_type: 'api_call', operation, urgency: 'high', reasoning: 'It is slow.', payload });
  }

  test('Customer Fire: a VIP who writes is one apology to the address the owner told, and one assignment', slow, async () => {
    const vip = await vipWrites(stage, '1');
    const cards = await stage.cardsOf(vip.event_id);
    expect(toDo(cards)).toEqual(['email', 'intercom.assign']);
    const [apology, assignment] = cards;
    const { subject, body } = words;
    expect(apology).toMatchObject({ urgency: 'high', payload: { to: vip.email, subject, body }, words: { by: 'model' } });
    expect(assignment?.payload).toEqual({ conversation: vip.conversation, assignee_id: senior.id });
    expect((await stage.event(vip.event_id)).proposal_ids).toEqual([apology?.id, assignment?.id]);
    expect([apology?.linked[0]?.id, assignment?.linked[0]?.id]).toEqual([assignment?.id, apology?.id]);
    expect(apology?.facts.map(({ label, value }) => `${label}: ${value}`)).toEqual(
      expect.arrayContaining(['Customer: Bo Marin (VIP)', 'Churn score: 0.8 (told)', 'Assigned: to nobody']),
    );

    await stage.approveAll(cards);
    expect(vip.mails()).toMatchObject([{ to: [vip.email], parsed: { subject } }]);
    expect(vip.assignments()).toHaveLength(1);
    expect(stage.intercom.conversations.get(vip.conversation)?.admin_assignee_id).toBe(Number(senior.id));
    expect(stage.smtp.mailsTo('mallory@evil.example')).toEqual([]);
  });

  test('Customer Fire: a conversation that is closed takes its cards back, before the approval and after it', slow, async () => {
    const [first, second] = await Promise.all([vipWrites(stage, '2'), vipWrites(stage, '3')]);
    const [waiting, approved] = await Promise.all([stage.cardsOf(first.event_id), stage.cardsOf(second.event_id)]);
    expect([waiting.length, approved.length]).toEqual([2, 2]);
    await Promise.all(approved.map((card) => stage.approve(card)));
    await Promise.all([first.close(), second.close()]);
    await allReached([...waiting, ...approved], 'superseded');
    for (const card of approved) expect(await stage.executions(card)).toEqual([]);
    for (const { mails, assignments } of [first, second]) expect([mails(), assignments()]).toEqual([[], []]);
  });

  test('Team Pulse: a push is an invitation, which its rollback cancels', slow, async () => {
    const push = githubPush({ author: { login: quiet.github_login } });
    const cards = await stage.cardsOf(await stage.deliver('github', push, 'push'));
    expect(cards).toMatchObject([{ urgency: 'low', operation: 'calendar.invite', payload: { to: founder, sequence: 0 } }]);
    const [invitation] = await stage.approveAll(cards);
    const { proposal_id } = await stage.ask<RollbackDrafted>('POST', `/api/proposals/${invitation?.id}/rollback`);
    const cancellation = await stage.card(proposal_id);
    expect(cancellation).toMatchObject({ status: 'pending', operation: 'calendar.cancel', compensates: invitation?.id });
    await stage.approveAll([cancellation]);
    const sent = stage.smtp.mailsTo(founder).map(({ parsed }) => calendarIn(parsed));
    expect(sent).toMatchObject([
      { method: 'REQUEST', sequence: 0, type: 'text/calendar', uid: expect.stringMatching(/^one-to-one-/) },
      { method: 'CANCEL', sequence: 1, uid: sent[0]?.uid },
    ]);
    expect(invitation && (await stage.executions(invitation))).toMatchObject([{ status: 'rolled_back' }]);
  });

  test('Money: a failed payment is a mail, a paused subscription and a message to the account owner', slow, async () => {
    const payment = newPayment();
    await stage.tell({ customers: [{ stripe_customer_id: payment.customer, mrr_percentile: 99, owner_email: senior.email }] });
    const cards = await stage.cardsOf(await stage.deliver('stripe', payment.failed()));
    expect(toDo(cards)).toEqual(['email', 'stripe.pause_collection', 'slack_dm']);
    await stage.approveAll(cards);
    expect(stage.smtp.mailsTo(payment.email)).toHaveLength(1);
    expect(stage.stripe.calls).toMatchObject([{ subscription: payment.customer.replace('cus_', 'sub_') }]);
    expect(messagesTo(senior.slack)).toHaveLength(1);
  });

  test('an agent’s draft of a HubSpot task is one task once a person approves it', slow, async () => {
    const { key } = await stage.ask<{ key: string }>('POST', '/api/keys', { name: 'Scout', kind: 'agent' });
    const payload = { subject: 'Call them', body: '', due_at: '2030-01-02T09:00:00Z', owner_id: null, contact_id: null };
    const draft = { vertical: 'gtm', action_type: 'api_call', operation: 'hubspot.create_task', urgency: 'low', reasoning: 'A warm lead.' };
    await stage.approveAll([await stage.propose({ ...draft, payload }, key)]);
    expect(stage.hubspot.tasks).toMatchObject([{ properties: { hs_task_subject: 'Call them' } }]);
  });
});

describe('at the end of the day', () => {
  test('a replay tells what would be proposed, and writes nothing', slow, async () => {
    const { event_id } = await vipWrites(stage, '4');
    await stage.cardsOf(event_id);
    const counts = () => stage.instance.db.sql`
      select 'events', count(*) from events union all select 'proposals', count(*) from proposals
      union all select 'audit', count(*) from audit union all select 'replays', count(*) from replays`;
    const before = await counts();
    const { proposals } = await stage.ask<ReplayResult>('POST', `/api/events/${event_id}/replay`);
    expect(proposals.map(({ action_type, operation }) => operation ?? action_type)).toEqual(['email', 'intercom.assign']);
    expect(await counts()).toEqual(before);
  });

  test('the audit chain holds, and whatever was executed was executed once', slow, async () => {
    expect(await stage.ask('GET', '/api/audit/verify')).toMatchObject({ ok: true });
    const executed = await stage.inbox('executed');
    expect(executed.length).toBeGreaterThanOrEqual(16);
    for (const card of executed) {
      expect(await stage.executions(card)).toHaveLength(1);
      expect([...new Set((await stage.audit(card)).map(({ to_status }) => to_status))]).toEqual(['pending', 'approved', 'executed']);
    }
  });

  test('nothing that names or quotes anybody is in Temporal', slow, async () => {
    const histories = await stage.histories();
    expect(histories.length).toBeGreaterThanOrEqual(19);
    const texts = [...personal, 'Call them', 'Take it back', 'A warm lead', ...words.body.split('\n\n'), words.subject, words.explanation];
    for (const history of histories) expect(texts.filter((text) => history.includes(text))).toEqual([]);
  });
});

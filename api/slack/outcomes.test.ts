/** What a message says once its card is over, whichever way that came about. */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { settle } from '../../prisma/attempts.ts';
import { decide } from '../../prisma/decide.ts';
import { claim } from '../../prisma/executions.ts';
import { stepDue } from '../../prisma/lifecycle.ts';
import type { StorableDraft } from '../../prisma/storable.ts';
import { member, pendingCard } from '../../scripts/testing/cards.ts';
import { asOwner } from '../../scripts/testing/database.ts';
import { until } from '../../scripts/testing/wait.ts';
import { startNotifierStage, type NotifierStage } from './testing-notifier.ts';
import { buttonsOf } from './testing.ts';

let here: NotifierStage;
beforeAll(async () => {
  here = await startNotifierStage();
  await here.link(await member(here.place.db, here.place.org_id), 'U0BO');
  here.replica();
});
afterAll(() => here.close());

async function shownCard(changes: Partial<StorableDraft> = {}) {
  const title = `Card ${randomUUID()}`;
  const stored = await pendingCard(here.place.db, here.place.org_id, { title, ...changes });
  const messages = await until('both have it', () => {
    const found = here.slack.messages.filter(({ form }) => form.blocks?.includes(title));
    return found.length === 2 && found;
  });
  return { ...stored, messages };
}

const both = (messages: { form: { blocks?: string } }[], what: string) =>
  until(`both messages say "${what}"`, () => messages.every(({ form }) => form.blocks?.includes(what)));

async function done(card: { id: string; payload_hash: string }): Promise<void> {
  const request = { proposal_id: card.id, decision: 'approve', payload_hash: card.payload_hash } as const;
  await decide(here.place.db, here.ana, request, { via: 'api', undo_seconds: 0 });
  const execution = await claim(here.place.db, here.place.org_id, card.id, 1, 'outbox:local');
  if (execution === null) throw new Error('nothing was claimed');
  await settle(here.place.db, execution, { status: 'succeeded', result: {} }, null);
}

test('expired unanswered, to everybody who had it', async () => {
  const { id, messages } = await shownCard({ expires_at: new Date(Date.now() + 1_000) });
  await stepDue(here.place.db, { org_id: here.place.org_id, proposal_id: id, step: 'expire', now_ms: Date.now() + 2_000 });
  await both(messages, '*Expired unanswered*');
  expect(messages.map(buttonsOf)).toEqual([[], []]);
});

test('sent, and taken back once that was done as well', async () => {
  const original = await shownCard();
  await done(original);
  await both(original.messages, '*Sent*');
  const settled = () => here.place.db.prisma.slack_messages.count({ where: { proposal_id: original.id, settled: true } });
  await until('nothing more is expected of it', async () => (await settled()) === 2);
  const compensation = await shownCard();
  await asOwner(here.place.url, 'update proposals set compensates = $1 where id = $2', [original.id, compensation.id]);
  await done(compensation);
  await both(original.messages, '*Taken back*');
  await until('nor after that', async () => (await settled()) === 2);
});

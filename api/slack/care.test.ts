import { afterAll, beforeAll, expect, test } from 'vitest';

import type { StorableDraft } from '../../prisma/storable.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { approve_id, seenIn } from './buttons.ts';
import { blocksOf, buttonNamed, buttonsOf, startSlackServer, type SlackServer } from './testing.ts';

let here: SlackServer;
let ana: string;
beforeAll(async () => {
  here = await startSlackServer();
  ana = (await here.link('U0ANA')).cookie;
  await here.link('U0BEN', 'owner');
});
afterAll(() => here.close());

async function cardFor(title: string, changes: Partial<StorableDraft> = {}, required = 1) {
  const { db, org_id } = here.server;
  const card = await pendingCard(db, org_id, { title, ...changes });
  if (required > 1) await db.sql`update proposals set required_approvals = ${required} where id = ${card.id}`;
  return card;
}
const approve = (user: string, { id, payload_hash }: { id: string; payload_hash: string }) =>
  here.click(user, { action_id: approve_id, value: seenIn({ id, version: 1, payload_hash }) });
const reply = (text: string) => until(`a reply says "${text}"`, () => here.slack.replies.find((one) => String(one.text).includes(text)));
const view = async (id: string) => (await here.server.call('GET', `/api/proposals/${id}`, { as: ana })).json;

test('Approve asks once more where the card does, in Slack’s own dialog and with the reason', async () => {
  await cardFor('A critical one', { urgency: 'critical' });
  const [button] = buttonsOf(await here.cardOf('U0ANA', 'A critical one'));
  expect(button).toMatchObject({
    action_id: approve_id,
    confirm: { text: { type: 'plain_text', text: 'It starts at once and cannot be taken back.' }, confirm: { text: 'Approve' } },
  });
  await cardFor('A usual one');
  expect(buttonsOf(await here.cardOf('U0ANA', 'A usual one'))[0]).not.toHaveProperty('confirm');
});

test('the first of two approvals is confirmed to whoever gave it, and the card shows whose it is', async () => {
  const card = await cardFor('For two', {}, 2);
  await approve('U0ANA', card);
  await reply('Your approval counts: 1 of 2. Somebody else has to approve it too.');
  const { approved_by } = await view(card.id);
  await until('the card names the first', async () => {
    const message = await here.cardOf('U0BEN', 'For two');
    return JSON.stringify(blocksOf(message)).includes(`1 of 2 approvals: ${approved_by[0].name}`);
  });
  await approve('U0BEN', card);
  expect(await view(card.id)).toMatchObject({ status: 'approved', approvals: 2 });
});

test('what a person proposed is not approved by them where two are required', async () => {
  const card = await cardFor('One’s own', {}, 2);
  await here.server.db.sql`
    update proposals set proposed_by = (select user_id from slack_links where slack_user_id = 'U0ANA') where id = ${card.id}`;
  await approve('U0ANA', card);
  await reply('You proposed it');
  expect(await view(card.id)).toMatchObject({ status: 'pending', approvals: 0 });
});

test('whoever has a passkey is led to the web for what asks for it', async () => {
  const card = await cardFor('With a passkey', { urgency: 'critical' });
  const message = await here.cardOf('U0ANA', 'With a passkey');
  await here.server.db.sql`
    insert into passkeys (id, user_id, name, public_key, device_type)
    select 'key', user_id, 'Phone', ${Buffer.from('key')}, 'multiDevice' from slack_links where slack_user_id = 'U0ANA'`;
  await here.click('U0ANA', buttonNamed(message, approve_id), { message });
  const refusal = await reply('Confirm it with your passkey');
  expect(refusal.text).toContain(`<https://ops.example.com/inbox/${card.id}|Open the card>`);
  expect(await view(card.id)).toMatchObject({ status: 'pending' });
  await approve('U0BEN', card);
  expect(await view(card.id)).toMatchObject({ status: 'approved' });
});

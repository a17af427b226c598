import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { propose_draft_request } from '../domain/wire/draft.ts';
import { member } from '../scripts/testing/cards.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { proposeDraft } from './agent-drafts.ts';
import { insertEvent } from './events.ts';
import { readProposal } from './proposals.ts';

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

async function flagsOf(action: object): Promise<string[]> {
  const request = propose_draft_request.parse({ vertical: 'money', urgency: 'low', reasoning: 'It is time.', ...action });
  const actor = { type: 'agent', id: randomUUID() } as const;
  const { proposal_id } = await proposeDraft(t.db, { org_id: t.org_id, actor, request, connectionOf: () => 'outbox:local' });
  return (await readProposal(t.db, t.org_id, proposal_id)).flags;
}
const mailTo = (to: string) => flagsOf({ action_type: 'email', payload: { to, subject: 'Hi', body: 'Hello' } });
const messageTo = (to: string) => flagsOf({ action_type: 'slack_dm', payload: { to, text: 'Hello' } });

test('a recipient whom nothing stored here knows is marked, and no other', async () => {
  const contact = (id: string, data: object) => ({ kind: 'contact', id, customer: id, data: { ...data } });
  await insertEvent(t.db, t.org_id, {
    source: 'intercom',
    type: 'contact.created',
    occurred_at: new Date(),
    identity: randomUUID(),
    payload: {},
    subject: null,
    ignored: 'a test',
    objects: [contact('1', { email: 'Bo@Example.com', role: 'user' }), contact('2', { email: 'anybody@example.com', role: 'lead' })],
  });
  const ana = await member(t.db, t.org_id);
  await t.db.sql`
    insert into slack_links (team_id, slack_user_id, org_id, user_id) values ('T0123', 'U0123ANA', ${t.org_id}, ${ana.user_id})`;
  await t.db.sql`
    insert into context_facts (org_id, kind, key, data, actor_id)
    values (${t.org_id}, 'team', 'kim', '{"email": "kim@example.com", "slack_user_id": "U0123KIM"}', ${ana.user_id})`;

  expect(await mailTo('bo@example.com')).toEqual([]);
  expect(await mailTo(ana.email)).toEqual([]);
  expect(await mailTo('kim@example.com')).toEqual([]);
  expect(await messageTo('U0123ANA')).toEqual([]);
  expect(await messageTo('U0123KIM')).toEqual([]);
  expect(await mailTo('stranger@example.com')).toEqual(['unknown_recipient']);
  expect(await mailTo('anybody@example.com')).toEqual(['unknown_recipient']);
  expect(await messageTo('U0123EVE')).toEqual(['unknown_recipient']);
});

/** What was done is taken back from its page; a provider that does not answer is seen on the card. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import type { ProposalView } from '../../domain/wire/card.ts';
import { propose_draft_request } from '../../domain/wire/draft.ts';
import { proposeDraft } from '../../prisma/agent-drafts.ts';
import { noteAnswer, noteFailure } from '../../prisma/breakers.ts';
import { decide } from '../../prisma/decide.ts';
import { expectFit } from '../testing/appearance.ts';
import { browser_path } from '../testing/browser.ts';
import { pendingCard } from '../testing/cards.ts';
import { cardIn, startPlace, type Place } from '../testing/inbox-page.ts';

let place: Place;

const browserTest = test.skipIf(browser_path === undefined);

beforeAll(async () => {
  if (browser_path === undefined) return;
  place = await startPlace({ env: { UNDO_SECONDS: '0' } });
});
afterEach(() => place?.closeDesks());
afterEach(() => expect(place?.complaints() ?? []).toEqual([]));
afterAll(() => place?.stop());

/** An invitation that lies in the local outbox. */
async function sentInvitation(): Promise<ProposalView> {
  const payload = {
    to: 'ana@example.com',
    summary: 'Ana and you',
    description: '',
    starts_at: '2026-12-01T09:00:00Z',
    duration_minutes: 30,
    uid: `${crypto.randomUUID()}@example.com`,
    sequence: 0,
  };
  const draft = {
    vertical: 'team_pulse',
    action_type: 'api_call',
    operation: 'calendar.invite',
    urgency: 'high',
    reasoning: 'They sound low.',
  };
  const { db, org_id } = place.instance;
  const { proposal_id, payload_hash } = await proposeDraft(db, {
    org_id,
    actor: { type: 'user', id: place.ana.user_id },
    request: propose_draft_request.parse({ ...draft, payload }),
    connectionOf: () => 'outbox:local',
  });
  await decide(db, place.ana, { proposal_id, payload_hash, decision: 'approve' }, { via: 'api', undo_seconds: 0 });
  return place.reached(proposal_id, 'executed');
}

browserTest('an invitation is rolled back from its page by a proposal that needs an approval, and both pages say so', async () => {
  const invite = await sentInvitation();
  const { page } = await place.at(place.ana, `/inbox/${invite.id}`);
  await expectFit(page, 'rollback', () => page.getByRole('button', { name: 'Roll back' }).waitFor());
  await page.getByRole('button', { name: 'Roll back' }).click();
  const link = page.getByRole('link', { name: 'decide the proposal that does' });
  await link.waitFor();
  expect(await page.getByRole('button', { name: 'Roll back' }).count()).toBe(0);
  await link.click();
  await page.getByRole('heading', { name: `Take back: ${invite.title}` }).waitFor();
  await page.getByRole('link', { name: 'what was done before' }).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Done, once.').waitFor();

  await page.getByRole('link', { name: 'what was done before' }).click();
  await page.getByText('Done, once, and taken back since.').waitFor();
  await page.getByRole('link', { name: 'see how' }).waitFor();
  expect((await place.view(invite.id)).rollback?.done).toBe(true);
});

browserTest('a card whose provider does not answer says since when, before and after its approval', async () => {
  const payload = { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2026-12-01T09:00:00Z' } as const;
  const card = await pendingCard(place.instance.db, place.instance.org_id, {
    action: { action_type: 'api_call', operation: 'stripe.pause_collection', payload },
    connection: 'stripe:acct_1',
  });
  for (let n = 0; n < 5; n += 1) await noteFailure(place.instance.db.sql, 'stripe', 'the connection was refused');
  const { page } = await place.at(place.ana);
  const article = cardIn(page, card);
  const down = article.getByText(/Stripe has not answered since[^]+once approved, it runs as soon as it does\./);
  await expectFit(page, 'provider-down', () => down.waitFor());
  await noteAnswer(place.instance.db.sql, 'stripe');
  await page.reload();
  await article.getByRole('button', { name: 'Approve' }).waitFor();
  expect(await article.getByText('has not answered').count()).toBe(0);
});

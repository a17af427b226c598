import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { snooze } from '../prisma/snooze.ts';
import type { StorableDraft } from '../prisma/storable.ts';
import { storeDrafts } from '../prisma/store.ts';
import { burst } from '../scripts/testing/burst.ts';
import { emailDraft, incidentOf, member, pendingCard, storedEvent } from '../scripts/testing/cards.ts';
import { startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer();
  ana = await server.signIn();
});
afterAll(() => server.close());

const card = (changes: Partial<StorableDraft> = {}) => pendingCard(server.db, server.org_id, changes);
const get = (path: string, as = ana) => server.call('GET', path, { as });
const post = (path: string, body?: object, as = ana) => server.call('POST', path, { as, ...(body && { body }) });
const titles = async (query: string): Promise<string[]> => {
  const answer = await get(`/api/inbox?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.proposals.map(({ title }: { title: string }) => title);
};
const pause = { action_type: 'api_call', operation: 'stripe.pause_collection' } as const;
const pausing = (): Partial<StorableDraft> => ({
  action: { ...pause, payload: { subscription: 'sub_1', behavior: 'keep_as_draft', resumes_at: '2030-01-01T00:00:00Z' } },
});

describe('a search', () => {
  beforeAll(async () => {
    await card({
      title: 'Chloé Müller · $1,234.50 failed',
      subject: 'stripe:invoice:in_Search77',
      facts: [{ label: 'Renewal', value: 'in 12 days', unusual: true, event_id: null, at: null }],
      action: {
        action_type: 'email',
        operation: null,
        payload: { to: 'chloe@zebra.example.com', subject: 'Your card', body: 'Line one.\nGrüße, 50% off_peak' },
      },
    });
  });
  const found = ['Chloé Müller · $1,234.50 failed'];

  test.each([
    ['a word of the title, in any case and without accents', 'CHLOE'],
    ['words in any order', 'failed muller'],
    ['the beginning of a word', 'mül'],
    ['an amount as it is shown', '$1,234.50'],
    ['an address', 'chloe@zebra.example.com'],
    ['the draft’s words on both sides of a line break', 'grüße line'],
    ['a subject', 'in_search77'],
    ['a fact', 'renewal 12'],
    ['signs that are wildcards elsewhere, as gaps', '50% off_peak'],
  ])('finds %s', async (_, q) => {
    expect(await titles(`q=${encodeURIComponent(q)}`)).toEqual(found);
  });

  test.each([['%'], ['_'], ["'"], ['chloe nobody'], ['ebra'], ['\\'], ['chloe & !muller:*x'], ['keep_as']])(
    'does not find it by %s',
    async (q) => {
      expect(await titles(`q=${encodeURIComponent(q)}`)).toEqual([]);
    },
  );

  test('follows the card: what is decided is found in the history, by what it says now', async () => {
    const { id, payload_hash } = await card({ title: 'Wandering card' });
    expect(await titles('q=wander')).toEqual(['Wandering card']);
    const edit = { to: 'ana@example.com', subject: 'Xylophone', body: 'Hello.' };
    await post('/ai/decide', { proposal_id: id, payload_hash, decision: 'approve', edit });
    expect(await titles('q=wander')).toEqual([]);
    expect(await titles('q=xylo wander&status=decided&order=newest')).toEqual(['Wandering card']);
    expect(await titles('q=xylo&status=approved')).toEqual(['Wandering card']);
    expect(await titles('q=xylo&status=rejected')).toEqual([]);
  });

  test('goes on where its page ended', async () => {
    for (let n = 0; n < 5; n += 1) await card({ title: `Pageable ${n}` });
    const first = (await get('/api/inbox?q=pageable&limit=3')).json;
    expect(first.proposals).toHaveLength(3);
    const second = (await get(`/api/inbox?q=pageable&limit=3&cursor=${first.next_cursor}`)).json;
    expect(second.next_cursor).toBeNull();
    const all = [...first.proposals, ...second.proposals].map(({ title }: { title: string }) => title);
    expect(all).toEqual([0, 1, 2, 3, 4].map((n) => `Pageable ${n}`));
  });
});

describe('the queue', () => {
  test('leaves out what is snoozed, so that it hides nothing awake on the first page', async () => {
    const owner = await member(server.db, server.org_id);
    for (let n = 0; n < 4; n += 1) {
      const { id } = await card({ title: `Sleeper ${n}`, vertical: 'release' });
      if (n < 3) await snooze(server.db, owner, id, { until_event: true });
    }
    expect(await titles('vertical=release&snoozed=hidden&limit=1')).toEqual(['Sleeper 3']);
    expect(await titles('vertical=release&snoozed=only')).toEqual(['Sleeper 0', 'Sleeper 1', 'Sleeper 2']);
    expect(await titles('vertical=release')).toHaveLength(4);
    expect(await titles('vertical=release&flag=snoozed')).toHaveLength(3);
  });

  test('counts what waits, and apart what was put off', async () => {
    const before = (await get('/api/inbox/counts')).json;
    await card({ urgency: 'critical' });
    await card({ flags: ['blocked_by_policy'] });
    const { id } = await card();
    await post(`/api/proposals/${id}/snooze`, { until_event: true });
    expect((await get('/api/inbox/counts')).json).toEqual({
      ...before,
      pending: before.pending + 2,
      critical: before.critical + 1,
      snoozed: before.snoozed + 1,
      blocked: before.blocked + 1,
    });
  });

  test('lists the history by what changed last, in pages that the other order’s cursor does not fit', async () => {
    for (const title of ['First out', 'Second out']) {
      const { id, payload_hash } = await card({ title, vertical: 'team_pulse' });
      await post('/ai/decide', { proposal_id: id, payload_hash, decision: 'reject' });
    }
    expect(await titles('status=decided&order=newest&vertical=team_pulse')).toEqual(['Second out', 'First out']);
    const { next_cursor } = (await get('/api/inbox?status=decided&order=newest&vertical=team_pulse&limit=1')).json;
    expect(await titles(`status=decided&order=newest&vertical=team_pulse&cursor=${next_cursor}`)).toEqual(['First out']);
    expect((await get(`/api/inbox?cursor=${next_cursor}`)).status).toBe(400);
  });
});

describe('the attention ledger', () => {
  test('says that five hundred related events are one card, and what was held back and ignored, how often and why', async () => {
    const { db, org_id } = server;
    const { event, id } = await card({ title: 'The burst' });
    await burst(db, org_id, { subject: event.subject ?? '', title: 'The burst' }, 499);
    for (let n = 0; n < 3; n += 1) {
      const quiet = await storedEvent(db, org_id);
      await db.sql`update events set status = 'ignored', reason = ${`the customer pays ${n}0 a month: too small`} where id = ${quiet.id}`;
      const held = await storedEvent(db, org_id);
      await storeDrafts(db, incidentOf(held), [emailDraft(held, { switched_off: 'people wanted 1 of 10' })]);
    }
    const { status, json } = await get('/api/inbox/ledger?days=1');
    expect(status).toBe(200);
    expect(json.joined[0]).toMatchObject({ proposal_id: id, title: 'The burst', events: 499 });
    expect(json.joined_events).toBe(499);
    expect(json.held_back).toMatchObject([{ reason: 'email is switched off: people wanted 1 of 10', events: 3 }]);
    expect(json.ignored).toMatchObject([{ source: 'stripe', type: 'invoice.payment_failed', events: 3 }]);
    expect(json.ignored_events).toBe(3);
    const cards = (await get('/api/inbox?q=burst')).json.proposals;
    expect(cards).toMatchObject([{ id, title: 'The burst', event_count: 500 }]);
    expect(new Set(cards[0].event_ids).size).toBe(500);
  });

  test.each([['0'], ['91'], ['soon']])('of %s days is not kept', async (days) => {
    expect((await get(`/api/inbox/ledger?days=${days}`)).status).toBe(400);
  });
});

describe('several at once', () => {
  test('are decided each by itself, with a result for each', async () => {
    const [one, two, mail] = [await card(pausing()), await card(pausing()), await card()];
    await post('/ai/decide', { proposal_id: two.id, payload_hash: two.payload_hash, decision: 'reject' });
    const items = [one, two, mail, { id: '00000000-0000-4000-8000-00000000dead', payload_hash: one.payload_hash }];
    const { status, json } = await post('/api/proposals/batch', {
      decision: 'approve',
      items: items.map(({ id, payload_hash }) => ({ proposal_id: id, payload_hash })),
    });
    expect(status).toBe(200);
    expect(json.results.map(({ ok, status }: { ok: boolean; status: string }) => [ok, status])).toEqual([
      [true, 'approved'],
      [false, 'rejected'],
      [false, 'pending'],
      [false, null],
    ]);
    expect(json.results[1].message).toContain('decided "reject"');
    expect(json.results[2].message).toContain('open it, read it');
  });

  test('may all be rejected, with a reason', async () => {
    const [one, two] = [await card(), await card(pausing())];
    const items = [one, two].map(({ id, payload_hash }) => ({ proposal_id: id, payload_hash }));
    const { json } = await post('/api/proposals/batch', { decision: 'reject', feedback: 'not now', items });
    expect(json.results).toMatchObject([
      { ok: true, status: 'rejected', message: null },
      { ok: true, status: 'rejected', message: null },
    ]);
    expect((await get(`/api/proposals/${one.id}`)).json.decision.feedback).toBe('not now');
  });

  test('are not approved where one asks for a second confirm, and only by a session', async () => {
    const large = await card({ ...pausing(), basis: { amount_minor: 5_000_000, currency: 'usd' } });
    const items = [{ proposal_id: large.id, payload_hash: large.payload_hash }];
    expect((await post('/api/proposals/batch', { decision: 'approve', items })).json.results).toMatchObject([
      { ok: false, status: 'pending' },
    ]);
    expect((await post('/api/proposals/batch', { decision: 'approve', items: [] })).status).toBe(400);
    const { json } = await post('/api/keys', { name: 'reader', kind: 'personal' });
    expect((await post('/api/proposals/batch', { decision: 'approve', items }, json.key)).status).toBe(403);
  });
});

describe('a dry run', () => {
  test('shows the request of the card, or of an edit, as what it would run', async () => {
    const { id } = await card();
    const plain = await post(`/api/proposals/${id}/dry-run`);
    expect(plain).toMatchObject({ status: 200, json: { connection: 'outbox:local', request: { subject: 'Your card' } } });
    const edit = { to: 'ana@example.com', subject: 'Another', body: 'Hello.' };
    const edited = await post(`/api/proposals/${id}/dry-run`, { edit });
    expect(edited.json.request).toMatchObject(edit);
    expect(edited.json.request.message_id).not.toBe(plain.json.request.message_id);
    expect((await get(`/api/proposals/${id}`)).json).toMatchObject({ version: 1, status: 'pending' });
  });

  test('of an edit that does not fit is a 422 that names the place', async () => {
    const { id } = await card();
    const answer = await post(`/api/proposals/${id}/dry-run`, { edit: { to: 'a@example.com, b@example.com', subject: 's', body: 'b' } });
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toMatchObject([{ path: 'to' }]);
  });
});

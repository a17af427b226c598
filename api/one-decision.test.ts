import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Person } from '../domain/app.ts';
import { mayMove, type ProposalStatus } from '../domain/proposal.ts';
import { Problem } from '../domain/problem.ts';
import { undo } from '../prisma/aftercare.ts';
import { auditOf, verifyAudit } from '../prisma/audit.ts';
import { decide } from '../prisma/decide.ts';
import { stepDue } from '../prisma/lifecycle.ts';
import { withdraw } from '../prisma/withdraw.ts';
import { incidentOf, member, pendingCard, storedEvent } from '../scripts/testing/cards.ts';
import { seenIn, approve_id } from './slack/buttons.ts';
import { startSlackServer, type SlackServer } from './slack/testing.ts';

/**
 * Expiry and withdrawal go through the very functions that the worker's activities call: `due` is stepDue() and nothing else
 * (activities/index.ts), and triage hands an event that settles a matter to withdraw() (activities/triage.ts). Only Temporal is
 * left out, which may repeat them and adds nothing to what they do.
 */
const rounds = 1_000;
/** Every so many rounds what people do comes in over HTTP, and from Slack with its signature. */
const over_http_every = 20;
const seed = Number(process.env.ONE_DECISION_SEED ?? Date.now() % 1_000_000);

let here: SlackServer;
let ana: Person;
let ben: Person;
let eva: Person;
let kim: Person;
let cookie: string;

beforeAll(async () => {
  here = await startSlackServer();
  const { db, org_id } = here.server;
  const { user_id } = await here.link('U0BEN');
  cookie = await here.server.member('owner');
  const people = await db.sql<Person>`
    select u.id as user_id, m.org_id, u.name, u.email, m.role from members m join "user" u on u.id = m.user_id order by u.id = ${user_id} desc`;
  if (people[0] === undefined || people[1] === undefined) throw new Error('a member is missing');
  [ben, kim] = [people[0], people[1]];
  ana = await member(db, org_id);
  eva = await member(db, org_id);
});
afterAll(() => here.close());

test(`web, Slack, a second member, expiry, undo, an edit and a withdrawal at once, ${rounds} times: one decision stands each time`, async () => {
  console.info(`one decision: seed ${seed} (ONE_DECISION_SEED repeats it)`);
  const { db, org_id } = here.server;
  const random = generator(seed);
  const ended = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const name = `seed ${seed}, round ${round}`;
    const required = random() < 0.3 ? 2 : 1;
    const card = await pendingCard(db, org_id, {
      urgency: random() < 0.5 ? 'high' : 'critical',
      expires_at: new Date(Date.now() + 60_000),
    });
    if (required === 2) await db.sql`update proposals set required_approvals = 2 where id = ${card.id}`;
    const settled = await Promise.allSettled(shuffled(actsOn(card, random, round % over_http_every === 0), random).map((act) => act()));
    for (const one of settled) if (one.status === 'rejected') expectRefusal(one.reason, name);
    const status = await expectOneDecision(card.id, required, name);
    ended.set(`${status}/${required}`, (ended.get(`${status}/${required}`) ?? 0) + 1);
  }
  console.info('one decision: ended as', Object.fromEntries([...ended].toSorted()));
  expect([...ended.values()].reduce((sum, count) => sum + count, 0)).toBe(rounds);
  expect(await verifyAudit(db, org_id)).toMatchObject({ ok: true, first_break: null });
}, 300_000);

interface Card {
  id: string;
  payload_hash: string;
  event: { subject: string | null };
}
type Act = () => Promise<unknown>;

/** Some of what may happen to a card, all at the same time. */
function actsOn(card: Card, random: () => number, over_http: boolean): Act[] {
  const { db, org_id } = here.server;
  const seen = { proposal_id: card.id, payload_hash: card.payload_hash };
  const edit = { to: 'ana@example.com', subject: 'Edited', body: `Version of ${random()}` };
  const via = { via: 'web', undo_seconds: 600 } as const;
  const web: Act = over_http
    ? () => overHttp('/ai/decide', { ...seen, decision: 'approve' })
    : () => decide(db, kim, { ...seen, decision: 'approve' }, via);
  const slack: Act = over_http
    ? () => clickInSlack(card)
    : () => decide(db, ben, { ...seen, decision: 'approve' }, { ...via, via: 'slack' });
  const all: Act[] = [
    web,
    slack,
    () => decide(db, ana, { ...seen, decision: random() < 0.5 ? 'approve' : 'reject' }, via),
    () => decide(db, eva, { ...seen, decision: 'approve', edit }, via),
    over_http ? () => overHttp(`/api/proposals/${card.id}/undo`, undefined) : () => undo(db, ana, card.id),
    () => stepDue(db, { org_id, proposal_id: card.id, step: 'expire', now_ms: Date.now() + 120_000 }),
    async () => {
      const paid = await storedEvent(db, org_id, { type: 'invoice.paid', subject: card.event.subject ?? '' });
      await withdraw(db, incidentOf(paid));
    },
  ];
  // What ends a card always would leave little else to see.
  return all.filter((_, index) => index < 4 || random() < 0.5);
}

async function overHttp(path: string, body: object | undefined): Promise<void> {
  const answer = await here.server.call('POST', path, { as: cookie, body, headers: { origin: 'https://ops.example.com' } });
  expect([200, 409], answer.text).toContain(answer.status);
}

async function clickInSlack({ id, payload_hash }: Card): Promise<void> {
  const sent = await here.click('U0BEN', { action_id: approve_id, value: seenIn({ id, version: 1, payload_hash }) });
  expect(sent.status, sent.text).toBe(200);
}

function expectRefusal(reason: unknown, name: string): void {
  // Anything else is a deadlock, a lock that was waited for too long, or a mistake.
  if (!(reason instanceof Problem)) throw new Error(`${name}: ${String(reason)}`, { cause: reason });
  expect(reason.status, `${name}: ${reason.message}`).toBe(409);
}

/** Resolves to where the card has come to. */
async function expectOneDecision(id: string, required: number, name: string): Promise<ProposalStatus> {
  const { db, org_id } = here.server;
  const [card] = await db.sql<{ status: ProposalStatus; version: number; payload_hash: string }>`
    select status, version, payload_hash from proposals where id = ${id}`;
  if (card === undefined) throw new Error(`${name}: the card is gone`);
  const standing = await db.sql<{ decision: string; version: number; payload_hash: string; decided_by: string }>`
    select decision, version, payload_hash, decided_by from decisions where proposal_id = ${id} and undone_at is null`;
  for (const one of standing)
    expect({ version: one.version, hash: one.payload_hash }, `${name}: what stands is of the current version`).toEqual({
      version: card.version,
      hash: card.payload_hash,
    });
  expect(new Set(standing.map(({ decided_by }) => decided_by)).size, `${name}: each person once`).toBe(standing.length);
  const [approvals, rejections] = ['approve', 'reject'].map((kind) => standing.filter(({ decision }) => decision === kind).length);
  const expected = { approved: [[required], [0]], rejected: [[0, required - 1], [1]] }[card.status as string] ?? [[0, required - 1], [0]];
  expect(expected[0], `${name}: approvals of a card that is ${card.status}`).toContain(approvals);
  expect(expected[1], `${name}: rejections of a card that is ${card.status}`).toContain(rejections);

  const audit = await auditOf(db, org_id, id);
  for (const [index, row] of audit.entries()) {
    expect(row.from_status, `${name}: row ${index} continues the one before it`).toBe(audit[index - 1]?.to_status ?? null);
    const [from, to] = [row.from_status, row.to_status] as ProposalStatus[];
    if (index > 0 && from !== to) expect(from && to && mayMove(from, to), `${name}: ${from} → ${to}`).toBe(true);
  }
  expect(audit.at(-1)?.to_status, name).toBe(card.status);
  return card.status;
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** mulberry32: small, and the same for the same seed. */
function generator(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Person } from '../../domain/app.ts';
import { parseEnvironment } from '../../domain/environment.ts';
import type { Json } from '../../domain/text.ts';
import { decide } from '../../prisma/decide.ts';
import { insertEvent, readStoredEvent } from '../../prisma/events.ts';
import { storeDrafts } from '../../prisma/store.ts';
import { parseStripe } from '../../providers/stripe/inbound.ts';
import { stripeCustomer, stripeEvent, stripeInvoice, stripeSubscription } from '../../providers/stripe/testing.ts';
import { emailDraft, incidentOf, member } from '../testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../testing/database.ts';
import { setSetting } from '../testing/settings.ts';
import { reportOf } from './report.ts';
import { runShadow } from './run.ts';
import { trialOf } from './settings.ts';

const hour_ms = 3_600_000;
const began = Date.now() - 10 * 24 * hour_ms;
const at = (hours: number) => new Date(Math.floor(began / 1_000) * 1_000 + hours * hour_ms);

let database: TestDatabase;
let ana: Person;

/** Stored as it would have been at that time. */
async function arrived(event: Json, hours: number): Promise<string> {
  const { event_id } = await insertEvent(database.db, database.org_id, parseStripe(event));
  await asOwner(
    database.url,
    'update events set received_at = $2, processed_at = case when processed_at is null then null else $2::timestamptz end where id = $1',
    [event_id, at(hours)],
  );
  return event_id;
}

/** The payment of the customer who pays more than `rank - 1` of the 19 others. */
async function failed(rank: number, hours: number): Promise<string> {
  const created = at(hours);
  const invoice = stripeInvoice('new', `in_${rank}`, `cus_${rank}`, { created, customer_email: `c${rank}@example.com` });
  return arrived(stripeEvent('invoice.payment_failed', invoice, { created }), hours);
}

/** The card that was really made for it, and what Ana made of it. */
async function card(event_id: string, rank: number, decision: 'approve' | 'reject', feedback?: string): Promise<void> {
  const event = await readStoredEvent(database.db, database.org_id, event_id);
  await storeDrafts(database.db, incidentOf(event), [emailDraft(event, { subject: `stripe:invoice:in_${rank}` })]);
  const [made] = await database.db.sql<{ id: string; payload_hash: string }>`
    select id, payload_hash from proposals where event_id = ${event_id}`;
  if (made === undefined) throw new Error('the card was not stored');
  await decide(
    database.db,
    ana,
    { proposal_id: made.id, decision, payload_hash: made.payload_hash, feedback, edit: undefined },
    { via: 'api', undo_seconds: 600 },
  );
}

beforeAll(async () => {
  database = await testDatabase();
  ana = await member(database.db, database.org_id);
  for (let rank = 1; rank <= 20; rank += 1) {
    const created = at(0);
    await arrived(stripeEvent('customer.created', stripeCustomer(`cus_${rank}`, { email: `c${rank}@example.com` }), { created }), 0);
    const subscription = stripeSubscription('new', `sub_${rank}`, `cus_${rank}`, { unit_amount: rank * 1_000 });
    await arrived(stripeEvent('customer.subscription.created', subscription, { created }), 0);
  }
  await card(await failed(20, 24), 20, 'approve');
  await card(await failed(19, 25), 19, 'reject', 'too small');
  await failed(18, 26);
  await failed(1, 27);
  await asOwner(
    database.url,
    `insert into context_facts (org_id, kind, key, data, as_of, actor_id) values ($1, 'customer', 'stripe:cus_1', '{"mrr_percentile": 100}', $2, $3)`,
    [database.org_id, at(28), ana.user_id],
  );
});
afterAll(() => database.close());

const run = (assignments: string[], since_ms: number | null = null) =>
  runShadow({
    database_url: database.url,
    environment: parseEnvironment({}),
    trial: trialOf('money', assignments),
    since_ms,
  });
const subjects = (all: { proposal: { subject: string } }[]) => all.map(({ proposal }) => proposal.subject);

/** Of every row there is. */
async function digest(): Promise<string> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const hash = createHash('sha256');
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'langgraph') order by 1`,
  );
  for (const { name } of rows) {
    const { rows: content } = await client.query(`select t::text as row from ${name} t order by 1`);
    hash.update(JSON.stringify([name, content]));
  }
  await client.end();
  return hash.digest('hex');
}

describe('a shadow run', () => {
  test('tells what is dropped, beside what was decided, and writes nothing', async () => {
    const before = await digest();
    const shadow = await run(['top_percent=5']);
    expect(shadow).toMatchObject({ changes: [{ name: 'top_percent', from: 10, to: 5 }], events: { judged: 44, older: 0 }, failed: [] });
    const { added, dropped, changed, unchanged } = shadow.difference;
    expect([subjects(added), subjects(dropped), subjects(changed), unchanged]).toEqual([[], ['stripe:invoice:in_19'], [], 1]);
    expect(dropped[0]).toMatchObject({
      proposal: { urgency: 'high', created_at: at(25), payload: { to: 'c19@example.com' } },
      human: { status: 'rejected', decision: 'reject', decided_by: ana.email, feedback: 'too small' },
    });
    const report = reportOf(shadow);
    expect(report).toMatch(/^money with top_percent 10 → 5, over 44 events\. Nothing was sent, nothing was written\.$/m);
    expect(report).toMatch(/^Dropped: 1 \(1 rejected\)\n {2}.* UTC {2}high {2}email {2}stripe:invoice:in_19 /m);
    expect(report).toContain(`really: rejected by ${ana.email} at `);
    expect(report).toContain(', because: too small');
    expect(await digest()).toBe(before);
  });

  test('tells what is added and what is changed, by the facts of the time', async () => {
    const { difference } = await run(['top_percent=15', 'escalate_after_hours=1']);
    // Whose percentile was told an hour after the payment was nobody then.
    expect(subjects(difference.added)).toEqual(['stripe:invoice:in_18']);
    expect(difference.added[0]?.human).toBeNull();
    expect(subjects(difference.changed)).toEqual(['stripe:invoice:in_20', 'stripe:invoice:in_19']);
    expect(difference.changed[0]).toMatchObject({
      was: { escalates_at: at(48).toISOString() },
      is: { escalates_at: at(25).toISOString() },
      human: { decision: 'approve', status: 'approved' },
    });
    expect([difference.dropped, difference.unchanged]).toEqual([[], 0]);
  });

  test('is held against what the instance has set', async () => {
    await setSetting(database, 'money.top_percent', 5);
    const shadow = await run(['top_percent=10']);
    await asOwner(database.url, 'delete from settings');
    expect(shadow.changes).toEqual([{ name: 'top_percent', from: 5, to: 10 }]);
    expect(subjects(shadow.difference.added)).toEqual(['stripe:invoice:in_19']);
  });
});

describe('npm run shadow', () => {
  const main = fileURLToPath(new URL('../shadow.ts', import.meta.url));
  const shadow = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: database.url },
    });
    return { status, stdout, stderr };
  };

  test('exits with 2 and a sentence for what it does not know', () => {
    const refused = (sentence: string) => ({ status: 2, stdout: '', stderr: expect.stringContaining(sentence) });
    expect(shadow('--sop', 'money', '--set', 'top_percent=5', '--now')).toMatchObject(refused("Unknown option '--now'"));
    expect(shadow('--sop', 'money', '--set', 'top=5')).toMatchObject(refused('"top=5" names no setting'));
    expect(shadow('--sop', 'money', '--set', 'top_percent=5', '--since', 'lately')).toMatchObject(
      refused('"lately" is no age: write a number and m, h, d or w, such as 30d.'),
    );
  });

  test('runs over the configured database and judges only what came in lately, by older facts too', () => {
    const minutes = Math.round((Date.now() - at(25.5).getTime()) / 60_000);
    const { status, stdout, stderr } = shadow('--sop', 'money', '--set', 'top_percent=15', '--since', `${minutes}m`, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ sop: 'money', events: { judged: 2, older: 42 } });
    expect([subjects(told.difference.added), told.difference.dropped, told.difference.unchanged]).toEqual([
      ['stripe:invoice:in_18'],
      [],
      0,
    ]);
  });
});

test.each([
  [undefined, [], 'Name the procedure with --sop: money, customer_fire, release, team_pulse.'],
  ['sales', ['a=1'], 'There is no procedure "sales". There are money,'],
  ['toString', ['a=1'], 'There is no procedure "toString".'],
  ['money', [], 'Name what to change with --set. The settings of money are top_percent (10),'],
  ['money', ['top=5'], '"top=5" names no setting; write --set name=value. The settings of money are top_percent (10)'],
  ['money', ['toString=5'], '"toString=5" names no setting'],
  ['money', ['top_percent'], '"top_percent" names no setting; write --set name=value'],
  ['money', ['top_percent=few'], '"few" is no value for top_percent: a number is expected, such as 10.'],
  ['money', ['top_percent='], '"" is no value for top_percent'],
])('%j with %j is refused with what there is', (sop, assignments, sentence) => expect(() => trialOf(sop, assignments)).toThrow(sentence));

test('a setting that is no number is given as JSON', () => {
  expect(trialOf('release', ['service_map={"shop-web":"shop"}', 'error_rate_max=0.05']).changes).toEqual([
    { name: 'service_map', from: {}, to: { 'shop-web': 'shop' } },
    { name: 'error_rate_max', from: 0.02, to: 0.05 },
  ]);
  expect(() => trialOf('release', ['service_map=[]'])).toThrow('"[]" is no value for service_map: a JSON object is expected, such as {}.');
});

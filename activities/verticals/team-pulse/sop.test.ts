import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../../../domain/app.ts';
import { context_request } from '../../../domain/context.ts';
import type { Assessment, Draft, Sop, StoredEvent } from '../../../domain/sop.ts';
import type { Json } from '../../../domain/text.ts';
import { system_actor } from '../../../prisma/audit.ts';
import { storeContext } from '../../../prisma/context.ts';
import { insertEvent, readEvent, readStoredEvent } from '../../../prisma/events.ts';
import { storeDrafts } from '../../../prisma/store.ts';
import { parseGithub } from '../../../providers/github/inbound.ts';
import { githubCommit, githubPush, type GithubPerson } from '../../../providers/github/testing.ts';
import { member } from '../../../scripts/testing/cards.ts';
import { asOwner, testDatabase, type TestDatabase } from '../../../scripts/testing/database.ts';
import { incidentOf } from '../../triage.ts';
import { createPeople } from '../people.ts';
import { createTeamPulse } from './sop.ts';
import type { TeamPulseFacts } from './rules.ts';

let t: TestDatabase;
let org_id: string;
let owner: Person;
let sop: Sop<TeamPulseFacts>;
let now: Date;
const ana: GithubPerson = { login: 'Ana-Dev', name: 'Ana', email: 'ana@example.com' };
const ben: GithubPerson = { login: 'ben', name: 'Ben', email: 'ben@example.com' };

beforeAll(async () => {
  t = await testDatabase();
  sop = createTeamPulse({ db: t.db, people: createPeople({ db: t.db, slack: null }) });
});
afterAll(() => t.close());
/** A new organisation knows nothing of what was delivered before. */
beforeEach(async () => {
  const [organisation] = await t.db.sql<{ id: string }>`insert into organisations (name) values ('another') returning id`;
  org_id = organisation?.id ?? '';
  owner = await member(t.db, org_id);
  const [row] = await t.db.sql<{ now: Date }>`select date_trunc('second', now()) as now`;
  now = row?.now ?? new Date();
});

const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

async function deliver(payload: Json, ignored: string | null = null): Promise<StoredEvent> {
  const body = Buffer.from(JSON.stringify(payload));
  const event = parseGithub({ body, headers: { 'x-github-event': 'push' }, now }, payload);
  const { event_id } = await insertEvent(t.db, org_id, { ...event, ignored: ignored ?? event.ignored });
  return readStoredEvent(t.db, org_id, event_id);
}

function push(author: GithubPerson, days = 0, more: Parameters<typeof githubPush>[0] = {}) {
  return deliver(githubPush({ author, at: daysAgo(days), ...more }));
}

/** One push with so many commits, each on a day of its own. */
function work(author: GithubPerson, days: number[], message?: string) {
  const commits = days.map((day) => githubCommit({ at: daysAgo(day), author, message }));
  return push(author, Math.min(...days), { commits });
}

async function tell(context: Json): Promise<void> {
  await storeContext(t.db, owner, context_request.parse(context));
}

const at_risk = { commits_previous_14d: 20, commits_last_14d: 4, pto_days_last_14d: 5, pto_days_baseline_14d: 1, sentiment: -0.6 };
const away = { pto_days_last_14d: 5, pto_days_baseline_14d: 0, sentiment: -0.5 };

async function judge(event: StoredEvent): Promise<Assessment> {
  return sop.assess(await sop.gather(event, { fresh: false }), now);
}

async function draftsOf(event: StoredEvent): Promise<Draft[]> {
  const assessment = await judge(event);
  return assessment.propose ? assessment.drafts : [];
}

async function engineer(event: StoredEvent, login: string) {
  const { engineers } = await sop.gather(event, { fresh: false });
  return engineers.find((one) => one.login.toLowerCase() === login.toLowerCase());
}

const counted = async (event: StoredEvent, login: string) => {
  const { previous, last } = (await engineer(event, login))?.counted ?? {};
  return [previous, last];
};

describe('commits are counted', () => {
  // Pushes are read only while somebody is away.
  beforeEach(() => tell({ team: [{ github_login: 'zoe', ...away }] }));

  test('by login over 14 days against the 14 before, by each commit’s own date', async () => {
    await work(ana, [27.9, 20, 14]);
    await work(ana, [13.9, 1]);
    await work(ana, [28.1, 28]);
    await push(ana, 0, { commits: [githubCommit({ author: ana, at: daysAgo(16) })] });
    const event = await push(ben);
    expect(await counted(event, 'ana-dev')).toEqual([4, 2]);
    expect(await counted(event, 'ben')).toEqual([0, 1]);
  });

  test('once each, however many branches they are on, and not when they were pushed before', async () => {
    const commit = githubCommit({ author: ana, at: daysAgo(3), sha: 'a'.repeat(40) });
    await push(ana, 3, { commits: [commit], ref: 'refs/heads/feature' });
    await push(ana, 2, { commits: [commit], ref: 'refs/heads/main' });
    await push(ana, 1, { commits: [{ ...githubCommit({ author: ana, at: daysAgo(3) }), distinct: false }] });
    expect(await counted(await push(ben), 'ana-dev')).toEqual([0, 1]);
  });

  test('of the author, whoever pushes them, in every repository of every organisation', async () => {
    await push(ben, 2, { commits: [githubCommit({ author: ana, at: daysAgo(2) })], repository: 'acme/site' });
    await push(ana, 1, { repository: 'Other/tools' });
    const event = await push(ben);
    expect(await counted(event, 'ana-dev')).toEqual([0, 2]);
    expect(event.subject).toBe('github:repository:acme/shop');
  });

  test('from pushes that were stored while GitHub was switched off', async () => {
    await deliver(
      githubPush({ author: ana, at: daysAgo(1) }),
      'GitHub is switched off: switch it on in the settings, or set FEATURE_GITHUB=1',
    );
    expect(await counted(await push(ben), 'ana-dev')).toEqual([0, 1]);
  });

  test('to the newest push, so that late and repeated deliveries change nothing', async () => {
    await work(ana, [1, 2, 3, 4]);
    const late = await work(ana, [15, 16, 17, 18, 19, 20]);
    expect(await counted(late, 'ana-dev')).toEqual([6, 4]);
    await tell({ team: [{ github_login: 'ana-dev', ...away }] });
    expect(await draftsOf(late)).toEqual([]);
  });

  test('and a fall of half with the other two signs makes a card, one commit more does not', async () => {
    await tell({ team: [{ github_login: 'ana-dev', name: 'Ana', ...away }], founder: { email: 'founder@example.com' } });
    await work(ana, [15, 16, 17, 18]);
    await work(ana, [1, 2]);
    const event = await push(ben);
    expect(await draftsOf(event)).toMatchObject([
      { subject: 'github:user:ana-dev', urgency: 'low', joins: false, action: { payload: { to: 'founder@example.com' } } },
    ]);
    await work(ana, [1.5]);
    expect(await draftsOf(await push(ben))).toEqual([]);
  });
});

describe('who belongs to the organisation', () => {
  test('is seen in its pushes, or told and seen nowhere else', async () => {
    await push(ana, 1, { repository: 'Elsewhere/tools' });
    await tell({ team: ['ana-dev', 'ben', 'cleo'].map((github_login) => ({ github_login, ...at_risk })) });
    const subjects = async (event: StoredEvent) => (await draftsOf(event)).map(({ subject }) => subject);
    expect(await subjects(await push(ben, 0, { repository: 'Acme/shop' }))).toEqual(['github:user:ben', 'github:user:cleo']);
    expect(await subjects(await push(ana, 0, { repository: 'elsewhere/tools' }))).toEqual(['github:user:ana-dev', 'github:user:cleo']);
  });

  test('is found by the address that GitHub knows, when an owner told no login', async () => {
    await tell({ team: [{ email: 'Ana@Example.com', name: 'Ana D.', ...at_risk }] });
    expect(await draftsOf(await push(ana))).toMatchObject([{ subject: 'github:user:ana-dev', title: 'Ana D.: time for a 1:1' }]);
  });

  test('is no bot, by login, type or word of an owner, and has not left', async () => {
    const logins = ['dependabot[bot]', 'acme-ci', 'told-bot', 'gone', 'leaving'];
    await push({ login: 'acme-ci', bot: true }, 1);
    await tell({
      team: logins.map((github_login) => ({
        github_login,
        ...at_risk,
        bot: github_login === 'told-bot',
        departed_at: github_login === 'gone' ? daysAgo(1).toISOString() : github_login === 'leaving' ? daysAgo(-1).toISOString() : null,
      })),
    });
    // A bot's push leads to judging the others like any other push.
    const event = await push({ login: 'dependabot[bot]' });
    expect((await draftsOf(event)).map(({ subject }) => subject)).toEqual(['github:user:leaving']);
    await tell({ team: [{ github_login: 'leaving', departed_at: daysAgo(1).toISOString() }] });
    expect(await judge(event)).toEqual({
      propose: false,
      reason: 'nobody is at risk: there is no engineer to look at; left out: 3 bots and 2 people who left',
    });
  });
});

describe('what an owner told', () => {
  test('overrides what was counted until newer pushes show more', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk, commits_previous_14d: 4, commits_last_14d: 2 }] });
    await asOwner(t.url, `update context_facts set as_of = $2 where org_id = $1`, [org_id, daysAgo(2)]);
    await work(ana, [4, 5, 6]);
    expect(await draftsOf(await work(ana, [0.5, 1]))).toHaveLength(1);
    expect(await draftsOf(await work(ana, [0.2]))).toEqual([]);
  });

  test('decides whether pushes are read at all: they are while somebody is away', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk, pto_days_last_14d: 3.99 }] });
    const event = await push(ana);
    expect(await sop.gather(event, { fresh: false })).toMatchObject({ somebody_is_away: false, engineers: [] });
    await tell({ team: [{ github_login: 'ana-dev', pto_days_last_14d: 4 }] });
    expect(await sop.gather(event, { fresh: false })).toMatchObject({ somebody_is_away: true, engineers: [{ login: 'Ana-Dev' }] });
  });

  test('about the mood overrides how the messages sound', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk, sentiment: null }], founder: { email: 'founder@example.com' } });
    const event = await work(ana, [1], 'ugh, such a mess, so tired');
    expect((await engineer(event, 'ana-dev'))?.counted.mood).toEqual({ low: 3, high: 0, messages: 1 });
    expect((await draftsOf(event))[0]?.notes[1]).toContain('3 words sound low, 0 high');
    await tell({ team: [{ github_login: 'ana-dev', sentiment: 0.2 }] });
    expect(await draftsOf(event)).toEqual([]);
  });

  test('a name of outside text stays one plain line', async () => {
    await tell({ team: [{ github_login: 'ana-dev', name: 'Ana\r\nBcc: <b>x</b>\u202E', ...at_risk }] });
    expect(await draftsOf(await push(ana))).toMatchObject([{ action: { payload: { summary: '1:1 with Ana Bcc: b x /b' } } }]);
  });

  test('the founder is whom they named, else the first owner', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk }] });
    const event = await push(ana);
    expect(await draftsOf(event)).toMatchObject([{ basis: { to: owner.email } }]);
    await tell({ founder: { email: 'founder@example.com' } });
    expect(await draftsOf(event)).toMatchObject([{ basis: { to: 'founder@example.com' } }]);
  });
});

test('odd payloads are read as far as they go', async () => {
  await tell({ team: [{ github_login: 'ana-dev', ...away }] });
  const odd = [
    null,
    'x',
    { id: 7 },
    { id: 'b'.repeat(40), author: { username: 'a b' }, timestamp: 'never' },
    { id: 'c'.repeat(40), author: { username: 'Ana-Dev' } },
  ];
  const event = await deliver({ ...githubPush({ author: ana, at: daysAgo(0) }), commits: odd } as Json);
  expect(await counted(event, 'ana-dev')).toEqual([0, 1]);
  const none = await deliver({ ...githubPush({ author: ben, at: daysAgo(0) }), commits: 'none', sender: [] } as Json);
  expect(await counted(none, 'ana-dev')).toEqual([0, 1]);
});

describe('stored', () => {
  async function store(event: StoredEvent): Promise<void> {
    const assessment = await judge(event);
    if (!assessment.propose) return;
    const words = { by: 'rules' as const, model: null, explanation: null, claims: [], unsupported: [] };
    const more = { vertical: 'team_pulse', sop_version: sop.version, connection: 'outbox:local', words, trace: [], author: system_actor };
    const drafts = assessment.drafts.map((draft) => ({ ...draft, ...more }));
    await storeDrafts(t.db, await incidentOf(sop, [sop], event), drafts);
  }

  const cards = () => t.db.sql<{
    id: string;
    subject: string;
    urgency: string;
    status: string;
    facts: { label: string }[];
    events: string[];
  }>`
    select p.id, subject, urgency, status, facts, (select array_agg(event_id::text order by joined_at) from proposal_events where proposal_id = p.id) as events
    from proposals p where org_id = ${org_id} order by created_at, subject`;

  test('each engineer has one card, and a push joins only its author’s', async () => {
    await tell({ team: ['ana-dev', 'ben'].map((github_login) => ({ github_login, ...at_risk })) });
    const first = await push(ana);
    await store(first);
    await store(first);
    const second = await push(ben);
    await store(second);
    expect(await cards()).toMatchObject([
      { subject: 'github:user:ana-dev', urgency: 'high', events: [first.id] },
      { subject: 'github:user:ben', urgency: 'high', events: [first.id, second.id] },
    ]);
    expect(await readEvent(t.db, org_id, second.id)).toMatchObject({ status: 'processed' });
  });

  test('a second engineer at risk raises the card of the first', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk }] });
    const first = await push(ana);
    await store(first);
    expect(await cards()).toMatchObject([{ urgency: 'low' }]);
    await tell({ team: [{ github_login: 'ben', ...at_risk }] });
    await store(await push(ben));
    const [one, other] = await cards();
    expect([one, other]).toMatchObject([
      { subject: 'github:user:ana-dev', urgency: 'high', events: [first.id] },
      { subject: 'github:user:ben', urgency: 'high' },
    ]);
    expect(one?.facts).toContainEqual(expect.objectContaining({ label: 'At risk now' }));
    const [wake] = await t.db.sql<{ event_id: string }>`select event_id from wakeups where org_id = ${org_id}`;
    expect(wake?.event_id).toBe(first.id);
  });

  test('a decided card is not made again for 72 hours, unless there are several now', async () => {
    await tell({ team: [{ github_login: 'ana-dev', ...at_risk }] });
    await store(await push(ana));
    await asOwner(t.url, `update proposals set status = 'expired', closed_at = now() where org_id = $1`, [org_id]);
    const own = await push(ana);
    await store(own);
    await store(await push(ben));
    expect(await cards()).toMatchObject([{ status: 'expired', events: [expect.any(String), own.id] }]);
    await tell({ team: [{ github_login: 'ben', ...at_risk }] });
    await store(await push(ben));
    expect((await cards()).map(({ subject, status, urgency }) => [subject, status, urgency])).toEqual([
      ['github:user:ana-dev', 'expired', 'low'],
      ['github:user:ana-dev', 'pending', 'high'],
      ['github:user:ben', 'pending', 'high'],
    ]);
  });

  test('pushes that arrive at once make one card each', async () => {
    await tell({ team: ['ana-dev', 'ben'].map((github_login) => ({ github_login, ...at_risk })) });
    const events = await Promise.all(Array.from({ length: 12 }, (_, index) => push(index % 2 === 0 ? ana : ben)));
    await Promise.all(events.map(store));
    expect(await cards()).toMatchObject([{ status: 'pending' }, { status: 'pending' }]);
  });
});

test('among 5,000 pushes one is judged within the seconds a card may take', async () => {
  await tell({ team: [{ github_login: 'ana-dev', ...away }] });
  const sample = githubPush({
    author: ana,
    at: daysAgo(1),
    commits: Array.from({ length: 5 }, () => githubCommit({ author: ana, at: daysAgo(1), message: 'm'.repeat(300) })),
  });
  await asOwner(
    t.url,
    `insert into events (org_id, source, type, occurred_at, payload_json, dedupe_key, subject, status)
     select $1, 'github', 'push', now() - n * interval '7 minutes', $2::jsonb, n, 'github:repository:acme/shop', 'processed' from generate_series(1, 5000) n`,
    [org_id, JSON.stringify(sample)],
  );
  const event = await push(ben);
  const started = performance.now();
  await judge(event);
  expect(performance.now() - started).toBeLessThan(5_000);
});

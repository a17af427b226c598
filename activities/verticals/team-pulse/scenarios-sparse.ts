/**
 * Labelled cases with as little in their payloads as GitHub may send. They are written out rather than built by the samples of
 * the other cases, so that what those always carry is not relied upon.
 */
import type { Json } from '../../../domain/text.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';

type JsonObject = { [key: string]: Json };
type Delivery = Course['deliveries'][number];
type Outcome = Pick<Course, 'expect' | 'reason'>;

const acme_shop = { full_name: 'acme/shop' };

/** Each of the three signs exactly where it begins to count. */
const on_the_edge = { commits_previous_14d: 20, commits_last_14d: 10, pto_days_last_14d: 4, pto_days_baseline_14d: 1, sentiment: -0.3 };
const ana: JsonObject = { github_login: 'ana-dev', name: 'Ana', ...on_the_edge };
const untold: JsonObject = { ...ana, commits_previous_14d: null, commits_last_14d: null };
const ben: JsonObject = { ...ana, github_login: 'ben', name: 'Ben' };

const invite = (urgency: 'low' | 'high' = 'low', login = 'ana-dev'): Course['expect'][number] => ({
  vertical: 'team_pulse',
  action_type: 'api_call',
  operation: 'calendar.invite',
  urgency,
  subject: `github:user:${login}`,
});
const invited: Outcome = { expect: [invite()] };
const both: Outcome = { expect: [invite('high'), invite('high', 'ben')] };
const none = (reason = /nobody is at risk/): Outcome => ({ expect: [], reason });

/** Pushes of one moment. */
function github({ ago }: Moment) {
  let count = 0;
  const push = (more: JsonObject = {}): Delivery => {
    count += 1;
    const payload = { ref: 'refs/heads/main', repository: acme_shop, sender: { login: 'zoe' }, nth: count, ...more };
    return { source: 'github', payload, headers: { 'x-github-event': 'push' } };
  };
  const commit = (duration: Parameters<Moment['ago']>[0], more: JsonObject = {}): JsonObject => {
    count += 1;
    const author = { name: 'Ana', email: 'ana@example.com', username: 'ana-dev' };
    return {
      id: String(count).padStart(40, '0'),
      message: 'Work',
      timestamp: ago(duration).toISOString(),
      distinct: true,
      author,
      ...more,
    };
  };
  const commits = (...days: number[]): JsonObject[] => days.map((age) => commit({ days: age }));
  return { push, commit, commits };
}

function scenario(
  name: string,
  deliveries: (send: ReturnType<typeof github>) => Delivery[],
  outcome: Outcome,
  team: Json = [ana],
  more: JsonObject = {},
): Scenario {
  return {
    name,
    build: (at) => ({
      context: { team, founder: { email: 'founder@example.com' }, ...more },
      deliveries: deliveries(github(at)),
      ...outcome,
    }),
  };
}

/** One push by somebody else, with this told of the team. */
const told = (name: string, team: Json, outcome: Outcome) => scenario(name, ({ push }) => [push()], outcome, team);

const edges: Scenario[] = [
  told('all three signs where they begin', [ana], invited),
  told('2.9 days above usual', [{ ...ana, pto_days_last_14d: 3.9 }], none()),
  told('3.3 days where 0.3 are usual', [{ ...ana, pto_days_last_14d: 3.3, pto_days_baseline_14d: 0.3 }], invited),
  told('a second one whose commits fell by 49 %', [ana, { ...ben, commits_previous_14d: 100, commits_last_14d: 51 }], invited),
  told('a second one who is at risk', [ana, ben], both),
  told('a second one who left yesterday', [ana, { ...ben, departed_at: '2020-01-01' }], invited),
  told(
    'signs of two people, two for each',
    [
      { ...ana, sentiment: 0 },
      { ...ben, commits_last_14d: 20 },
    ],
    none(),
  ),
];

const pushes: Scenario[] = [
  scenario('a push that names nobody', ({ push }) => [push({ sender: null })], invited),
  scenario(
    'a repository by its owner and its name',
    ({ push }) => [push({ repository: { name: 'shop', owner: { name: 'acme' } } })],
    invited,
  ),
  scenario(
    'a repository of a person',
    ({ push }) => [push({ repository: { full_name: 'zoe/notes', owner: { login: 'zoe', type: 'User' } } })],
    invited,
  ),
  scenario('a new branch without commits', ({ push }) => [push({ created: true, commits: [] })], invited),
  scenario('a push by force', ({ push }) => [push({ forced: true })], invited),
  scenario('an account that pushes as a bot', ({ push }) => [push({ sender: { login: 'ben', type: 'Bot' } })], invited, [ana, ben]),
];

const counted: Scenario[] = [
  scenario('four commits, then two', ({ push, commits }) => [push({ commits: commits(15, 16, 17, 18, 1, 2) })], invited, [untold]),
  scenario('four commits, then three', ({ push, commits }) => [push({ commits: commits(15, 16, 17, 18, 1, 2, 3) })], none(), [untold]),
  scenario(
    'a commit that was pushed before to another branch',
    ({ push, commit, commits }) => [push({ commits: [...commits(15, 16, 1), commit({ days: 2 }, { distinct: false })] })],
    invited,
    [untold],
  ),
  scenario(
    'the same commits in two pushes',
    ({ push, commits }) => {
      const twice = commits(15, 16, 1, 2);
      return [push({ commits: twice }), push({ commits: twice })];
    },
    none(),
    [untold],
  ),
  scenario(
    'fourteen days ago is the window before',
    ({ push, commit }) => [push({ commits: [commit({ days: 14 }), commit({ days: 14 }), commit({ days: 13, hours: 23 })] })],
    invited,
    [untold],
  ),
  scenario('what was told of before, and what was pushed since', ({ push, commits }) => [push({ commits: commits(1) })], invited, [
    { ...untold, commits_previous_14d: 2 },
  ]),
  scenario(
    'commits under an address that GitHub knows nobody by, and an owner told',
    ({ push, commit, commits }) => {
      const unknown = { author: { name: 'Ana', email: 'Ana@example.com' } };
      return [push({ commits: [...commits(15, 16, 17, 18, 1, 2), commit({ days: 3 }, unknown)] })];
    },
    none(),
    [{ ...untold, email: 'ana@example.com' }],
  ),
  scenario(
    'somebody told by address alone, whom GitHub shows by login',
    ({ push, commits }) => [push({ commits: commits(19, 20, 1) })],
    invited,
    [{ ...untold, github_login: null, email: 'ana@example.com' }],
  ),
];

export const sparse: Scenario[] = [...edges, ...pushes, ...counted];

/**
 * Labelled cases of Team Pulse. Pushes are as GitHub documents them:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 */
import type { Json } from '../../../domain/text.ts';
import { githubCommit, githubPush, type GithubPerson } from '../../../providers/github/testing.ts';
import type { Course, Moment, Scenario } from '../../../scripts/eval/scenario.ts';
import { sparse } from './scenarios-sparse.ts';

const ana: GithubPerson = { login: 'ana-dev', name: 'Ana', email: 'ana@example.com' };
const ben: GithubPerson = { login: 'Ben', name: 'Ben', email: 'ben@example.com' };
const cleo: GithubPerson = { login: 'cleo', name: 'Cleo', email: 'cleo@example.com' };

const signs = { commits_previous_14d: 20, commits_last_14d: 5, pto_days_last_14d: 5, pto_days_baseline_14d: 1, sentiment: -0.6 };
const founder = { email: 'founder@example.com' };
type Team = { [key: string]: Json }[];
const one = (more: { [key: string]: Json } = {}): Team => [
  { github_login: 'ana-dev', name: 'Ana', email: 'ana@example.com', ...signs, ...more },
];
const two = (more: { [key: string]: Json } = {}): Team => [...one(), { github_login: 'ben', name: 'Ben', ...signs, ...more }];

type Expected = Course['expect'][number];
const invite = (urgency: Expected['urgency'], login = 'ana-dev'): Expected => ({
  vertical: 'team_pulse',
  action_type: 'api_call',
  operation: 'calendar.invite',
  urgency,
  subject: `github:user:${login}`,
  to: founder.email,
});

const headers = { 'x-github-event': 'push' };
const pushed = (payload: Json): Course['deliveries'][number] => ({ source: 'github', payload, headers });
const push = ({ ago }: Moment, more: Parameters<typeof githubPush>[0] = {}) =>
  pushed(githubPush({ author: ana, at: ago({ minutes: 5 }), ...more }));
/** One push, with a commit for each of these ages in days. */
const work = ({ ago }: Moment, author: GithubPerson, days: number[], message = 'Round the total once') =>
  pushed(
    githubPush({
      author,
      at: ago({ days: Math.min(...days) }),
      commits: days.map((age) => githubCommit({ author, at: ago({ days: age }), message })),
    }),
  );

const none = (reason: RegExp): Pick<Course, 'expect' | 'reason'> => ({ expect: [], reason });
const nobody = /nobody is at risk/;

/** What was told, and one push by Ana. */
function told(name: string, team: Team, outcome: Pick<Course, 'expect' | 'reason'>, context: { [key: string]: Json } = {}): Scenario {
  return { name, build: (at) => ({ context: { team, founder, ...context }, deliveries: [push(at)], ...outcome }) };
}

function scenario(name: string, build: Scenario['build']): Scenario {
  return { name, build };
}

const low: Pick<Course, 'expect'> = { expect: [invite('low')] };

const thresholds: Scenario[] = [
  told('an engineer with all three signs is one low invitation to the founder', one(), low),
  told('commits that fell by exactly half fire', one({ commits_previous_14d: 100, commits_last_14d: 50 }), low),
  told(
    'commits that fell by 49 % do not',
    one({ commits_previous_14d: 100, commits_last_14d: 51 }),
    none(/commits fell by 50 % or more for 0/),
  ),
  told(
    'commits that fell from an odd number by less than half do not fire',
    one({ commits_previous_14d: 7, commits_last_14d: 4 }),
    none(nobody),
  ),
  told('commits that stopped fire', one({ commits_last_14d: 0 }), low),
  told('without commits before there is nothing to fall from', one({ commits_previous_14d: 0, commits_last_14d: 0 }), none(nobody)),
  told('three days off above usual are a spike', one({ pto_days_last_14d: 4, pto_days_baseline_14d: 1 }), low),
  told(
    'two and a half days above usual are none',
    one({ pto_days_last_14d: 3.5, pto_days_baseline_14d: 1 }),
    none(/nobody is known to have 3 days or more of PTO/),
  ),
  told('many days off are none where they are usual', one({ pto_days_last_14d: 6, pto_days_baseline_14d: 4 }), none(nobody)),
  told('a sentiment of exactly -0.3 is low', one({ sentiment: -0.3 }), low),
  told('a sentiment of -0.29 is not', one({ sentiment: -0.29 }), none(/-0\.3 or lower for 0/)),
];

const one_sign_lacks: Scenario[] = [
  told('an engineer who only commits less is left alone', one({ pto_days_last_14d: 1, sentiment: 0.2 }), none(nobody)),
  told('an engineer who is only away is left alone', one({ commits_last_14d: 19, sentiment: 0.2 }), none(nobody)),
  told('an engineer who only sounds low is left alone', one({ commits_last_14d: 19, pto_days_last_14d: 1 }), none(nobody)),
  told('an engineer whose days off nobody told is left alone', one({ pto_days_last_14d: null, pto_days_baseline_14d: null }), none(nobody)),
  told('an engineer whose mood nobody told is left alone', one({ sentiment: null }), none(nobody)),
  told(
    'three signs of three people are no risk',
    [
      { github_login: 'ana-dev', ...signs, sentiment: 0.5 },
      { github_login: 'ben', ...signs, pto_days_last_14d: 1 },
      { github_login: 'cleo', ...signs, commits_last_14d: 20 },
    ],
    none(/of 3 engineers/),
  ),
];

const who: Scenario[] = [
  told('a bot is no engineer, whoever told its figures', one({ github_login: 'renovate[bot]' }), none(/1 bot/)),
  told('an account that an owner calls a bot is none', one({ bot: true }), none(/1 bot/)),
  scenario('an account that GitHub calls a bot is none', (at) => ({
    context: { team: one({ github_login: 'acme-ci' }), founder },
    deliveries: [push(at, { author: { login: 'acme-ci', bot: true } })],
    ...none(/1 bot/),
  })),
  scenario('a bot’s push leads to judging everyone else', (at) => ({
    context: { team: one(), founder },
    deliveries: [push(at, { author: { login: 'dependabot[bot]' } })],
    ...low,
  })),
  scenario('somebody who has left is not invited', (at) => ({
    context: { team: one({ departed_at: at.ago({ hours: 1 }).toISOString() }), founder },
    deliveries: [push(at, { author: ben })],
    ...none(/1 person who left/),
  })),
  scenario('somebody who leaves next week is still there', (at) => ({
    context: { team: one({ departed_at: at.ahead({ days: 7 }).toISOString() }), founder },
    deliveries: [push(at)],
    ...low,
  })),
  scenario('somebody of another GitHub organisation is not judged by this one’s push', (at) => ({
    context: { team: one(), founder },
    // A tag is stored and judges nobody.
    deliveries: [push(at, { repository: 'elsewhere/tools', ref: 'refs/tags/v1', commits: [] }), push(at, { author: ben })],
    ...none(/of 1 engineer /),
  })),
  told('a login is the same in capitals', one({ github_login: 'ANA-Dev' }), low),
  told('the founder is not invited to a talk with themselves', one({ email: founder.email }), none(/only the founder/)),
  told('nobody told about is nobody at risk', [], none(nobody)),
];

const several: Scenario[] = [
  told('two engineers at risk are both high', two(), { expect: [invite('high'), invite('high', 'ben')] }),
  told('two of whom one barely is not at risk are one, and low', two({ sentiment: -0.29 }), low),
  told('two of whom one is a bot are one, and low', [...one(), { github_login: 'ci[bot]', ...signs }], low),
  told('three engineers at risk are three cards', [...two(), { github_login: 'cleo', ...signs }], {
    expect: [invite('high'), invite('high', 'ben'), invite('high', 'cleo')],
  }),
  scenario('many pushes make one card for each engineer', (at) => ({
    context: { team: two(), founder },
    deliveries: [ana, ben, cleo, ana, ben].map((author, index) => push(at, { author, at: at.ago({ minutes: 50 - index }) })),
    expect: [invite('high'), invite('high', 'ben')],
  })),
  scenario('a second engineer whose commits fall later raises the first one’s card', (at) => ({
    context: { team: two({ commits_previous_14d: null, commits_last_14d: null }), founder },
    deliveries: [
      work(
        at,
        ben,
        [20, 21, 22, 23].map((age) => age + 1),
      ),
      work(at, ben, [12, 13]),
      push(at, { author: cleo, at: at.ago({ hours: 1 }) }),
      push(at),
    ],
    expect: [invite('high'), invite('high', 'ben')],
  })),
];

const untold = one({ commits_previous_14d: null, commits_last_14d: null });

const counted: Scenario[] = [
  scenario('commits are counted from the pushes: from four to two is half', (at) => ({
    context: { team: untold, founder },
    deliveries: [work(at, ana, [18, 19, 20, 21]), work(at, ana, [3, 4]), push(at, { author: ben })],
    ...low,
  })),
  scenario('from four to three is not half', (at) => ({
    context: { team: untold, founder },
    deliveries: [work(at, ana, [18, 19, 20, 21]), work(at, ana, [3, 4, 5]), push(at, { author: ben })],
    ...none(/fell by 50 % or more for 0/),
  })),
  scenario('a commit on several branches counts once', (at) => {
    const commit = githubCommit({ author: ana, at: at.ago({ days: 3 }) });
    const branches = ['refs/heads/a', 'refs/heads/b', 'refs/heads/main'];
    return {
      context: { team: untold, founder },
      deliveries: [
        work(at, ana, [18, 19]),
        ...branches.map((ref, index) => push(at, { ref, commits: [commit], at: at.ago({ days: 3, minutes: -index }) })),
        push(at, { author: ben }),
      ],
      ...low,
    };
  }),
  scenario('a commit counts for its author, whoever pushes it', (at) => ({
    context: { team: untold, founder },
    deliveries: [
      work(at, ana, [18, 19]),
      push(at, {
        author: ben,
        at: at.ago({ days: 2 }),
        commits: [2, 3].map((days) => githubCommit({ author: ana, at: at.ago({ days }) })),
      }),
      push(at, { author: ben }),
    ],
    ...none(nobody),
  })),
  scenario('pushes that arrive in the wrong order lead to the same', (at) => ({
    context: { team: untold, founder },
    deliveries: [work(at, ana, [3, 4, 5]), work(at, ana, [18, 19, 20, 21])],
    ...none(nobody),
  })),
  scenario('commits older than four weeks are no baseline', (at) => ({
    context: { team: untold, founder },
    deliveries: [work(at, ana, [29, 30, 31, 32]), push(at, { author: ben })],
    ...none(nobody),
  })),
  scenario('a told mood wins over how the messages sound', (at) => ({
    context: { team: one({ sentiment: 0.1 }), founder },
    deliveries: [work(at, ana, [1], 'ugh, what a terrible mess, so tired and frustrated')],
    ...none(nobody),
  })),
  scenario('without a told mood the messages tell', (at) => ({
    context: { team: one({ sentiment: null }), founder },
    deliveries: [work(at, ana, [1], 'ugh, what a terrible mess, so tired and frustrated')],
    ...low,
  })),
  scenario('newer pushes that show as much work as before overtake what was told', (at) => ({
    context: { team: one({ commits_previous_14d: 4, commits_last_14d: 1 }), founder },
    deliveries: [
      pushed(
        githubPush({
          author: ana,
          at: at.ahead({ minutes: 1 }),
          commits: [1, 2, 3].map((seconds) => githubCommit({ author: ana, at: at.ahead({ seconds }) })),
        }),
      ),
    ].map((delivery) => ({ ...delivery, received_at: at.ahead({ minutes: 2 }) })),
    ...none(nobody),
  })),
];

const holidays = (at: Moment, from_days: number, to_days: number): Json => [
  { name: 'Company break', start: at.ago({ days: from_days }).toISOString(), end: at.ago({ days: to_days }).toISOString() },
];

const calendar: Scenario[] = [
  scenario('a break of everybody explains a quiet fortnight', (at) => ({
    context: { team: one(), founder, holidays: holidays(at, 15, -1) },
    deliveries: [push(at)],
    ...none(/holidays explain/),
  })),
  scenario('a break last summer explains nothing', (at) => ({
    context: { team: one(), founder, holidays: holidays(at, 150, 120) },
    deliveries: [push(at)],
    ...low,
  })),
  scenario('a holiday next week explains nothing', (at) => ({
    context: { team: one(), founder, holidays: holidays(at, -5, -6) },
    deliveries: [push(at)],
    ...low,
  })),
];

const pushes: Scenario[] = [
  scenario('a tag is no work', (at) => ({
    context: { team: one(), founder },
    deliveries: [push(at, { ref: 'refs/tags/v1.0.0', commits: [] })],
    ...none(/tag/),
  })),
  scenario('a deleted branch is no work', (at) => ({
    context: { team: one(), founder },
    deliveries: [push(at, { ref: 'refs/heads/done', deleted: true })],
    ...none(/deleted/),
  })),
  scenario('a push to a branch judges like one to the main branch', (at) => ({
    context: { team: one(), founder },
    deliveries: [push(at, { ref: 'refs/heads/feature/total' })],
    ...low,
  })),
];

export const scenarios: Scenario[] = [...thresholds, ...one_sign_lacks, ...who, ...several, ...counted, ...calendar, ...pushes, ...sparse];

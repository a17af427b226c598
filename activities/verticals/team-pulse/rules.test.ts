import { describe, expect, test } from 'vitest';

import { operations } from '../../../domain/operations.ts';
import type { Draft } from '../../../domain/sop.ts';
import { assessTeamPulse, type TeamPulseFacts } from './rules.ts';
import { signsOf, team_pulse_settings, type Engineer, type Signs } from './signs.ts';
import { now, sampleEngineer, sampleFacts, sampleTold } from './testing.ts';

function draftsOf(facts: TeamPulseFacts, at = now): Draft[] {
  const assessment = assessTeamPulse(facts, at);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
}

function reasonOf(facts: TeamPulseFacts, at = now): string {
  const assessment = assessTeamPulse(facts, at);
  return assessment.propose ? 'proposed' : assessment.reason;
}

function signs(engineer: Partial<Engineer>, holidays: TeamPulseFacts['holidays'] = [], at = now): Signs {
  return signsOf(sampleEngineer(engineer), { until: now, holidays, now: at }, team_pulse_settings);
}

const told = (more: Parameters<typeof sampleTold>[0]) => signs({ told: sampleTold(more) });
const untold = { commits_previous: null, commits_last: null };

describe('the three signs', () => {
  test.each([
    [100, 50, true],
    [100, 51, false],
    [7, 3, true],
    [7, 4, false],
    [1, 0, true],
    [0, 0, false],
    [0, 5, false],
    [10, 12, false],
  ])('commits that went from %i to %i fell: %s', (commits_previous, commits_last, fell) => {
    expect(told({ commits_previous, commits_last }).commits.fell).toBe(fell);
  });

  test.each([
    [4, 1, true],
    [3.9, 1, false],
    [3, 0, true],
    [3.3, 0.3, true],
    [2.99, 0, false],
    [14, 11, true],
  ])('%d days off, usually %d, are a spike: %s', (pto_days, pto_days_baseline, spike) => {
    expect(told({ pto_days, pto_days_baseline }).pto?.spike).toBe(spike);
  });

  test.each([
    [-0.3, true],
    [-0.29, false],
    [-1, true],
    [0, false],
  ])('a sentiment of %d is low: %s', (sentiment, low) => {
    expect(told({ sentiment }).sentiment?.low).toBe(low);
  });

  test('have to hold all three, and of one person', () => {
    expect(told({}).at_risk).toBe(true);
    expect(told({ commits_last: 11 }).at_risk).toBe(false);
    expect(told({ pto_days: 3 }).at_risk).toBe(false);
    expect(told({ sentiment: 0.1 }).at_risk).toBe(false);
    const split = sampleFacts({
      engineers: [
        sampleEngineer({ login: 'a', told: sampleTold({ sentiment: 0 }) }),
        sampleEngineer({ login: 'b', told: sampleTold({ pto_days: 1 }) }),
        sampleEngineer({ login: 'c', told: sampleTold({ commits_last: 20 }) }),
      ],
    });
    expect(reasonOf(split)).toBe(
      'nobody is at risk: of 3 engineers none shows all three signs (commits fell by 50 % or more for 2, PTO is 3 days or more above usual for 2, sentiment is -0.3 or lower for 2)',
    );
  });

  test('do not hold where nothing is known', () => {
    expect(told({ pto_days: null })).toMatchObject({ pto: null, at_risk: false });
    expect(told({ pto_days_baseline: null })).toMatchObject({ pto: null, at_risk: false });
    expect(told({ sentiment: null })).toMatchObject({ sentiment: null, at_risk: false });
    expect(told(untold)).toMatchObject({ commits: { previous: 0, fell: false }, at_risk: false });
    expect(signs({ told: null })).toMatchObject({ pto: null, sentiment: null, at_risk: false });
  });
});

describe('what was told', () => {
  const counted = { previous: 8, last: 8, last_since_told: 0, mood: { low: 0, high: 9, messages: 9 } };

  test('overrides what was counted and computed', () => {
    expect(signs({ counted })).toMatchObject({
      commits: { previous: 20, last: 4, from: 'told', fell: true },
      sentiment: { score: -0.6, from: 'told' },
    });
    expect(signs({ counted, told: sampleTold({ ...untold, sentiment: null }) })).toMatchObject({
      commits: { previous: 8, last: 8, from: 'pushes', fell: false },
      sentiment: { score: 1, from: 'messages' },
    });
  });

  test('stands until newer pushes alone show more', () => {
    const commits = (last_since_told: number) => signs({ counted: { ...counted, last_since_told } }).commits;
    expect(commits(4)).toMatchObject({ last: 4, fell: true });
    expect(commits(10)).toMatchObject({ last: 10, fell: true });
    expect(commits(11)).toMatchObject({ last: 11, fell: false });
  });

  test('is about other days after 14 days', () => {
    const after = (ms: number) => signs({ counted }, [], new Date(Date.parse(sampleTold().as_of) + 14 * 86_400_000 + ms));
    expect(after(0)).toMatchObject({ commits: { from: 'told' }, at_risk: true });
    expect(after(1)).toMatchObject({ commits: { from: 'pushes' }, pto: null, at_risk: false });
  });
});

describe('a holiday', () => {
  const days = (from: string, to: string) => [{ start: `2026-11-${from}T00:00:00.000Z`, end: `2026-11-${to}T00:00:00.000Z` }];
  const quiet = sampleTold({ commits_previous: 20, commits_last: 8 });

  test('explains a drop as far as there was less to work', () => {
    // Five of the ten working days were off: eight in five are no fall from twenty in ten.
    expect(signs({ told: quiet }, days('09', '14')).commits).toMatchObject({ fell: false, explained: true });
    // One of ten was off: eight in nine are less than half of eighteen.
    expect(signs({ told: quiet }, days('11', '12')).commits).toMatchObject({ fell: true, explained: false });
    // Nine of ten expected eighteen: nine are exactly half.
    expect(signs({ told: { ...quiet, commits_last: 9 } }, days('11', '12')).commits.fell).toBe(true);
    expect(signs({ told: { ...quiet, commits_last: 10 } }, days('11', '12')).commits.fell).toBe(false);
  });

  test('of everybody is nobody’s time off', () => {
    expect(signs({}, days('11', '12')).pto).toMatchObject({ holidays: 1, spike: true });
    expect(signs({}, days('11', '13')).pto).toMatchObject({ holidays: 2, spike: false });
  });

  test('that covers the whole window leaves nothing to compare', () => {
    const facts = sampleFacts({ holidays: days('01', '30') });
    expect(reasonOf(facts)).toContain('holidays explain the drop of 1');
  });

  test('in the weeks before makes no drop, and one on a weekend or elsewhere changes nothing', () => {
    expect(signs({ told: { ...quiet, commits_last: 11 } }, days('01', '07')).commits).toMatchObject({ fell: false, explained: false });
    expect(signs({}, days('14', '16')).at_risk).toBe(true);
    expect(signs({}, days('23', '30')).at_risk).toBe(true);
  });
});

describe('who is not looked at', () => {
  test('bots, and people who left; both are counted in the reason', () => {
    const facts = sampleFacts({
      engineers: [
        sampleEngineer({ login: 'renovate[bot]', bot: true }),
        sampleEngineer({ login: 'gone', departed_at: '2026-11-20T12:00:00.000Z' }),
        sampleEngineer({ login: 'long-gone', departed_at: '2025-01-01T00:00:00.000Z' }),
      ],
    });
    expect(reasonOf(facts)).toBe('nobody is at risk: there is no engineer to look at; left out: 1 bot and 2 people who left');
  });

  test('somebody who leaves later is still there', () => {
    expect(reasonOf(sampleFacts({ engineers: [sampleEngineer({ departed_at: '2026-11-20T12:00:00.001Z' })] }))).toBe('proposed');
  });

  test('nobody can be invited without a founder, and the founder not to a talk with themselves', () => {
    expect(reasonOf(sampleFacts({ founder: null }))).toMatch(/^nobody is known who could be invited/);
    expect(reasonOf(sampleFacts({ founder: { email: 'Ana.Dev@example.com', from: 'context' } }))).toMatch(/^only the founder is at risk/);
  });

  test('nobody is looked at further while nobody is away', () => {
    expect(reasonOf(sampleFacts({ somebody_is_away: false, engineers: [] }))).toMatch(/^nobody is at risk: nobody is known to have 3 days/);
  });

  test('a push that names no repository says nothing', () => {
    expect(reasonOf(sampleFacts({ organisation: null, engineers: [] }))).toBe('the push names no repository');
  });
});

describe('an engineer at risk', () => {
  test('becomes one low invitation to the founder on the next working day', () => {
    const [draft, ...others] = draftsOf(sampleFacts());
    expect(others).toEqual([]);
    expect(draft).toMatchObject({
      subject: 'github:user:ana-dev',
      subjects: ['github:user:ana-dev'],
      joins: true,
      urgency: 'low',
      title: 'Ana Dev: time for a 1:1',
      action: {
        action_type: 'api_call',
        operation: 'calendar.invite',
        payload: {
          to: 'founder@example.com',
          summary: '1:1 with Ana Dev',
          starts_at: '2026-11-23T10:00:00.000Z',
          duration_minutes: 30,
          sequence: 0,
        },
      },
      priority: { score: 20 },
      basis: { to: 'founder@example.com', engineer: 'ana-dev', starts_at: '2026-11-23T10:00:00.000Z' },
      escalates_from: now,
      escalates_at: new Date('2026-11-23T12:00:00.000Z'),
      expires_at: new Date('2026-11-27T12:00:00.000Z'),
    });
    expect(draft?.facts.map(({ label, value }) => [label, value])).toEqual([
      ['Engineer', 'Ana Dev (Ana-Dev)'],
      ['Commits', '4 in 14 days, 20 in the 14 before'],
      ['Time off', '5 days in 14, usually 1'],
      ['Sentiment', '-0.6, on a scale from -1 to 1'],
      ['Meeting', '2026-11-23 10:00 UTC'],
    ]);
    expect(draft?.reasoning).toContain('commits fell by 80 %');
    expect(draft?.notes).toEqual(['An owner told commits, time off and sentiment on 2026-11-20.']);
  });

  test('is written of kindly: the invitation tells nothing of why', () => {
    const payload = draftsOf(sampleFacts())[0]?.action.payload;
    expect(operations['calendar.invite'].payload.safeParse(payload).success).toBe(true);
    expect(JSON.stringify(payload)).not.toMatch(/risk|sentiment|commit|PTO|-0\.6/i);
  });

  test('is called by the login where nobody told a name', () => {
    expect(draftsOf(sampleFacts({ engineers: [sampleEngineer({ name: null })] }))[0]).toMatchObject({
      title: 'Ana-Dev: time for a 1:1',
      action: { payload: { summary: '1:1 with Ana-Dev' } },
    });
  });

  test('says on the card what was counted and what was guessed', () => {
    const engineer = sampleEngineer({
      told: sampleTold({ ...untold, sentiment: null }),
      counted: { previous: 12, last: 3, last_since_told: 0, mood: { low: 4, high: 1, messages: 3 } },
    });
    const [draft] = draftsOf(sampleFacts({ engineers: [engineer], founder: { email: 'founder@example.com', from: 'member' } }));
    expect(draft?.notes).toEqual([
      'An owner told time off on 2026-11-20.',
      "Commits were counted from the pushes GitHub sent, on all branches, by each commit's own date; what was not sent is not in it.",
      'Nobody told the sentiment, so it was computed from 3 commit messages of the last 14 days: 4 words sound low, 1 high. That is a guess.',
      'No founder was told, so the invitation goes to the first owner.',
    ]);
    expect(draft?.evidence.map(({ metric }) => metric)).toEqual(['commit_activity', 'context', 'commit_activity']);
  });

  test('joins a push only when it is their own', () => {
    expect(draftsOf(sampleFacts({ authors: ['ben'] }))[0]?.joins).toBe(false);
  });

  test('keeps the meeting while it lies ahead, and gets a later one once it has passed', () => {
    const startAt = (at: string) => draftsOf(sampleFacts(), new Date(at))[0]?.basis.starts_at;
    expect(startAt('2026-11-23T09:59:59.999Z')).toBe('2026-11-23T10:00:00.000Z');
    expect(startAt('2026-11-23T10:00:00.000Z')).toBe('2026-11-24T10:00:00.000Z');
  });

  test('is not invited to a holiday', () => {
    const holidays = [{ start: '2026-11-23T00:00:00.000Z', end: '2026-11-25T00:00:00.000Z' }];
    expect(draftsOf(sampleFacts({ holidays }))[0]?.basis.starts_at).toBe('2026-11-25T10:00:00.000Z');
  });

  test('has one meeting a week, whatever the event', () => {
    const uidOf = (event_at: string, org_id = 'a') => {
      const payload = draftsOf(sampleFacts({ event_at, event_id: event_at, org_id }))[0]?.action.payload;
      return payload !== undefined && 'uid' in payload ? payload.uid : '';
    };
    expect(uidOf('2026-11-23T08:00:00.000Z')).toBe(uidOf('2026-11-26T08:00:00.000Z'));
    expect(uidOf('2026-11-20T08:00:00.000Z')).toBe(uidOf('2026-11-23T08:00:00.000Z'));
    expect(uidOf('2026-11-23T08:00:00.000Z')).not.toBe(uidOf('2026-11-27T08:00:00.000Z'));
    expect(uidOf('2026-11-23T08:00:00.000Z')).not.toBe(uidOf('2026-11-23T08:00:00.000Z', 'b'));
  });
});

describe('several engineers at risk', () => {
  const both = [sampleEngineer({ login: 'ana' }), sampleEngineer({ login: 'ben', name: 'Ben' })];

  test('are high, each with a card of their own', () => {
    const drafts = draftsOf(sampleFacts({ engineers: both, authors: ['ben'] }));
    expect(drafts.map(({ subject, urgency, joins }) => [subject, urgency, joins])).toEqual([
      ['github:user:ana', 'high', false],
      ['github:user:ben', 'high', true],
    ]);
    expect(drafts[0]?.facts).toContainEqual(expect.objectContaining({ label: 'At risk now', value: '2 engineers', unusual: true }));
  });

  test('are not made so by a bot or by somebody who left', () => {
    const [ana] = both;
    const others = [
      sampleEngineer({ login: 'x[bot]', bot: true }),
      sampleEngineer({ login: 'gone', departed_at: '2026-01-01T00:00:00.000Z' }),
    ];
    expect(draftsOf(sampleFacts({ engineers: [ana ?? sampleEngineer(), ...others] }))).toMatchObject([{ urgency: 'low' }]);
  });
});

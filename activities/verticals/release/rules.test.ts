import { describe, expect, test } from 'vitest';

import { payloadSchemaOf } from '../../../domain/action.ts';
import type { Draft } from '../../../domain/sop.ts';
import type { FoundDeployment, ReleaseFacts } from './facts-shape.ts';
import { assessRelease, isDownTooLong, isRecent, isSurge, release_settings, type ReleaseSettings } from './rules.ts';
import { ana, sampleDeployment, sampleFacts } from './testing.ts';

const now = new Date('2026-11-20T12:00:00Z');
const ago = (minutes: number, seconds = 0) => new Date(now.getTime() - (minutes * 60 + seconds) * 1_000).toISOString();

function reasonFor(more: Partial<ReleaseFacts>, settings?: ReleaseSettings): string {
  const assessment = assessRelease(sampleFacts(more), now, settings);
  return assessment.propose ? 'proposed' : assessment.reason;
}

function draftsFor(more: Partial<ReleaseFacts> = {}): Draft[] {
  const assessment = assessRelease(sampleFacts(more), now);
  if (!assessment.propose) throw new Error(assessment.reason);
  return assessment.drafts;
}

const unconnected = { revert_connected: false, revert_commit_connected: false, redeploy_connected: false, unreadable: null };
const kinds = (more: Partial<ReleaseFacts> = {}) => draftsFor(more).map(({ action }) => action.operation ?? action.action_type);
const rate = (value: number) => ({ ...sampleFacts().error_rate, value }) as NonNullable<ReleaseFacts['error_rate']>;

describe('the error rate', () => {
  test('of 2 % exactly does not fire, anything above does', () => {
    expect(reasonFor({ error_rate: rate(0.02) })).toBe('the error rate is 2 %, which is not above 2 %');
    expect(reasonFor({ error_rate: rate(0.0201) })).toBe('proposed');
    expect(reasonFor({ error_rate: rate(0.019999) })).toMatch(/^the error rate is 1.9999 %/);
  });

  test('that nobody knows proposes nothing', () => {
    expect(reasonFor({ error_rate: null })).toMatch(/^the error rate is not known/);
  });

  test('has its threshold in a setting', () => {
    expect(reasonFor({ error_rate: rate(0.04) }, { ...release_settings, error_rate_max: 0.05 })).toMatch(/not above 5 %/);
  });
});

describe('no proposal', () => {
  test('for another environment; one that is not named is production', () => {
    expect(reasonFor({ environment: 'staging' })).toBe('another environment than production');
    for (const environment of [null, '', 'Production', 'prod']) expect(reasonFor({ environment })).toBe('proposed');
    expect(draftsFor({ environment: null })[0]?.notes).toContain('No environment was named, so it is taken for production.');
  });

  test('for what is settled, in a maintenance window, or of no service', () => {
    expect(reasonFor({ settled: 'issue.resolved arrived' })).toBe('already settled: issue.resolved arrived');
    expect(reasonFor({ maintenance: { end: ago(-60) } })).toBe('shop is in a maintenance window');
    expect(reasonFor({ service: null })).toBe('it names no service');
  });

  test('when nothing can be drafted, and it says what connecting would add', () => {
    expect(
      reasonFor({
        slack: { connected: false, unreadable: null },
        github: unconnected,
      }),
    ).toBe(
      'nothing can be drafted yet. With GitHub connected (GITHUB_TOKEN), reverting pull request #12 would be offered. With Slack connected (SLACK_BOT_TOKEN), a message to the developer would be offered.',
    );
    expect(reasonFor({ deployment: null, last_change: null })).toMatch(/no person is known who shipped it/);
  });
});

describe('a deployment', () => {
  test('of exactly 24 hours before the spike counts, an earlier one does not', () => {
    const spike_at = ago(10);
    const at = (seconds: number) => ({ spike_at, deployment: sampleDeployment({ at: ago(24 * 60 + 10, seconds) }) });
    expect(isRecent(at(0))).toBe(true);
    expect(isRecent(at(1))).toBe(false);
  });

  test('brings a rollback and then the message', () => {
    expect(kinds()).toEqual(['github.revert_pull_request', 'slack_dm']);
  });

  test('of no known pull request goes back to what ran before', () => {
    const [redeploy] = draftsFor({ deployment: sampleDeployment({ pull_request: null }) });
    expect(redeploy?.action).toEqual({
      action_type: 'api_call',
      operation: 'github.redeploy',
      payload: { repository: 'acme/shop', workflow: 'deploy.yml', ref: 'main', sha: 'b'.repeat(40) },
    });
    expect(redeploy?.notes).toContain('It goes back to bbbbbbb, which was deployed at 2026-11-19 10:00 UTC.');
  });

  test('that names a commit is dispatched on the default branch', () => {
    const [redeploy] = draftsFor({ deployment: sampleDeployment({ pull_request: null, ref: 'a'.repeat(40), default_branch: 'trunk' }) });
    expect(redeploy?.action.payload).toMatchObject({ ref: 'trunk' });
  });

  describe('of which neither a pull request nor an earlier one is known', () => {
    const alone = (more: Partial<FoundDeployment> = {}) => ({
      deployment: sampleDeployment({ pull_request: null, workflow: null, ...more }),
      previous: null,
    });
    const baseOf = (more: Partial<FoundDeployment>) => (draftsFor(alone(more))[0]?.action.payload as { base?: string }).base;

    test('is taken back as a commit, and the card says what that leaves', () => {
      const [rollback, message] = draftsFor(alone());
      expect(rollback?.action).toMatchObject({
        operation: 'github.revert_commit',
        payload: { repository: 'acme/shop', sha: 'a'.repeat(40), base: 'main', title: 'Revert aaaaaaa after errors in production' },
      });
      expect(rollback?.title).toBe('shop: roll back by reverting commit aaaaaaa');
      expect(rollback?.notes).toContain(
        'It takes back that commit alone: neither a merged pull request of it nor an earlier deployment by a workflow is known.',
      );
      expect(rollback?.basis).toMatchObject({ repository: 'acme/shop', sha: 'a'.repeat(40), base: 'main' });
      expect(message?.action.action_type).toBe('slack_dm');
    });

    test('that an earlier one of is known without a workflow is taken back so too', () => {
      const { previous } = sampleFacts();
      expect(kinds({ ...alone(), previous: previous && { ...previous, workflow: null } })).toEqual(['github.revert_commit', 'slack_dm']);
    });

    test('is taken back on the branch that was deployed, else on the default branch', () => {
      expect(baseOf({ ref: 'release/2026-11' })).toBe('release/2026-11');
      expect(baseOf({ ref: 'refs/heads/trunk' })).toBe('trunk');
      for (const ref of [
        null,
        'HEAD',
        'a'.repeat(40),
        'abc1234',
        'refs/tags/v2',
        'refs/pull/7/merge',
        'v1.2.3',
        '2026.11.20-rc1',
        'no branch',
      ])
        expect(baseOf({ ref, default_branch: 'trunk' }), String(ref)).toBe('trunk');
    });

    test('and whose repository never told its default branch is taken back on main, and says so', () => {
      const [rollback] = draftsFor(alone({ ref: null, default_branch: null }));
      expect(rollback?.action.payload).toMatchObject({ base: 'main' });
      expect(rollback?.notes).toContain('The default branch of acme/shop was not told, so it is taken to be main.');
    });

    test('is not taken back while GitHub is not connected, which the message says', () => {
      const [message, ...others] = draftsFor({ ...alone(), github: unconnected });
      expect([message?.action.action_type, others]).toEqual(['slack_dm', []]);
      expect(message?.notes).toContain('With GitHub connected (GITHUB_TOKEN), reverting commit aaaaaaa would be offered here too.');
    });

    test('cannot be taken back when only a part of its SHA was told, and the message says so', () => {
      const [message, ...others] = draftsFor(alone({ sha: 'abc1234' }));
      expect(others).toEqual([]);
      expect(message?.notes.join()).toContain('only a part of the deployed commit’s SHA');
    });
  });

  test('that was followed by another is pointed out, and the rollback then rests on that one', () => {
    const [rollback, message] = draftsFor({ newer: { id: '7', sha: 'c'.repeat(40), at: ago(5) } });
    expect(rollback?.basis.newest_deployment).toBe('7');
    expect(rollback?.notes.join()).toContain('ccccccc was deployed after that');
    expect(message?.basis).toEqual({ service: 'shop', deployment: '145988746', to: 'U0ANA' });
  });

  test('too old brings the message alone, to who changed the service last', () => {
    const [message, ...others] = draftsFor({
      deployment: sampleDeployment({ at: ago(60 * 30) }),
      last_change: { at: ago(600), event_id: null, what: 'push', people: [{ ...ana, slack_user_id: 'U0BEN', part: 'wrote' }] },
    });
    expect(others).toEqual([]);
    expect(message?.action.payload).toMatchObject({ to: 'U0BEN' });
    expect(message?.basis).toMatchObject({ deployment: null });
  });
});

describe('the message', () => {
  test('goes to the first who has a Slack user', () => {
    const people = [
      { ...ana, slack_user_id: null },
      { ...ana, login: 'ben', name: null, slack_user_id: 'U0BEN' },
    ];
    const drafts = draftsFor({ deployment: sampleDeployment({ people }) });
    expect(drafts[1]?.action.payload).toMatchObject({ to: 'U0BEN' });
    expect(drafts[0]?.facts.find(({ label }) => label === 'Shipped by')?.value).toBe('Ana (ana-dev)');
  });

  test('has no recipient without a linked Slack user, and the rollback says so', () => {
    const drafts = draftsFor({ deployment: sampleDeployment({ people: [{ ...ana, slack_user_id: null }] }) });
    expect(drafts.map(({ action }) => action.action_type)).toEqual(['api_call']);
    expect(drafts[0]?.notes).toContain('Nobody is asked for a post-mortem: no Slack user is linked to Ana.');
  });

  test('is not drafted without Slack, and what is not connected is named on the first card', () => {
    expect(kinds({ slack: { connected: false, unreadable: null } })).toEqual(['github.revert_pull_request']);
    const [message] = draftsFor({ github: unconnected });
    expect(message?.action.action_type).toBe('slack_dm');
    expect(message?.notes).toContain('With GitHub connected (GITHUB_TOKEN), reverting pull request #12 would be offered here too.');
  });

  test('asks blamelessly for what happened and when', () => {
    const payload = draftsFor()[1]?.action.payload as { text: string };
    expect(payload.text).toContain('its error rate is 5 %. It began at 2026-11-20 11:50 UTC (Sentry issue 42).');
    expect(payload.text).toContain('aaaaaaa (pull request #12) at 2026-11-20 10:00 UTC; you deployed it');
    expect(payload.text).toMatch(/Blameless[^]*What happened[^]*When: a timeline/);
  });
});

describe('urgency', () => {
  test('is critical when production is down for more than 15 minutes, and exactly then', () => {
    expect(isDownTooLong(new Date(ago(15)), now)).toBe(false);
    expect(isDownTooLong(new Date(ago(15, 1)), now)).toBe(true);
    const urgencyOf = (down: ReleaseFacts['down']) => draftsFor({ down }).map(({ urgency }) => urgency);
    expect(urgencyOf({ since: ago(15), from: 'context' })).toEqual(['high', 'high']);
    expect(urgencyOf({ since: ago(15, 1), from: 'sentry' })).toEqual(['critical', 'critical']);
    expect(urgencyOf(null)).toEqual(['high', 'high']);
  });

  test('rises in the run: 15 minutes after it went down, or after the card while it is up', () => {
    expect(draftsFor({ down: { since: ago(5), from: 'context' } })[0]).toMatchObject({
      escalates_from: new Date(ago(5)),
      escalates_at: new Date(ago(-10)),
    });
    expect(draftsFor()[0]).toMatchObject({ escalates_from: now, escalates_at: new Date(ago(-15)), expires_at: new Date(ago(-24 * 60)) });
  });
});

test('tickets surge from three times the usual on, and a surge only enriches', () => {
  const tickets = (last_hour: number, baseline_per_hour: number) => ({ last_hour, baseline_per_hour, from: 'context' as const });
  expect(isSurge(tickets(9, 3))).toBe(true);
  expect(isSurge(tickets(8.99, 3))).toBe(false);
  expect(isSurge(tickets(0.3, 0.1))).toBe(true);
  expect(isSurge(tickets(0, 0))).toBe(false);
  expect(isSurge(tickets(1, 0))).toBe(true);
  expect(isSurge(null)).toBe(false);
  const [card] = draftsFor({ tickets: tickets(9, 3) });
  expect(card?.facts.find(({ label }) => label === 'Tickets')).toMatchObject({ value: '9 in the last hour, usually 3', unusual: true });
  expect(card?.urgency).toBe('high');
});

test('what is drafted passes the schema of its action', () => {
  const direct = sampleDeployment({ pull_request: null });
  for (const { action } of [draftsFor(), draftsFor({ deployment: direct }), draftsFor({ deployment: direct, previous: null })].flat())
    expect(payloadSchemaOf(action.action_type, action.operation).safeParse(action.payload).success).toBe(true);
});

test('the card says who shipped what and when', () => {
  const shown = Object.fromEntries(draftsFor()[0]?.facts.map(({ label, value }) => [label, value]) ?? []);
  expect(shown).toMatchObject({
    Service: 'shop',
    'Error rate': '5 %, usually 0.2 % (told by an owner)',
    Deployed: '2026-11-20 10:00 UTC',
    Commit: 'aaaaaaa',
    'Pull request': '#12 in acme/shop',
    'Shipped by': 'Ana (ana-dev)',
  });
});

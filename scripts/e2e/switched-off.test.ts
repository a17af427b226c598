import { afterAll, beforeAll, expect, test } from 'vitest';

import { githubPush } from '../../providers/github/testing.ts';
import { sentryIssue, sentryIssueAlert } from '../../providers/sentry/testing.ts';
import { startInstance, type Instance } from '../testing/instance.ts';
import { deliver, door_secrets } from '../testing/stage.ts';

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ processes: ['web'], env: door_secrets });
});
afterAll(() => instance?.stop());

test('signals of GitHub and Sentry are kept until somebody switches them on, and make no card', async () => {
  const { db, url } = instance;
  const ids = [
    await deliver(url, 'github', githubPush(), 'push'),
    await deliver(url, 'sentry', sentryIssue(), 'issue'),
    await deliver(url, 'sentry', sentryIssueAlert(), 'event_alert'),
  ];
  const settled = { status: 'ignored', settled: true };
  const kept = await db.sql`
    select status, reason, processed_at is not null as settled from events where id = any(${ids}::uuid[]) order by received_at`;
  expect(kept).toEqual([
    { ...settled, reason: 'GitHub is switched off: switch it on in the settings, or set FEATURE_GITHUB=1' },
    { ...settled, reason: 'Sentry is switched off: switch it on in the settings, or set FEATURE_SENTRY=1' },
    { ...settled, reason: 'Sentry is switched off: switch it on in the settings, or set FEATURE_SENTRY=1' },
  ]);
  expect(await db.sql`select 1 from proposals`).toEqual([]);
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { freePort } from '../../scripts/ports.ts';
import { github_token, startGithub, type TestGithub } from '../../scripts/testing/github.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { githubIdentity } from './account.ts';
import { createGithubClient } from './client.ts';
import { githubExecutors } from './outbound.ts';

/** Long enough for a busy machine, short enough to wait for in the tests that hang. */
const ms_max = 1_500;
let peer: TestGithub;

beforeAll(async () => {
  peer = await startGithub();
});
afterAll(() => peer.close());
beforeEach(() => {
  peer.pulls.length = 2;
  peer.runs.length = peer.requests.length = 0;
  peer.workflow.text = 'run-name: Deploy ${{ inputs.sha }} ${{ inputs.execops }}\n';
  peer.details.returned = true;
});

const revert: Action = {
  action_type: 'api_call',
  operation: 'github.revert_pull_request',
  payload: { repository: 'acme/shop', pull_request: 41, title: 'Revert "Faster checkout"', body: 'Errors rose to 4 %.' },
};
const sha = 'a'.repeat(40);
const redeploy: Action = {
  action_type: 'api_call',
  operation: 'github.redeploy',
  payload: { repository: 'acme/shop', workflow: 'deploy.yml', ref: 'main', sha },
};
const client = (api_url = peer.url, token = github_token) => createGithubClient({ token, api_url, ms_max });

async function executors(github = client()) {
  return githubExecutors({ github, identity: await githubIdentity(github) });
}
const effects = () => peer.requests.filter(({ method }) => method === 'POST');
const lost = ['hang', 'drop', 'drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const;
const half_a_minute_ago = () => new Date(Date.now() - 31_000);

describe('reverting a pull request', () => {
  test('makes one pull request with the approved words and an invisible marker', async () => {
    const dispatched: number[] = [];
    const { 'github.revert_pull_request': executor } = await executors();
    const result = await executor.run(orderOf(revert, { dispatching: async () => void dispatched.push(effects().length) }));
    expect(result).toEqual({ repository: 'acme/shop', pull_request: 102, url: 'https://github.com/acme/shop/pull/102' });
    expect(dispatched).toEqual([0]);
    expect(peer.pulls.slice(2)).toMatchObject([
      { title: 'Revert "Faster checkout"', body: `Errors rose to 4 %.\n\n<!-- execops:${test_key} -->` },
    ]);
    expect(executor.describe(revert, test_key)).toMatchObject({ path: '/graphql', pull_request: 'acme/shop#41' });
    expect(JSON.stringify(executor.describe(revert, test_key))).not.toContain(github_token);
  });

  test('of one that was never merged, or is not there, is refused for good before anything is changed', async () => {
    const { 'github.revert_pull_request': executor } = await executors();
    const other = (pull_request: number): Action => ({ ...revert, payload: { ...revert.payload, pull_request } }) as Action;
    expect(await failureOf(executor.run(orderOf(other(42))))).toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('never merged'),
    });
    expect(await failureOf(executor.run(orderOf(other(7))))).toMatchObject({ kind: 'permanent', message: 'GitHub refused it (404).' });
    expect(effects()).toEqual([]);
  });

  test.each([
    [{ type: 'UNPROCESSABLE', message: 'was already reverted' }, 'permanent'],
    [{ type: 'FORBIDDEN', message: 'no' }, 'permanent'],
    [{ type: 'RATE_LIMITED', message: 'slow' }, 'not_now'],
    [{ message: 'Something went wrong while executing your query.' }, 'unknown'],
  ])('answered with %o is %s', async (error, kind) => {
    peer.graphql_errors.push(error);
    const { 'github.revert_pull_request': executor } = await executors();
    expect(await failureOf(executor.run(orderOf(revert)))).toMatchObject({ kind });
    expect(peer.pulls).toHaveLength(2);
  });

  test.each(lost)('whose answer is lost (%s) is unknown, and looked for before any repeat', async (fault) => {
    const { 'github.revert_pull_request': executor } = await executors();
    peer.next('/graphql', fault);
    expect(await failureOf(executor.run(orderOf(revert)))).toMatchObject({ kind: 'unknown' });
    const found = await executor.lookUp?.(orderOf(revert));
    if (fault === 'hang' || fault === 'drop') expect(found).toBeNull();
    else expect(found).toEqual({ repository: 'acme/shop', pull_request: 102, url: 'https://github.com/acme/shop/pull/102' });
    expect(await executor.lookUp?.(orderOf(revert, { idempotency_key: 'execops-7a1e-v2' }))).toBeNull();
  });

  test('is found behind hundreds of newer pull requests', async () => {
    const { 'github.revert_pull_request': executor } = await executors();
    await executor.run(orderOf(revert));
    const [, , made] = peer.pulls;
    for (let n = 0; n < 250 && made !== undefined; n += 1)
      peer.pulls.push({ ...made, number: 500 + n, node_id: `PR_${500 + n}`, body: null });
    expect(await executor.lookUp?.(orderOf(revert))).toMatchObject({ pull_request: 102 });
  });
});

describe('redeploying', () => {
  test('dispatches the workflow once with the commit and the key, and tells the run', async () => {
    const { 'github.redeploy': executor } = await executors();
    const result = await executor.run(orderOf(redeploy));
    expect(peer.runs).toMatchObject([{ ref: 'main', inputs: { sha, execops: test_key } }]);
    expect(result).toMatchObject({ sha, run: 9_000, url: 'https://github.com/acme/shop/actions/runs/9000' });
    peer.details.returned = false;
    expect(await executor.run(orderOf(redeploy))).toEqual({ repository: 'acme/shop', workflow: 'deploy.yml', ref: 'main', sha });
  });

  test('that GitHub refuses says how the workflow is to be written', async () => {
    peer.next('/dispatches', { status: 422, body: { message: 'Unexpected inputs provided: ["execops"]' } });
    const { 'github.redeploy': executor } = await executors();
    expect(await failureOf(executor.run(orderOf(redeploy)))).toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('docs/github.md'),
    });
  });

  test.each(lost)('whose answer is lost (%s) is unknown, and found by the run’s name', async (fault) => {
    const { 'github.redeploy': executor } = await executors();
    peer.next('/dispatches', fault);
    expect(await failureOf(executor.run(orderOf(redeploy)))).toMatchObject({ kind: 'unknown' });
    const look = (dispatched_at: Date) => executor.lookUp?.({ ...orderOf(redeploy), dispatched_at }) ?? Promise.resolve(null);
    if (fault === 'hang' || fault === 'drop') {
      expect(await failureOf(look(new Date())), 'the list lags behind').toMatchObject({ kind: 'not_now', retry_after_seconds: 30 });
      expect(await look(half_a_minute_ago())).toBeNull();
    } else expect(await look(new Date())).toMatchObject({ run: 9_000 });
    expect(peer.runs.length).toBeLessThanOrEqual(1);
  });

  test('through a workflow whose runs do not show the marker is a person’s to settle', async () => {
    peer.workflow.text = 'name: Deploy\non: workflow_dispatch\n# inputs.execops is not in its run name\n';
    const { 'github.redeploy': executor } = await executors();
    const look = executor.lookUp?.({ ...orderOf(redeploy), dispatched_at: half_a_minute_ago() }) ?? Promise.resolve(null);
    expect(await failureOf(look)).toMatchObject({ kind: 'unknown', message: expect.stringContaining('docs/github.md') });
  });
});

describe('GitHub', () => {
  test.each([
    [{ status: 429, headers: { 'retry-after': '60' } }, 'not_now', 60],
    [{ status: 403, headers: { 'retry-after': '5' } }, 'not_now', 5],
    [{ status: 403, body: { message: 'Resource not accessible' } }, 'permanent', null],
    [{ status: 500 }, 'not_now', null],
    [{ status: 301, headers: { location: '/repositories/1' } }, 'permanent', null],
    [{ status: 200, body: [] }, 'not_now', null],
  ] as const)('answering %o before anything was asked for is %s', async (answer, kind, retry_after_seconds) => {
    const { 'github.revert_pull_request': executor } = await executors();
    peer.next('/pulls/41', answer);
    expect(await failureOf(executor.run(orderOf(revert)))).toMatchObject({ kind, retry_after_seconds });
    expect(effects()).toEqual([]);
  });

  test('tells who we are; a refused token is no connection, an unreachable server no failed start', async () => {
    expect((await githubIdentity(client())).connection()).toBe('github:execops-bot');
    expect((await githubIdentity(client(peer.url, 'ghp-other'))).connection()).toBeNull();
    const nobody = client(`http://127.0.0.1:${await freePort()}`);
    expect((await githubIdentity(nobody)).connection()).toBe('github:unread');
    expect(await failureOf((await executors(nobody))['github.redeploy'].run(orderOf(redeploy)))).toMatchObject({ kind: 'unreachable' });
    expect(githubExecutors(null)['github.redeploy'].connection()).toBeNull();
  });

  test('of an enterprise has GraphQL beside its REST API', async () => {
    const github = createGithubClient({ token: github_token, api_url: `${peer.url}/api/v3`, ms_max });
    await github.graphql('query { viewer { login } }').catch(() => undefined);
    expect(peer.requests.map(({ path }) => path)).toEqual(['/api/graphql']);
  });
});

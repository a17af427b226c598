import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import type { ExecutionResult } from '../../domain/executor.ts';
import { github_token, startGithub, type TestGithub } from '../../scripts/testing/github.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { githubIdentity } from './account.ts';
import { createGithubClient } from './client.ts';
import { githubExecutors } from './outbound.ts';

const ms_max = 1_500;
let peer: TestGithub;
let bad: string;

beforeAll(async () => {
  peer = await startGithub();
});
afterAll(() => peer.close());
beforeEach(() => {
  peer.pulls.length = 2;
  peer.requests.length = 0;
  peer.git.clear();
  peer.git.commit('main', { 'total.ts': 'round once', 'cart.ts': 'empty' });
  bad = peer.git.commit('main', { 'total.ts': 'round twice', 'new.ts': 'new' });
});

const revert = (more: { sha?: string; base?: string } = {}): Action => ({
  action_type: 'api_call',
  operation: 'github.revert_commit',
  payload: { repository: 'acme/shop', sha: bad, base: 'main', title: 'Revert the total', body: 'Errors rose to 4 %.', ...more },
});

async function executor() {
  const github = createGithubClient({ token: github_token, api_url: peer.url, ms_max });
  return githubExecutors({ github, identity: await githubIdentity(github) })['github.revert_commit'];
}
const effects = () => peer.requests.filter(({ method }) => method !== 'GET');
const branches = () => [...peer.git.branches.keys()].filter((name) => name !== 'main');
const opened = () => peer.pulls.slice(2);
const made = { repository: 'acme/shop', pull_request: 102, url: 'https://github.com/acme/shop/pull/102' };

/** As the worker goes on after an attempt: after an unknown outcome it looks first. */
async function untilDone(action: Action, dispatching: () => Promise<void>): Promise<{ result: ExecutionResult; failures: string[] }> {
  const { run, lookUp } = await executor();
  const failures: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    const order = orderOf(action, { dispatching });
    const found = failures.at(-1) === 'unknown' ? await lookUp?.(order) : null;
    if (found) return { result: found, failures };
    const attempt = run(order);
    const { kind } = await failureOf(attempt);
    if (kind === 'none') return { result: await attempt, failures };
    failures.push(kind);
  }
  throw new Error(`it did not get done: ${failures.join()}`);
}

describe('taking a commit back', () => {
  test('opens one pull request whose branch has the inverse on top of what came later', async () => {
    peer.git.commit('main', { 'cart.ts': 'full' });
    const dispatched: number[] = [];
    const { run, describe: told } = await executor();
    const result = await run(orderOf(revert(), { dispatching: async () => void dispatched.push(effects().length) }));
    expect(result).toEqual(made);
    expect(dispatched).toEqual([0]);
    const [pull] = opened();
    expect(pull).toMatchObject({
      title: 'Revert the total',
      base: 'main',
      head: expect.stringMatching(new RegExp(`^execops/revert-${bad.slice(0, 7)}-[0-9a-f]{8}$`)),
      body: `Errors rose to 4 %.\n\n<!-- execops:${test_key} -->`,
    });
    expect(peer.git.filesAt(pull?.head ?? '')).toEqual({ 'total.ts': 'round once', 'cart.ts': 'full' });
    expect(peer.git.filesAt('main')).toEqual({ 'total.ts': 'round twice', 'cart.ts': 'full', 'new.ts': 'new' });
    expect(JSON.parse(effects().find(({ path }) => path.endsWith('/git/commits'))?.text ?? '')).toMatchObject({
      message: `Revert the total\n\nThis reverts commit ${bad}.`,
      parents: [bad],
    });
    expect(told(revert(), test_key)).toMatchObject({ path: '/repos/acme/shop/pulls', body: { head: pull?.head, base: 'main' } });
    expect(JSON.stringify(told(revert(), test_key))).not.toContain(github_token);
  });

  test('works for the newest commit of its branch too', async () => {
    await (await executor()).run(orderOf(revert()));
    expect(peer.git.filesAt(opened()[0]?.head ?? '')).toEqual({ 'total.ts': 'round once', 'cart.ts': 'empty' });
  });

  test('of a merge takes back what it brought to its branch', async () => {
    const side = peer.git.commit('side', { 'search.ts': 'found' }, [bad]);
    const merge = peer.git.commit('main', { 'search.ts': 'found' }, [bad, side]);
    await (await executor()).run(orderOf(revert({ sha: merge })));
    expect(peer.git.filesAt(opened()[0]?.head ?? '')).toEqual(peer.git.filesAt(bad));
  });

  test('works on a branch with slashes in its name', async () => {
    peer.git.branches.set('release/2026-11', bad);
    await (await executor()).run(orderOf(revert({ base: 'release/2026-11' })));
    expect(opened()).toMatchObject([{ base: 'release/2026-11' }]);
  });
});

describe('a commit that cannot be taken back', () => {
  const refusalOf = async (action: Action) => failureOf((await executor()).run(orderOf(action)));

  test('for it conflicts with later changes is refused for good, and leaves no branch', async () => {
    peer.git.commit('main', { 'total.ts': 'round three times' });
    expect(await refusalOf(revert())).toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining('conflicts with later changes'),
    });
    expect([branches(), opened()]).toEqual([[], []]);
  });

  test('for nothing of it is left is refused for good, and leaves no branch', async () => {
    peer.git.commit('main', { 'total.ts': 'round once', 'new.ts': '' });
    expect(await refusalOf(revert())).toMatchObject({
      kind: 'permanent',
      message: expect.stringContaining(`nothing of ${bad.slice(0, 7)}`),
    });
    peer.next('/merges', { status: 204 });
    expect(await refusalOf(revert())).toMatchObject({ kind: 'permanent', message: expect.stringContaining('nothing of') });
    expect([branches(), opened()]).toEqual([[], []]);
  });

  test('keeps its reason when the branch cannot be removed', async () => {
    peer.git.commit('main', { 'total.ts': 'round three times' });
    const { run } = await executor();
    const protect = async () => peer.next('/git/refs/heads', { status: 422, body: { message: 'Cannot delete this branch' } });
    expect(await failureOf(run(orderOf(revert(), { dispatching: protect })))).toMatchObject({
      kind: 'permanent',
      message: expect.stringMatching(
        /conflicts with later changes\. The branch execops\S+ could not be removed: GitHub refused it \(422\)/,
      ),
    });
  });

  test('for it has no parent, is not on the branch, or is not there, is refused before anything is changed', async () => {
    const first = peer.git.commit('new', { 'a.ts': 'a' });
    const elsewhere = peer.git.commit('side', { 'b.ts': 'b' }, [bad]);
    const refusals = [];
    for (const more of [{ sha: first, base: 'new' }, { sha: elsewhere }, { sha: 'f'.repeat(40) }, { base: 'trunk' }])
      refusals.push(await refusalOf(revert(more)));
    expect(refusals).toMatchObject([
      { kind: 'permanent', message: expect.stringContaining('first commit of all') },
      { kind: 'permanent', message: expect.stringContaining('is not on the branch "main"') },
      { kind: 'permanent', message: `GitHub shows no commit ${'f'.repeat(40)} in acme/shop.` },
      { kind: 'permanent', message: 'GitHub shows no branch "trunk" in acme/shop.' },
    ]);
    expect(effects()).toEqual([]);
  });

  test('for pull requests are refused is told with the branch that it lies on', async () => {
    const { run } = await executor();
    const forbid = async () => peer.next('/pulls', { status: 403, body: { message: 'Resource not accessible' } });
    const { kind, message } = await failureOf(run(orderOf(revert(), { dispatching: forbid })));
    expect([kind, message]).toEqual(['permanent', `GitHub refused it (403). The change lies on the branch ${branches()[0]}.`]);
  });
});

describe('whatever answer is lost, there is one pull request in the end', () => {
  const lost = ['hang', 'drop', 'drop_after_effect', 'garbage_after_effect', 'error_after_effect'] as const;
  const steps = ['/git/refs', '/git/commits', '/merges', '/pulls'] as const;

  test.each(steps.flatMap((step) => lost.map((fault) => [step, fault] as const)))('%s: %s', async (step, fault) => {
    peer.git.commit('main', { 'cart.ts': 'full' });
    let first = true;
    const { result, failures } = await untilDone(revert(), async () => {
      if (first) peer.next(step, fault);
      first = false;
    });
    expect(result).toEqual(made);
    expect(failures).toHaveLength(1);
    expect(failures[0] === 'unknown', 'only the pull request itself leaves an unknown outcome').toBe(step === '/pulls');
    expect(opened()).toHaveLength(1);
    expect(branches()).toEqual([opened()[0]?.head]);
    expect(peer.git.filesAt(branches()[0] ?? '')).toEqual({ 'total.ts': 'round once', 'cart.ts': 'full' });
  });

  test('a branch that an interrupted attempt left is taken up where its base is now', async () => {
    const { run } = await executor();
    const interrupt = async () => peer.next('/merges', 'drop_after_effect');
    expect(await failureOf(run(orderOf(revert(), { dispatching: interrupt })))).toMatchObject({ kind: 'unreachable' });
    peer.git.commit('main', { 'later.ts': 'later' });
    expect(await run(orderOf(revert()))).toEqual(made);
    expect(peer.git.filesAt(branches()[0] ?? '')).toEqual({ 'total.ts': 'round once', 'cart.ts': 'empty', 'later.ts': 'later' });
    expect(branches()).toHaveLength(1);
  });

  test('a pull request that the list did not show yet is found by its branch, and not opened again', async () => {
    const { run, lookUp } = await executor();
    await run(orderOf(revert()));
    peer.next('/pulls', { status: 200, body: [] });
    expect(await lookUp?.(orderOf(revert()))).toBeNull();
    expect(await run(orderOf(revert()))).toEqual(made);
    expect(opened()).toHaveLength(1);
  });

  test('another execution of the same commit has a branch of its own', async () => {
    const { run, lookUp } = await executor();
    await run(orderOf(revert()));
    const other = orderOf(revert(), { idempotency_key: 'execops-7a1e-v2' });
    expect(await lookUp?.(other)).toBeNull();
    await run(other);
    expect(new Set(branches()).size).toBe(2);
    expect(await lookUp?.(other)).toMatchObject({ pull_request: 103 });
  });
});

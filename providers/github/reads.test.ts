import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Json } from '../../domain/text.ts';
import { startPeer, type Peer } from '../../scripts/testing/peer.ts';
import { createGithubClient } from './client.ts';
import { createGithubReader, type GithubReader } from './reads.ts';

const sha = 'a'.repeat(40);
const iso = '2026-11-20T10:00:00Z';
let answers: { [path: string]: Json };
let peer: Peer;
let github: GithubReader;

beforeEach(async () => {
  answers = {};
  peer = await startPeer(({ path }) => {
    const body = answers[path];
    return body === undefined ? { status: 404, body: { message: 'Not Found' } } : { status: 200, body };
  });
  github = createGithubReader(createGithubClient({ token: 'ghp-test', api_url: peer.url }), 300);
});
afterEach(() => peer.close());

const deployment = (id: number, environment = 'production') => ({
  id,
  sha,
  ref: 'main',
  task: 'deploy',
  environment,
  production_environment: environment === 'production',
  creator: { login: 'ana-dev', type: 'User' },
  created_at: iso,
  updated_at: iso,
});
const status = (state: string) => ({ id: 1, state, environment: 'production', creator: null, created_at: iso, updated_at: iso });
const inProduction = ({ environment }: { environment: string | null }) => environment === 'production';

test('deployments come with what became of them, as a webhook would tell it', async () => {
  answers['/repos/acme/shop/deployments'] = [deployment(2), deployment(3, 'staging'), deployment(1)];
  answers['/repos/acme/shop/deployments/2/statuses'] = [status('failure')];
  answers['/repos/acme/shop/deployments/1/statuses'] = [status('success'), status('in_progress')];
  const { told, unreadable } = await github.deployments('acme/shop', inProduction, { fresh: true });
  expect(unreadable).toBeNull();
  expect(told.map(({ id, status: state, deployed_at }) => [id, state, deployed_at])).toEqual([
    ['2', 'failure', null],
    ['1', 'success', '2026-11-20T10:00:00.000Z'],
    ['1', 'in_progress', null],
  ]);
  expect(told[0]).toMatchObject({ repository: 'acme/shop', service: 'shop', sha, creator: { login: 'ana-dev' } });
});

test('a burst of questions is one, but for those that want it fresh', async () => {
  answers['/repos/acme/shop/deployments'] = [];
  const ask = (fresh: boolean) => github.deployments('acme/shop', inProduction, { fresh });
  await Promise.all(Array.from({ length: 50 }, () => ask(false)));
  await ask(false);
  expect(peer.requests).toHaveLength(1);
  await ask(true);
  expect(peer.requests).toHaveLength(2);
});

test('no more than a few deployments are followed', async () => {
  answers['/repos/acme/shop/deployments'] = Array.from({ length: 20 }, (_, index) => deployment(index + 1));
  for (let id = 1; id <= 20; id += 1) answers[`/repos/acme/shop/deployments/${id}/statuses`] = [status('success')];
  expect((await github.deployments('acme/shop', inProduction, { fresh: true })).told).toHaveLength(3);
  expect(peer.requests).toHaveLength(4);
});

test('a commit belongs to the merged pull request whose merge it is', async () => {
  const request = { title: 'Round', user: { login: 'ben-dev', type: 'User' }, base: { ref: 'main' }, merged_at: iso, updated_at: iso };
  answers[`/repos/acme/shop/commits/${sha}/pulls`] = [
    { ...request, number: 11, merge_commit_sha: 'c'.repeat(40) },
    { ...request, number: 12, merge_commit_sha: sha, merged_at: null },
    { ...request, number: 13, merge_commit_sha: sha },
  ];
  const { facts } = await github.pullRequestOf('acme/shop', sha, { fresh: true });
  expect(facts).toEqual([
    {
      kind: 'pull_request',
      data: { number: 13, repository: 'acme/shop', author: expect.objectContaining({ login: 'ben-dev' }) as Json, merged_by: null },
    },
  ]);
});

test('a GitHub that says nothing, fails or refuses is told as such and throws nothing', async () => {
  answers['/repos/acme/shop/deployments'] = [];
  peer.next('/deployments', 'hang', { status: 502, body: {} }, 'drop', { status: 403, body: { message: 'Resource not accessible' } });
  const reads = [];
  for (let n = 0; n < 5; n += 1) reads.push(await github.deployments('acme/shop', inProduction, { fresh: true }));
  expect(reads.map(({ unreadable, refused }) => [unreadable === null, refused])).toEqual([
    [false, false],
    [false, false],
    [false, false],
    [false, true],
    [true, false],
  ]);
  expect(reads[1]?.unreadable).toBe('it could not answer now (502)');
  peer.next('/pulls', { status: 200, body: { odd: true } });
  expect(await github.pullRequestOf('acme/shop', sha, { fresh: true })).toEqual({
    facts: [],
    unreadable: 'its answer could not be understood',
    refused: false,
  });
});

import { describe, expect, test } from 'vitest';

import { readDeployment } from '../../../providers/github/shapes.ts';
import { githubDeployment, githubDeploymentStatus } from '../../../providers/github/testing.ts';
import { around, deployedOf, type Told } from './deployments.ts';
import { candidatesOf } from './shippers.ts';

const spike = new Date('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(spike.getTime() - minutes * 60_000);
type Options = NonNullable<Parameters<typeof githubDeploymentStatus>[0]>;

function status(id: number, minutes: number, more: Options = {}): Told {
  const deployment = readDeployment(githubDeploymentStatus({ id, at: ago(minutes), sha: String(id).repeat(40), ...more }));
  if (deployment === null) throw new Error('no deployment');
  return { deployment, event_id: `event ${id}` };
}

const idsAround = (...told: Told[]) => {
  const { last, previous, newer } = around(spike.toISOString(), deployedOf(told));
  return [last?.id ?? null, previous?.id ?? null, newer?.id ?? null];
};

describe('around a spike', () => {
  test('are the last deployment before it, what ran before that, and what came after', () => {
    expect(idsAround(status(1, 300), status(2, 200), status(3, 100), status(4, -10))).toEqual(['3', '2', '4']);
    expect(idsAround(status(4, -10))).toEqual([null, null, '4']);
    expect(idsAround()).toEqual([null, null, null]);
  });

  test('the order of arrival changes nothing', () => {
    expect(idsAround(status(3, 100), status(4, -10), status(1, 300), status(2, 200))).toEqual(['3', '2', '4']);
  });

  test('what ran before is another commit of the same repository', () => {
    const same = { sha: 'e'.repeat(40) };
    expect(idsAround(status(1, 300), status(2, 200, same), status(3, 100, same))).toEqual(['3', '1', null]);
    expect(idsAround(status(1, 300, { repository: 'acme/search' }), status(2, 200))).toEqual(['2', null, null]);
  });

  test('a version that was rolling out when it broke came first, one that waited for long did not', () => {
    expect(idsAround(status(1, -5, { created_at: ago(10) }))).toEqual(['1', null, null]);
    expect(idsAround(status(1, -5, { created_at: ago(60) }))).toEqual([null, null, '1']);
    expect(idsAround(status(1, -5, { created_at: ago(-1) }))).toEqual([null, null, '1']);
  });
});

test('only what succeeded in production counts, also when it was made inactive later', () => {
  expect(deployedOf([status(1, 100, { state: 'failure' }), status(2, 90, { state: 'in_progress' })])).toEqual([]);
  expect(deployedOf([status(1, 100), status(1, 90, { state: 'error' })])).toEqual([]);
  expect(deployedOf([status(1, 100, { environment: 'staging' })])).toEqual([]);
  expect(deployedOf([status(1, 100), status(1, 90, { state: 'inactive' })])).toMatchObject([{ id: '1', at: ago(100).toISOString() }]);
});

describe('a deployment of which no status was told', () => {
  const made = (id: number, minutes: number): Told => {
    const deployment = readDeployment(githubDeployment({ id, created_at: ago(minutes), sha: String(id).repeat(40) }));
    if (deployment === null) throw new Error('no deployment');
    return { deployment, event_id: `event ${id}` };
  };

  test('is taken to have succeeded when it was made', () => {
    expect(deployedOf([made(1, 100)])).toMatchObject([{ id: '1', at: ago(100).toISOString(), assumed: true }]);
    expect(idsAround(made(1, 100))).toEqual(['1', null, null]);
  });

  test('is known as soon as one is told', () => {
    expect(deployedOf([made(1, 100), status(1, 95)])).toMatchObject([{ id: '1', at: ago(95).toISOString(), assumed: false }]);
    for (const state of ['queued', 'in_progress', 'failure', 'error'])
      expect(deployedOf([made(1, 100), status(1, 95, { state })])).toEqual([]);
  });

  test('is nothing to go back to, and mends nothing', () => {
    expect(idsAround(made(1, 300), status(2, 200), made(3, -10))).toEqual(['2', null, null]);
    expect(idsAround(status(1, 300), made(2, 200), status(3, -10))).toEqual(['2', '1', '3']);
  });
});

test('bots, people who have left and GitHub’s own accounts ship nothing', () => {
  const account = (login: string, type = 'User') => ({ login, type, email: null, name: null });
  const parts = ['ana-dev', 'deploy[bot]', 'web-flow', 'told-bot', 'gone', 'ANA-dev', 'ben-dev'].map((login) => ({
    part: 'wrote' as const,
    account: account(login),
  }));
  const as_of = spike;
  const team = [
    { github_login: 'ana-dev', name: 'Ana', departed_at: ago(-60), as_of },
    { github_login: 'told-bot', bot: true, departed_at: null, as_of },
    { github_login: 'Gone', departed_at: ago(60), as_of },
  ];
  expect(candidatesOf([...parts, { part: 'merged', account: account('ci', 'Bot') }], team, spike)).toEqual([
    { login: 'ana-dev', email: null, name: 'Ana', part: 'wrote' },
    { login: 'ben-dev', email: null, name: null, part: 'wrote' },
  ]);
});

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ShapeError, SignatureError } from '../../domain/event.ts';
import { sha256 } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import { parseGithub, verifyGithub } from './inbound.ts';
import { isBot, readPush } from './shapes.ts';
import {
  github_secret as secret,
  githubCommit,
  githubDeployment,
  githubDeploymentStatus,
  githubPullRequest,
  githubPush,
  signGithub,
} from './testing.ts';

const now = new Date('2026-11-20T12:00:00.700Z');
const at = new Date('2026-11-20T11:00:00Z');

function parse(event: string, payload: Json, clock = now) {
  return parseGithub({ body: Buffer.from(JSON.stringify(payload)), headers: { 'x-github-event': event }, now: clock }, payload);
}

describe('a signature', () => {
  const body = Buffer.from('{"zen":"Non-blocking is better than blocking – ✓"}');
  const verify = (signature: string | undefined, { bytes = body, secrets = [secret] } = {}) =>
    verifyGithub({ body: bytes, headers: { 'x-hub-signature-256': signature }, secrets });

  test('by GitHub’s own library, with the current or a previous secret, passes', async () => {
    const signature = await sign(secret, body.toString());
    await verify(signature);
    await verify(signature, { secrets: ['another', secret] });
  });

  test('of the older scheme counts for nothing, whichever header brings it', async () => {
    const sha1 = `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;
    await expect(verify(sha1)).rejects.toThrow(SignatureError);
    await expect(verifyGithub({ body, headers: { 'x-hub-signature': sha1 }, secrets: [secret] })).rejects.toThrow(SignatureError);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['bare', 'sha256='],
    ['without its scheme', createHmac('sha256', secret).update(body).digest('hex')],
    ['of an empty secret', `sha256=${createHmac('sha256', '').update(body).digest('hex')}`],
  ])('that is %s is refused', async (_what, signature) => {
    await expect(verify(signature, { secrets: [secret, '', ' '] })).rejects.toThrow(SignatureError);
  });

  test('of a text is not one of bytes that only read like it', async () => {
    const replaced = Buffer.from('{"note":"\uFFFD"}');
    const broken = Buffer.from('7b226e6f7465223a22ff227d', 'hex');
    expect(broken.toString()).toBe(replaced.toString());
    const signature = await sign(secret, replaced.toString());
    await verify(signature, { bytes: replaced });
    await expect(verify(signature, { bytes: broken })).rejects.toThrow(SignatureError);
    await expect(verify(signature, { bytes: Buffer.alloc(0) })).rejects.toThrow(SignatureError);
  });
});

describe('a push', () => {
  test('is about its repository, at the time of GitHub’s clock', () => {
    const payload = githubPush({ repository: 'Acme/Shop', at });
    expect(parse('push', payload)).toMatchObject({
      source: 'github',
      type: 'push',
      occurred_at: at,
      identity: sha256(JSON.stringify(payload)),
      payload,
      subject: 'github:repository:acme/shop',
      ignored: null,
    });
  });

  test('from a developer whose clock runs ahead happened when GitHub had it, and never later than now', () => {
    const ahead = new Date('2027-03-01T00:00:00Z');
    const payload = githubPush({ at, commits: [githubCommit({ at: ahead })] });
    expect(parse('push', payload).occurred_at).toEqual(at);
    const absurd = githubPush({ at, commits: [{ ...githubCommit({ at }), timestamp: '+275760-09-13T00:00:00Z' }] });
    expect(parse('push', absurd).occurred_at).toEqual(at);
    expect(parse('push', { ...githubPush(), head_commit: null, repository: { full_name: 'acme/shop' } }).occurred_at).toEqual(now);
  });

  test('of a tag, or that deletes a branch, is ignored', () => {
    expect(parse('push', githubPush({ ref: 'refs/tags/v1.0.0' }))).toMatchObject({ ignored: 'a tag was pushed', objects: [] });
    expect(parse('push', githubPush({ deleted: true }))).toMatchObject({ ignored: 'a branch or tag was deleted', objects: [] });
    expect(parse('push', { ref: 'refs/heads/main' }).ignored).toBe('the push names no repository');
  });

  test('to a branch with slashes counts, and its head is kept with who wrote it', () => {
    const bo = { login: 'bo-dev', name: 'Bo', email: 'bo@example.com' };
    const commits = [githubCommit({ at }), githubCommit({ sha: 'AB12'.repeat(10), at, author: bo })];
    const parsed = parse('push', githubPush({ ref: 'refs/heads/fix/total', repository: 'Acme/Shop', commits }));
    expect(parsed.ignored).toBeNull();
    const person = { login: 'bo-dev', name: 'Bo', email: 'bo@example.com' };
    expect(parsed.objects).toEqual([
      {
        kind: 'commit',
        id: 'ab12'.repeat(10),
        customer: 'shop',
        data: { author: person, committer: person, timestamp: at.toISOString(), repository: 'Acme/Shop' },
      },
    ]);
    expect(readPush(githubPush({ ref: 'refs/heads/fix/total', commits }))).toMatchObject({ branch: 'fix/total' });
  });

  test('shows which of its commits a bot wrote', () => {
    const push = readPush(githubPush({ commits: [githubCommit(), githubCommit({ author: { login: 'dependabot[bot]' } })] }));
    expect(push?.commits.map(({ bot }) => bot)).toEqual([false, true]);
    expect(isBot({ login: 'renovate', type: 'Bot' })).toBe(true);
    expect(isBot({ login: 'Dependabot[bot]', type: 'User' })).toBe(true);
    expect(isBot({ login: 'robot', type: 'User' })).toBe(false);
    expect(isBot(null)).toBe(false);
  });
});

describe('a deployment', () => {
  test('alone asks for nothing, and is kept', () => {
    const asked = parse('deployment', githubDeployment({ id: 7, sha: 'a'.repeat(40), created_at: at }));
    expect(asked).toMatchObject({ type: 'deployment.created', ignored: 'a deployment alone asks for nothing', occurred_at: at });
    expect(asked.objects).toMatchObject([{ kind: 'deployment', id: '7', data: { status: 'created', deployed_at: null } }]);
  });

  test('that succeeded is deployed since then, by whom, from where and by which workflow', () => {
    const creator = { login: 'bo-dev', email: 'bo@example.com' };
    const payload = githubDeploymentStatus({
      id: 7,
      repository: 'Acme/Shop',
      default_branch: 'trunk',
      sha: 'a'.repeat(40),
      ref: 'v2',
      environment: 'Production',
      creator,
      at,
      created_at: new Date('2026-11-20T10:58:00Z'),
      workflow: 'deploy.yml',
    });
    const parsed = parse('deployment_status', payload);
    expect(parsed).toMatchObject({
      type: 'deployment_status.created',
      ignored: 'a deployment alone asks for nothing',
      subject: 'github:repository:acme/shop',
      occurred_at: at,
    });
    expect(parsed.objects).toEqual([
      {
        kind: 'deployment',
        id: '7',
        customer: 'shop',
        data: {
          id: '7',
          repository: 'Acme/Shop',
          service: 'shop',
          default_branch: 'trunk',
          sha: 'a'.repeat(40),
          ref: 'v2',
          task: 'deploy',
          environment: 'Production',
          production_environment: false,
          status: 'success',
          creator: { login: 'bo-dev', type: 'User', email: 'bo@example.com', name: null },
          created_at: '2026-11-20T10:58:00.000Z',
          changed_at: '2026-11-20T11:00:00.000Z',
          deployed_at: '2026-11-20T11:00:00.000Z',
          workflow: 'deploy.yml',
        },
      },
    ]);
  });

  test.each(['failure', 'error', 'pending', 'in_progress', 'queued', 'inactive'])('whose status is %s is not deployed by it', (state) => {
    expect(parse('deployment_status', githubDeploymentStatus({ state })).objects).toMatchObject([
      { data: { status: state, deployed_at: null } },
    ]);
  });

  test('names its workflow only by a file name', () => {
    const workflowOf = (workflow: string) =>
      (parse('deployment_status', githubDeploymentStatus({ workflow })).objects[0]?.data as { workflow: Json }).workflow;
    expect(workflowOf('deploy.yaml@refs/heads/main')).toBe('deploy.yaml');
    expect(workflowOf('deploy.sh')).toBeNull();
    expect(workflowOf('')).toBeNull();
  });
});

describe('a pull request', () => {
  test('that was merged is kept under its merge commit', () => {
    const sha = 'c'.repeat(40);
    const parsed = parse('pull_request', githubPullRequest({ number: 12, title: 'Round once', merge_commit_sha: sha, at }));
    expect(parsed).toMatchObject({ type: 'pull_request.closed', ignored: 'no procedure lists pull_request.closed', occurred_at: at });
    expect(parsed.objects).toMatchObject([
      {
        kind: 'pull_request',
        id: sha,
        customer: 'shop',
        data: {
          number: 12,
          title: 'Round once',
          author: { login: 'ana-dev' },
          base_ref: 'main',
          merged_at: at.toISOString(),
          repository: 'acme/shop',
        },
      },
    ]);
  });

  test('that was closed without merging leaves nothing', () => {
    expect(parse('pull_request', githubPullRequest({ merged: false })).objects).toEqual([]);
  });
});

describe('any webhook', () => {
  test('is named by its header and its action', () => {
    expect(parse('ping', { zen: 'Keep it logically awesome.', hook_id: 1 })).toMatchObject({
      type: 'ping',
      ignored: 'a ping',
      subject: null,
    });
    expect(parse('star', { action: 'created' })).toMatchObject({ type: 'star.created', ignored: 'no procedure lists star.created' });
    expect(parse('star', { action: '<b>' })).toMatchObject({ type: 'star' });
  });

  test.each([
    ['no object', 'push', []],
    ['nothing', 'push', null],
    ['text', 'push', 'push'],
    ['without the header', undefined, {}],
    ['under a name that is none', 'Push; drop', {}],
  ])('that is %s is refused', (_what, event, payload) => {
    expect(() => parseGithub({ body: Buffer.from('x'), headers: { 'x-github-event': event }, now }, payload)).toThrow(ShapeError);
  });

  test('whatever it holds never breaks the parser', () => {
    const members = fc.constantFrom(
      'repository',
      'deployment',
      'deployment_status',
      'pull_request',
      'head_commit',
      'commits',
      'ref',
      'sender',
      'action',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('push', 'deployment', 'deployment_status', 'pull_request', 'x'),
        members,
        fc.jsonValue(),
        (event, member, value) => {
          for (const payload of [githubPush(), githubDeploymentStatus(), githubPullRequest()]) {
            expect(parse(event, { ...payload, [member]: value as Json }).objects.length).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

interface Examples {
  name: string;
  examples: { [key: string]: Json }[];
}

const package_root = new URL('.', `file://${createRequire(import.meta.url).resolve('@octokit/webhooks-examples/package.json')}`);
const editions = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'];

describe.each(editions)('every payload that GitHub’s users contributed for %s', (edition) => {
  const all: Examples[] = JSON.parse(readFileSync(new URL(`${edition}/index.json`, package_root), 'utf8'));

  test('parses, and only pushes to a branch ask for something', () => {
    expect(all.length).toBeGreaterThan(40);
    for (const { name, examples } of all) {
      for (const payload of examples) {
        const parsed = parse(name, payload);
        expect(parsed.occurred_at.getTime()).toBeLessThanOrEqual(now.getTime());
        const asks = name === 'push' && payload.deleted === false && String(payload.ref).startsWith('refs/heads/');
        expect([name, parsed.ignored === null]).toEqual([name, asks]);
        if (payload.repository !== undefined && payload.repository !== null)
          expect(parsed.subject).toMatch(/^github:repository:[^/ ]+\/[^/ ]+$/);
      }
    }
  });

  test('shows every deployment and what became of it', () => {
    const deployments = all
      .filter(({ name }) => name === 'deployment' || name === 'deployment_status')
      .flatMap(({ name, examples }) => examples.map((payload) => parse(name, payload)));
    expect(deployments.length).toBeGreaterThan(0);
    for (const { objects } of deployments)
      expect(objects).toMatchObject([
        {
          kind: 'deployment',
          customer: expect.any(String),
          data: { sha: expect.stringMatching(/^[0-9a-f]{40}$/), creator: { login: expect.any(String) } },
        },
      ]);
  });
});

test('the header that tests sign with is GitHub’s own', async () => {
  const body = JSON.stringify(githubPush());
  expect(signGithub(body, secret)['x-hub-signature-256']).toBe(await sign(secret, body));
});

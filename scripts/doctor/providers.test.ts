import { describe, expect, test } from 'vitest';

import { of, peer } from './testing.ts';

describe('a provider', () => {
  const all = [
    ['Stripe', 'STRIPE_API_KEY', 'STRIPE_API_BASE', 'rk_test_doctor', '/v1/balance'],
    ['GitHub', 'GITHUB_TOKEN', 'GITHUB_API_URL', 'github-token-for-tests', '/rate_limit'],
    ['Intercom', 'INTERCOM_TOKEN', 'INTERCOM_API_URL', 'intercom-token-for-tests', '/me'],
    ['HubSpot', 'HUBSPOT_TOKEN', 'HUBSPOT_API_URL', 'hubspot-token-for-tests', '/account-info/v3/details'],
  ] as const;

  test.each(all)('%s is asked with its token, and each way to fail has its sentence', async (name, variable, base, token, path) => {
    const good = await peer((asked, authorization) =>
      asked === path && authorization === `Bearer ${token}` ? { status: 200, body: {} } : { status: 401 },
    );
    expect(await of(name, { [variable]: token, [base]: good.url })).toMatchObject({ state: 'ok' });
    const unknown = await of(name, { [variable]: `${token}x`, [base]: good.url });
    expect(unknown).toMatchObject({ state: 'failed', detail: expect.stringContaining(`does not know the token in ${variable}`) });
    expect(unknown?.detail).not.toContain(token);
    for (const status of [403, 302, 500]) {
      good.next(path, { status, headers: { location: 'http://127.0.0.1:1/' } });
      expect(await of(name, { [variable]: token, [base]: good.url })).toMatchObject({
        state: 'failed',
        detail: expect.stringContaining(String(status)),
      });
    }
    expect(await of(name, { [variable]: token, [base]: 'http://127.0.0.1:1' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('cannot be reached'),
    });
  });

  test('GitHub without the scope repo has failed', async () => {
    const github = await peer(() => ({ status: 200, headers: { 'x-oauth-scopes': 'read:org, gist' } }));
    expect(await of('GitHub', { GITHUB_TOKEN: 'x', GITHUB_API_URL: github.url })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('lacks the scope repo'),
    });
  });

  test('a language model is known by its list, or by a word', async () => {
    const listing = await peer(() => ({ status: 200, body: { data: [{ id: 'small' }] } }));
    const silent = await peer((path) => (path === '/chat/completions' ? { status: 200, body: {} } : { status: 404 }));
    const model = (url: string, name: string) => of('Language model', { OPENAI_BASE_URL: url, OPENAI_MODEL: name });
    expect(await model(listing.url, 'small')).toMatchObject({ state: 'ok' });
    expect(await model(listing.url, 'large')).toMatchObject({ state: 'odd' });
    expect(await model(silent.url, 'any')).toMatchObject({ state: 'ok' });
    expect(await model('http://127.0.0.1:1', 'any')).toMatchObject({ state: 'failed' });
    const refusing = await peer(() => ({ status: 401 }));
    expect(await model(refusing.url, 'any')).toMatchObject({ state: 'failed' });
  });
});

describe('PUBLIC_URL', () => {
  test('answers as ExecOps does, or has failed', async () => {
    const healthy = await peer(() => ({ status: 200, body: { status: 'ok' } }));
    const other = await peer(() => ({ status: 200, body: { hello: 'world' } }));
    expect(await of('PUBLIC_URL', { PUBLIC_URL: healthy.url })).toMatchObject({ state: 'ok' });
    expect(await of('PUBLIC_URL', { PUBLIC_URL: other.url })).toMatchObject({ state: 'failed' });
    expect(await of('PUBLIC_URL', { PUBLIC_URL: 'http://127.0.0.1:1' })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('cannot be reached'),
    });
  });
});

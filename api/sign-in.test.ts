import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ensureOwner, placeholder_email } from './owner.ts';
import { sign_in_failures_max } from './limits.ts';
import { testDatabase, type TestDatabase } from '../scripts/testing/database.ts';
import { cookieOf, owner, startTestServer, type TestServer } from './testing.ts';

describe('signing in with a password', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  const attempt = (body: unknown, headers: Record<string, string> = {}) =>
    server.call('POST', '/api/auth/sign-in/email', { body, headers });

  test('gives a script without Origin and cookies a session, in an HttpOnly cookie that plain http can carry', async () => {
    const answer = await attempt(owner);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ user: { id: expect.any(String), name: 'Ana', email: owner.email } });
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(cookie).not.toMatch(/; Secure/i);
    expect((await server.call('GET', '/api/inbox', { as: cookieOf(answer) })).status).toBe(200);
  });

  test('does not mind the case of the address, nor the Origin of its own site', async () => {
    expect((await attempt({ ...owner, email: owner.email.toUpperCase() }, { origin: server.origin })).status).toBe(200);
  });

  test('from another site is refused', async () => {
    const answer = await attempt(owner, { origin: 'https://evil.example' });
    expect([answer.status, answer.json.type]).toEqual([403, '/docs#wrong_origin']);
  });

  test('is 401 for a wrong password and for an unknown account alike', async () => {
    const wrong = await attempt({ ...owner, password: 'wrong horse' });
    const unknown = await attempt({ email: 'nobody@example.com', password: 'wrong horse' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('content-type')).toBe('application/problem+json');
    expect(wrong.headers.getSetCookie()).toEqual([]);
    expect(unknown.json).toEqual(wrong.json);
  });

  test.each([
    ['nothing', {}],
    ['no address', { email: 'ana', password: 'x' }],
    ['no password', { email: owner.email }],
    ['an endless password', { ...owner, password: 'x'.repeat(2_000) }],
    ['a list', []],
    ['null', 'null'],
  ])('is 400 for %s', async (_name, body) => {
    expect((await attempt(body)).status).toBe(400);
  });

  test('is 415 for a form and 400 for what is not JSON', async () => {
    expect((await attempt('email=a', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await attempt('{"email":')).status).toBe(400);
  });

  test('offers nothing else of better-auth', async () => {
    for (const path of [
      'sign-up/email',
      'request-password-reset',
      'reset-password',
      'change-email',
      'update-user',
      'delete-user',
      'sign-in/social',
      'get-session',
    ]) {
      expect((await server.call('POST', `/api/auth/${path}`, { body: { ...owner, name: 'x', newPassword: 'new password' } })).status).toBe(
        404,
      );
    }
    expect(await server.db.prisma.user.count()).toBe(1);
  });

  test('ends when signing out: the cookie is cleared and worth nothing', async () => {
    const me = await server.signIn();
    const answer = await server.call('POST', '/api/auth/sign-out', { as: me });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().join()).toMatch(/session_token=;.*Max-Age=0/i);
    expect((await server.call('GET', '/api/inbox', { as: me })).status).toBe(401);
  });

  test('a forged, changed or foreign cookie is nobody', async () => {
    const me = await server.signIn();
    for (const forged of [
      me.replace(/.{6}$/, 'AAAA%3D'),
      me.replace(/=./, '=_'),
      'better-auth.session_token=abc',
      'better-auth.session_token=%E0%A4%A',
      'a=b; ;=;x',
    ]) {
      expect((await server.call('GET', '/api/inbox', { headers: { cookie: forged } })).status).toBe(401);
    }
  });

  test('carries Secure when the public address is https', async () => {
    const secure = await startTestServer({ PUBLIC_URL: 'https://ops.example.com' });
    const answer = await secure.call('POST', '/api/auth/sign-in/email', { body: owner });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-.*; Path=\/; HttpOnly; Secure; SameSite=Lax/i);
    expect((await secure.call('GET', '/api/inbox', { as: cookieOf(answer) })).status).toBe(200);
    await secure.close();
  });
});

describe('too many failures', () => {
  test('are 429 with Retry-After, even with the right password, for that account only', async () => {
    const server = await startTestServer();
    const colleague = await server.member('ops_lead');
    const wrong = { ...owner, password: 'wrong horse' };
    const answers = await Promise.all(
      Array.from({ length: sign_in_failures_max + 3 }, () => server.call('POST', '/api/auth/sign-in/email', { body: wrong })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(sign_in_failures_max);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    const right = await server.call('POST', '/api/auth/sign-in/email', { body: owner, headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(right.json.type).toBe('/docs#too_many_requests');
    expect((await server.call('GET', '/api/inbox', { as: colleague })).status).toBe(200);
    await server.member('viewer');
    await server.close();
  });
});

describe('the first owner', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
    return () => database.close();
  });
  const settings = { PORT: 3000 };
  const people = () => database.db.prisma.user.findMany({ include: { members: true } });

  test('without OWNER_EMAIL is a placeholder on every approver list, with a fresh link at each start', async () => {
    const { sign_in_link: first } = await ensureOwner(database.db, settings);
    const { sign_in_link: second } = await ensureOwner(database.db, { ...settings, PUBLIC_URL: 'https://ops.example.com' });
    expect(first).toMatch(/^http:\/\/localhost:3000\/sign-in\/link\?token=[\w-]{43}$/);
    expect(second).toMatch(/^https:\/\/ops\.example\.com\/sign-in\/link\?token=[\w-]{43}$/);
    expect(await people()).toMatchObject([{ email: placeholder_email, members: [{ role: 'owner', org_id: database.org_id }] }]);
    expect((await database.db.prisma.approvers.findMany()).map(({ action_type }) => action_type).sort()).toEqual([
      'api_call',
      'email',
      'slack_dm',
    ]);
  });

  test('named later is the same person, and no link is given out any more', async () => {
    await ensureOwner(database.db, settings);
    const [before] = await people();
    expect(await ensureOwner(database.db, { ...settings, OWNER_EMAIL: 'Ana@Example.com', OWNER_PASSWORD: 'first password' })).toEqual({
      sign_in_link: null,
    });
    expect(await people()).toMatchObject([{ id: before?.id, email: 'ana@example.com' }]);
  });

  test('is not made twice when several processes start at once', async () => {
    await Promise.all(
      Array.from({ length: 5 }, () => ensureOwner(database.db, { ...settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password })),
    );
    expect(await people()).toHaveLength(1);
    expect(await database.db.prisma.account.count()).toBe(1);
  });

  test('keeps an emptied approver list empty', async () => {
    await ensureOwner(database.db, settings);
    await database.db.sql`delete from approvers`;
    await ensureOwner(database.db, { ...settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: owner.password });
    expect(await database.db.prisma.approvers.count()).toBe(0);
  });

  test('with a changed password has no session of the old one left', async () => {
    const named = { ...settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: 'first password' };
    await ensureOwner(database.db, named);
    const [ana] = await people();
    await database.db.sql`insert into session (id, token, "expiresAt", "userId") values ('s', 't', now() + interval '1 day', ${ana?.id})`;
    await ensureOwner(database.db, named);
    expect(await database.db.prisma.session.count()).toBe(1);
    await ensureOwner(database.db, { ...named, OWNER_PASSWORD: 'second password' });
    expect(await database.db.prisma.session.count()).toBe(0);
  });

  test('is given the same OWNER_PASSWORD again only when they have none left', async () => {
    const named = { ...settings, OWNER_EMAIL: owner.email, OWNER_PASSWORD: 'first password' };
    const hash = () => database.db.prisma.account.findFirstOrThrow().then(({ password }) => password);
    await ensureOwner(database.db, named);
    const first = await hash();
    await ensureOwner(database.db, settings);
    await ensureOwner(database.db, named);
    expect(await hash()).toBe(first);
    await database.db.sql`delete from account`;
    await ensureOwner(database.db, named);
    expect(await hash()).toEqual(expect.any(String));
  });
});

describe('a password that the owner changed in the panel', () => {
  let server: TestServer;
  let me: string;
  beforeEach(async () => {
    server = await startTestServer();
    const was = await server.signIn();
    const changed = await server.call('POST', '/api/account/password', { as: was, body: { current: owner.password, next: chosen } });
    expect(changed.status).toBe(200);
    me = cookieOf(changed);
    return () => server.close();
  });
  const chosen = 'three quiet herons wading';
  const restart = (password: string) => ensureOwner(server.db, { PORT: 3000, OWNER_EMAIL: owner.email, OWNER_PASSWORD: password });
  const signIn = async (password: string) =>
    (await server.call('POST', '/api/auth/sign-in/email', { body: { email: owner.email, password } })).status;
  const signedIn = async () => (await server.call('GET', '/api/inbox', { as: me })).status;

  test('stays when ExecOps restarts with the same OWNER_PASSWORD, and nobody is signed out', async () => {
    await restart(owner.password);
    await restart(owner.password);
    expect(await signedIn()).toBe(200);
    expect([await signIn(chosen), await signIn(owner.password)]).toEqual([200, 401]);
  });

  test('gives way to another OWNER_PASSWORD, once, which ends every session', async () => {
    await restart('another password for Ana');
    expect(await signedIn()).toBe(401);
    expect([await signIn('another password for Ana'), await signIn(chosen)]).toEqual([200, 401]);
  });
});

describe('a one-time link', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ OWNER_EMAIL: '', OWNER_PASSWORD: '' });
  });
  afterAll(() => server.close());

  async function freshToken(): Promise<string> {
    const { sign_in_link } = await ensureOwner(server.db, { PORT: 3000 });
    return new URL(sign_in_link ?? '').searchParams.get('token') ?? '';
  }
  const use = (token: string) => server.call('POST', '/api/auth/sign-in/link', { body: { token } });

  test('signs in once', async () => {
    const token = await freshToken();
    const first = await use(token);
    expect(first.status).toBe(200);
    expect((await server.call('GET', '/api/inbox', { as: cookieOf(first) })).status).toBe(200);
    const second = await use(token);
    expect(second.status).toBe(401);
    expect(second.headers.getSetCookie()).toEqual([]);
  });

  test('signs in one of many that use it at once', async () => {
    const token = await freshToken();
    const answers = await Promise.all(Array.from({ length: 10 }, () => use(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('is not used up by a GET, and only its hash is stored', async () => {
    const token = await freshToken();
    expect((await server.call('GET', `/api/auth/sign-in/link?token=${token}`)).status).toBe(405);
    await server.call('GET', `/sign-in/link?token=${token}`);
    expect(await server.db.prisma.sign_in_links.count({ where: { token_hash: token } })).toBe(0);
    expect((await use(token)).status).toBe(200);
  });

  test('is worth nothing after 15 minutes', async () => {
    const token = await freshToken();
    await server.db.sql`update sign_in_links set expires_at = expires_at - interval '15 minutes'`;
    expect((await use(token)).status).toBe(401);
  });
});

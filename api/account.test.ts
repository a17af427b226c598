import { randomUUID } from 'node:crypto';

import { hashPassword } from 'better-auth/crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { addOwner, setPassword } from '../prisma/people.ts';
import { session_idle_days } from '../prisma/sessions.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { until } from '../scripts/testing/wait.ts';
import { cookieOf, owner, startTestServer, type TestServer } from './testing.ts';

const phone = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36';
const new_password = 'seven quiet green rivers';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A member with sessions of their own. */
async function person() {
  const user_id = randomUUID();
  const email = `${user_id.slice(0, 8)}@example.com`;
  const hash = await hashPassword(owner.password);
  await server.db.tx(async (sql) => {
    await addOwner(sql, server.org_id, { user_id, email, name: 'Bo Berg' });
    await setPassword(sql, user_id, hash);
  });
  const signIn = async (headers: Record<string, string> = {}, password = owner.password) =>
    server.call('POST', '/api/auth/sign-in/email', { body: { email, password }, headers });
  return { user_id, email, signIn, signedIn: async (headers = {}) => cookieOf(await signIn(headers)) };
}

const sessionsOf = async (as: string) => (await server.call('GET', '/api/sessions', { as })).json.sessions;
const stands = async (as: string) => (await server.call('GET', '/api/sessions', { as })).status;
const edit = (statement: string, values: unknown[]) => asOwner(server.database_url, statement, values);

describe('sessions', () => {
  test('are listed with device, address and times, and the current one is marked', async () => {
    const bo = await person();
    const at_phone = await bo.signedIn({ 'user-agent': phone });
    const by_script = await bo.signedIn({ 'user-agent': '' });
    const sessions = await sessionsOf(by_script);
    expect(sessions).toHaveLength(2);
    expect(sessions.find(({ current }: { current: boolean }) => current)).toMatchObject({
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
    });
    expect(sessions.find(({ current }: { current: boolean }) => !current)).toMatchObject({ device: 'Chrome on Android' });
    expect(JSON.stringify(sessions)).not.toContain(at_phone.split('=')[1]?.slice(0, 32));
  });

  test('end one by one and all others at once, and nobody ends somebody else’s', async () => {
    const [bo, cy] = [await person(), await person()];
    const [one, two, three] = [await bo.signedIn(), await bo.signedIn(), await bo.signedIn()];
    const stranger = await cy.signedIn();
    const idOf = async (as: string) => (await sessionsOf(as)).find(({ current }: { current: boolean }) => current).id;
    expect((await server.call('DELETE', `/api/sessions/${await idOf(one)}`, { as: stranger })).status).toBe(404);
    expect((await server.call('DELETE', `/api/sessions/${await idOf(one)}`, { as: two })).status).toBe(204);
    expect([await stands(one), await stands(two), await stands(three)]).toEqual([401, 200, 200]);
    expect((await server.call('DELETE', '/api/sessions', { as: two })).status).toBe(204);
    expect([await stands(two), await stands(three), await stands(stranger)]).toEqual([200, 401, 200]);
  });

  test('get a new token with each sign-in, and the browser’s former one is worth nothing', async () => {
    const bo = await person();
    const first = await bo.signedIn();
    const second = cookieOf(await bo.signIn({ cookie: first, origin: server.origin }));
    expect(second).not.toBe(first);
    expect([await stands(first), await stands(second)]).toEqual([401, 200]);
  });

  test('end when they lie unused, and at the latest after thirty days', async () => {
    const bo = await person();
    const idle = await bo.signedIn();
    await edit(`update session set last_seen_at = now() - $1 * interval '1 day' where "userId" = $2`, [session_idle_days, bo.user_id]);
    expect(await stands(idle)).toBe(401);
    const old = await bo.signedIn();
    const [session] = await sessionsOf(old);
    expect(Date.parse(session.expires_at) - Date.now()).toBeLessThanOrEqual(session_idle_days * 86_400_000);
    // Both times are read from the clock one after the other, so a millisecond may lie between them.
    const { rows } = await edit(
      `select round(extract(epoch from "expiresAt" - "createdAt"))::int as life from session where "userId" = $1`,
      [bo.user_id],
    );
    expect(rows).toEqual([{ life: 30 * 86_400 }]);
    await edit(`update session set "expiresAt" = now() where "userId" = $1`, [bo.user_id]);
    expect(await stands(old)).toBe(401);
    // Signing in sweeps what has run out.
    await bo.signedIn();
    expect((await edit('select from session where "userId" = $1', [bo.user_id])).rowCount).toBe(1);
  });

  test('note their use once a minute and not with every call', async () => {
    const bo = await person();
    const me = await bo.signedIn();
    const seen = async () => (await edit('select last_seen_at, xmin from session where "userId" = $1', [bo.user_id])).rows[0];
    const before = await seen();
    await Promise.all(Array.from({ length: 20 }, () => stands(me)));
    expect(await seen()).toEqual(before);
    await edit(`update session set last_seen_at = now() - interval '61 seconds' where "userId" = $1`, [bo.user_id]);
    await stands(me);
    expect((await seen()).last_seen_at.getTime()).toBeGreaterThan(Date.now() - 10_000);
  });

  test('are nobody’s who is no member', async () => {
    const bo = await person();
    const me = await bo.signedIn();
    await edit('delete from members where user_id = $1', [bo.user_id]);
    expect(await stands(me)).toBe(401);
    const wrong = await bo.signIn({}, 'not the password');
    const right = await bo.signIn();
    expect([right.status, right.json]).toEqual([401, wrong.json]);
    expect(right.headers.getSetCookie()).toEqual([]);
  });
});

describe('changing the password', () => {
  const change = (as: string, body: object) => server.call('POST', '/api/account/password', { as, body });

  test('takes the current one, ends every session and gives this browser a new one', async () => {
    const bo = await person();
    const [me, elsewhere] = [await bo.signedIn(), await bo.signedIn()];
    const answer = await change(me, { current: owner.password, next: new_password });
    expect(answer.status).toBe(200);
    const fresh = cookieOf(answer);
    expect([await stands(me), await stands(elsewhere), await stands(fresh)]).toEqual([401, 401, 200]);
    expect((await bo.signIn()).status).toBe(401);
    expect((await bo.signIn({}, new_password)).status).toBe(200);
    const rows = await server.db.sql<{ metadata: unknown }>`select metadata from audit where actor_id = ${bo.user_id}`;
    expect(rows).toEqual([{ metadata: { account: 'password_changed' } }]);
  });

  test('with a wrong current one is 403, counts as a failed sign-in and changes nothing', async () => {
    const bo = await person();
    const me = await bo.signedIn();
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push((await change(me, { current: `wrong ${n}`, next: new_password })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(403), 429, 429]);
    expect(await stands(me)).toBe(200);
  });

  test.each([
    ['short', 'Use at least 8 characters'],
    ['qwertyuiop', 'most common'],
    [owner.password, 'This is the current password'],
    ['bo-berg-execops', 'fewer than 8 characters'],
  ])('to %j is refused in a sentence', async (next, words) => {
    const me = await (await person()).signedIn();
    const answer = await change(me, { current: owner.password, next });
    expect([answer.status, answer.json.type]).toEqual([400, '/docs#weak_password']);
    expect(answer.json.detail).toContain(words);
  });

  test('twice at once happens once', async () => {
    const bo = await person();
    const [one, two] = [await bo.signedIn(), await bo.signedIn()];
    const answers = await Promise.all([
      change(one, { current: owner.password, next: new_password }),
      change(two, { current: owner.password, next: `${new_password} too` }),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await edit('select from session where "userId" = $1', [bo.user_id])).rowCount).toBe(1);
  });

  test('leaves no session to whoever signs in with the former one meanwhile', async () => {
    const bo = await person();
    const hash = await hashPassword(new_password);
    const sessions = () => server.db.sql`select from session where "userId" = ${bo.user_id}`;
    const overtaken = await server.db.tx(async (sql) => {
      await setPassword(sql, bo.user_id, hash);
      const signing_in = bo.signIn();
      // The former password was right when it was looked at.
      await until('the session is there', async () => (await sessions()).length === 1);
      return { signing_in };
    });
    expect((await overtaken.signing_in).status).toBe(401);
    expect(await sessions()).toHaveLength(0);
  });

  test('for somebody without one takes a sign-in of a moment ago as soon as they have a passkey', async () => {
    const bo = await person();
    const me = await bo.signedIn();
    await edit('delete from account where "userId" = $1', [bo.user_id]);
    await edit(`update session set "createdAt" = now() - interval '11 minutes' where "userId" = $1`, [bo.user_id]);
    const key = `insert into passkeys (id, user_id, name, public_key, device_type) values ($1, $2, 'Phone', '\\x00', 'singleDevice')`;
    await edit(key, [randomUUID(), bo.user_id]);
    const refused = await change(me, { next: new_password });
    expect([refused.status, refused.json.type]).toEqual([403, '/docs#sign_in_again']);
    await edit('delete from passkeys where user_id = $1', [bo.user_id]);
    expect((await change(me, { next: new_password })).status).toBe(200);
  });

  test('is for a person, not for a key', async () => {
    const me = await (await person()).signedIn();
    const { key } = (await server.call('POST', '/api/keys', { as: me, body: { name: 'x', kind: 'personal' } })).json;
    for (const [method, path, body] of [
      ['POST', '/api/account/password', { current: owner.password, next: new_password }],
      ['POST', '/api/account/name', { name: 'Eve' }],
      ['GET', '/api/sessions', undefined],
      ['DELETE', '/api/sessions', undefined],
      ['GET', '/api/members', undefined],
      ['POST', '/api/invitations', { email: 'eve@example.com', role: 'owner' }],
    ] as const)
      expect((await server.call(method, path, { as: key, body })).status).toBe(403);
  });
});

test('a name is one readable line', async () => {
  const me = await (await person()).signedIn();
  const rename = (name: string) => server.call('POST', '/api/account/name', { as: me, body: { name } });
  expect((await rename('  Bo\u202e\nBerg  ')).status).toBe(204);
  const { members } = (await server.call('GET', '/api/members', { as: me })).json;
  expect(members.at(-1).name).toBe('Bo Berg');
  for (const wrong of ['', '   ', '\u202e', 'x'.repeat(101)]) expect((await rename(wrong)).status).toBe(400);
});

test('an unknown account takes as long to refuse as a known one', async () => {
  const bo = await person();
  const time = async (email: string) => {
    const start = performance.now();
    await server.call('POST', '/api/auth/sign-in/email', { body: { email, password: 'wrong password' } });
    return performance.now() - start;
  };
  await time(bo.email);
  const known: number[] = [];
  const unknown: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    known.push(await time(bo.email));
    unknown.push(await time(`nobody-${n}@example.com`));
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[3] ?? 0;
  expect(median(unknown) / median(known)).toBeGreaterThan(0.5);
  expect(median(unknown) / median(known)).toBeLessThan(2);
});

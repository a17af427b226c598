import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createAuthenticator } from '../../scripts/testing/authenticator.ts';
import { asOwner } from '../../scripts/testing/database.ts';
import { cookieOf, email_draft, owner, startTestServer, type Answer, type TestServer } from '../testing.ts';

let server: TestServer;
let site: string;
beforeAll(async () => {
  server = await startTestServer();
  site = server.origin.replace('127.0.0.1', 'localhost');
});
afterAll(() => server.close());

const post = (path: string, as?: string, body?: unknown) =>
  server.call('POST', path, { ...(as !== undefined && { as }), ...(body !== undefined && { body }) });
const passkeysOf = async (as: string) => (await server.call('GET', '/api/passkeys', { as })).json.passkeys;
const idOf = (name: string) => expect.objectContaining({ name });
const refused = (answer: Answer) => [answer.status, answer.json.type];

/** A person with a passkey, signed in by password. */
async function withPasskey() {
  const me = await server.member('owner');
  const device = createAuthenticator(site);
  const { json: options } = await post('/api/passkeys/registration/options', me);
  const answer = await post('/api/passkeys/registration', me, { name: 'Phone', response: device.register(options) });
  expect(answer.status).toBe(201);
  return { me, device, id: answer.json.id as string };
}

const signInOptions = async () => (await post('/api/passkeys/sign-in/options')).json;
const signIn = (response: unknown) => post('/api/passkeys/sign-in', undefined, { response });

async function card(as: string) {
  const { json } = await post('/ai/propose', as, { ...email_draft, urgency: 'critical' });
  return { proposal_id: json.proposal_id as string, payload_hash: json.payload_hash as string };
}
const stepUpOptions = (as: string, about: object) => post('/api/passkeys/step-up/options', as, about);
const stepUp = (as: string, response: unknown) => post('/api/passkeys/step-up', as, { response });

async function proven(as: string, device: ReturnType<typeof createAuthenticator>, about: object): Promise<string> {
  const { json } = await stepUpOptions(as, about);
  const answer = await stepUp(as, device.sign(json.options));
  expect(answer.status).toBe(200);
  return answer.json.step_up;
}
const approve = (as: string, about: object, step_up?: string) =>
  post('/ai/decide', as, { ...about, decision: 'approve', ...(step_up !== undefined && { step_up }) });

describe('adding a passkey', () => {
  test('asks for one that verifies its person and can be found without a name, and lists it', async () => {
    const me = await server.member('viewer');
    const device = createAuthenticator(site);
    const { status, json: options } = await post('/api/passkeys/registration/options', me);
    expect(status).toBe(200);
    expect(options).toMatchObject({
      rp: { id: 'localhost', name: 'ExecOps' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      excludeCredentials: [],
    });
    const added = await post('/api/passkeys/registration', me, { name: '  Ana’s phone ', response: device.register(options) });
    expect(added.status).toBe(201);
    expect(added.json).toEqual({ id: expect.any(String), name: 'Ana’s phone', created_at: expect.any(String), last_used_at: null });
    expect(await passkeysOf(me)).toEqual([added.json]);
    const again = await post('/api/passkeys/registration/options', me);
    expect(again.json.excludeCredentials).toEqual([{ id: added.json.id, type: 'public-key', transports: ['internal'] }]);
    const audit = await server.db.sql`select metadata from audit where metadata->>'passkey_id' = ${added.json.id}`;
    expect(audit).toEqual([{ metadata: { passkey: 'created', passkey_id: added.json.id } }]);
  });

  test('is refused when it was made elsewhere, for somebody else, unverified, twice, late, or with certificates', async () => {
    const me = await server.member('owner');
    const other = await server.member('owner');
    const options = async (as = me) => (await post('/api/passkeys/registration/options', as)).json;
    const offer = (response: unknown, as = me) => post('/api/passkeys/registration', as, { name: 'X', response });
    const device = createAuthenticator(site);
    const once = device.register(await options());
    expect((await offer(once)).status).toBe(201);
    const late = await options();
    await server.db.sql`delete from webauthn_challenges where challenge <> ${late.challenge}`;
    await asOwner(server.database_url, `update webauthn_challenges set expires_at = now() - interval '1 second'`);
    const attempts: [string, () => Promise<Answer>][] = [
      ['twice', () => offer(once)],
      ['late', () => offer(device.register(late))],
      ['at another site', async () => offer(device.register(await options(), { origin: 'https://evil.example' }))],
      ['for another name', async () => offer(device.register(await options(), { rp_id: 'evil.example' }))],
      ['without knowing who', async () => offer(device.register(await options(), { user_verified: false }))],
      ['for an invented challenge', async () => offer(device.register(await options(), { challenge: 'AAAA' }))],
      ["for another person's challenge", async () => offer(device.register(await options(other)))],
      [
        'for a challenge to sign in',
        async () => offer(device.register({ ...(await options()), challenge: (await signInOptions()).challenge })),
      ],
      [
        'with an attestation',
        async () => offer(device.register(await options(), { attestation: new Map<string, unknown>([['fmt', 'apple'], ['attStmt', new Map([['x5c', []]])]]) })),
      ], // prettier-ignore
      ['as rubbish', async () => offer({ ...once, response: { ...once.response, attestationObject: 'AAAA' } })],
      ['with no client data', async () => offer({ ...once, response: { ...once.response, clientDataJSON: 'AAAA' } })],
    ];
    for (const [name, attempt] of attempts) {
      const answer = await attempt();
      expect([name, ...refused(answer)]).toEqual([name, 403, '/docs#passkey_refused']);
      expect(answer.json.detail).not.toMatch(/challenge|origin|evil/i);
    }
    expect(await passkeysOf(me)).toEqual([idOf('X')]);
    expect(await passkeysOf(other)).toEqual([]);
  });

  test('and removing one takes a sign-in of the last ten minutes', async () => {
    const { me, id } = await withPasskey();
    await server.db.sql`update session set "createdAt" = now() - interval '11 minutes'`;
    const answers = [
      await post('/api/passkeys/registration/options', me),
      await post('/api/passkeys/registration', me, { name: 'X', response: createAuthenticator(site).register({ challenge: 'AAAA', rp: {}, user: { id: 'x' } }) }),
      await server.call('DELETE', `/api/passkeys/${id}`, { as: me }),
    ]; // prettier-ignore
    expect(answers.map(refused)).toEqual(Array(3).fill([403, '/docs#sign_in_again']));
    expect(await passkeysOf(me)).toEqual([idOf('Phone')]);
  });

  test('is for people: keys may neither see nor make one', async () => {
    const me = await server.signIn();
    const { json: key } = await post('/api/keys', me, { name: 'k', kind: 'personal' });
    expect((await server.call('GET', '/api/passkeys', { as: key.key })).status).toBe(403);
    expect((await post('/api/passkeys/registration/options', key.key)).status).toBe(403);
    expect((await post('/api/passkeys/registration/options')).status).toBe(401);
  });
});

describe('removing a passkey', () => {
  test('ends it at once, and is only for its person', async () => {
    const { me, device, id } = await withPasskey();
    const other = await server.member('owner');
    expect((await server.call('DELETE', `/api/passkeys/${id}`, { as: other })).status).toBe(404);
    expect((await server.call('DELETE', `/api/passkeys/${id}`, { as: me })).status).toBe(204);
    expect((await server.call('DELETE', `/api/passkeys/${id}`, { as: me })).status).toBe(404);
    expect(await passkeysOf(me)).toEqual([]);
    expect((await signIn(device.sign(await signInOptions()))).status).toBe(401);
  });
});

describe('signing in by passkey', () => {
  test('needs no name, starts a session with the same cookie, and notes the use', async () => {
    const { me, device, id } = await withPasskey();
    const options = await signInOptions();
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(options.allowCredentials ?? []).toEqual([]);
    const answer = await signIn(device.sign(options));
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^better-auth\.session_token=.*; HttpOnly; SameSite=Lax$/i);
    const [passkey] = await passkeysOf(cookieOf(answer));
    expect(passkey).toMatchObject({ id, last_used_at: expect.any(String) });
    expect(await passkeysOf(me)).toEqual([passkey]);
  });

  test('replaces the session that the browser had before', async () => {
    const { me, device } = await withPasskey();
    const answer = await server.call('POST', '/api/passkeys/sign-in', {
      as: me,
      body: { response: device.sign(await signInOptions()) },
    });
    expect(answer.status).toBe(200);
    expect((await server.call('GET', '/api/passkeys', { as: me })).status).toBe(401);
    expect((await server.call('GET', '/api/passkeys', { as: cookieOf(answer) })).status).toBe(200);
  });

  test('is refused with one sentence for everything that does not fit, and sets no cookie', async () => {
    const { me, device } = await withPasskey();
    const stranger = createAuthenticator(site);
    stranger.register({ challenge: 'AAAA', rp: {}, user: { id: Buffer.from('nobody').toString('base64url') } });
    const used = device.sign(await signInOptions());
    expect((await signIn(used)).status).toBe(200);
    const copied = { ...device.credentials[0]! };
    const step_up = (await stepUpOptions(me, await card(me))).json.options;
    const forged = device.sign(await signInOptions());
    const late = await signInOptions();
    await asOwner(server.database_url, `update webauthn_challenges set expires_at = now() - interval '1 second' where challenge = $1`, [
      late.challenge,
    ]);
    const attempts: [string, unknown][] = [
      ['a replay', used],
      ['an expired challenge', device.sign(late)],
      ['an unknown passkey', stranger.sign(await signInOptions())],
      ['another site', device.sign(await signInOptions(), { origin: 'https://evil.example' })],
      ['another port', device.sign(await signInOptions(), { origin: 'http://localhost:1' })],
      ['another name', device.sign(await signInOptions(), { rp_id: 'evil.example' })],
      ['nobody verified', device.sign(await signInOptions(), { user_verified: false })],
      ["another person's handle", device.sign(await signInOptions(), { user_handle: Buffer.from('x').toString('base64url') })],
      ['a challenge to step up', device.sign(step_up)],
      ['a forged signature', { ...forged, response: { ...forged.response, signature: used.response.signature } }],
      ['a copy that counts backwards', device.sign(await signInOptions(), { credential: copied, counter: 1 })],
    ];
    const details = new Set<string>();
    for (const [name, response] of attempts) {
      const answer = await signIn(response);
      expect([name, answer.status]).toEqual([name, 401]);
      expect(answer.headers.getSetCookie()).toEqual([]);
      details.add(answer.json.detail);
      // So that the limit of failures is not what refuses the next one.
      await asOwner(server.database_url, 'delete from rate_limits');
    }
    expect([...details]).toEqual(['This passkey was not accepted. Try again, or sign in with your password.']);
    const copies = await server.db.sql`select metadata from audit where metadata->>'passkey' = 'copy_refused'`;
    expect(copies).toEqual([{ metadata: { passkey: 'copy_refused', passkey_id: copied.id.toString('base64url') } }]);
  });

  test('of one answer that arrives many times at once, one signs in', async () => {
    const { device } = await withPasskey();
    const response = device.sign(await signInOptions());
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(response)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('works for a passkey that does not count', async () => {
    const { device } = await withPasskey();
    for (let n = 0; n < 2; n += 1) expect((await signIn(device.sign(await signInOptions(), { counter: 0 }))).status).toBe(200);
  });

  test('is over for somebody who is no member any more', async () => {
    const { device } = await withPasskey();
    const user_id = Buffer.from(device.credentials[0]!.user_handle, 'base64url').toString();
    await asOwner(server.database_url, 'delete from members where user_id = $1', [user_id]);
    expect((await signIn(device.sign(await signInOptions()))).status).toBe(401);
  });

  test('from another site is refused, and its questions are thrown away in time', async () => {
    const answer = await server.call('POST', '/api/passkeys/sign-in/options', { headers: { origin: 'https://evil.example' } });
    expect(refused(answer)).toEqual([403, '/docs#wrong_origin']);
    await signInOptions();
    await asOwner(server.database_url, `update webauthn_challenges set expires_at = now() - interval '1 second'`);
    await signInOptions();
    expect(await server.db.prisma.webauthn_challenges.count()).toBe(1);
  });
});

describe('a step-up', () => {
  let ana: Awaited<ReturnType<typeof withPasskey>>;
  beforeEach(async () => {
    ana = await withPasskey();
  });

  test('lets its person approve what takes a second confirm, once', async () => {
    const about = await card(ana.me);
    expect(refused(await approve(ana.me, about))).toEqual([403, '/docs#step_up_required']);
    const token = await proven(ana.me, ana.device, about);
    expect(await server.db.prisma.step_ups.count({ where: { id: token } })).toBe(0);
    expect((await approve(ana.me, about, token)).json).toMatchObject({ status: 'approved' });
    const next = await card(ana.me);
    expect(refused(await approve(ana.me, next, token))).toEqual([403, '/docs#step_up_required']);
  });

  test('is asked of nobody who has no passkey', async () => {
    const bo = await server.member('owner');
    const about = await card(bo);
    expect((await stepUpOptions(bo, about)).json).toEqual({ options: null });
    expect((await approve(bo, about)).status).toBe(200);
  });

  test('is worth nothing to somebody else, for another card or version, or when it is over', async () => {
    const bo = await withPasskey();
    const about = await card(ana.me);
    const other = await card(ana.me);
    const token = await proven(ana.me, ana.device, about);
    expect(refused(await approve(bo.me, about, token))).toEqual([403, '/docs#step_up_required']);
    expect(refused(await approve(ana.me, other, token))).toEqual([403, '/docs#step_up_required']);
    await asOwner(server.database_url, 'update step_ups set payload_hash = $1 where proposal_id = $2', ['0'.repeat(64), about.proposal_id]);
    expect(refused(await approve(ana.me, about, token))).toEqual([403, '/docs#step_up_required']);
    const late = await proven(ana.me, ana.device, about);
    await asOwner(server.database_url, `update step_ups set expires_at = now() - interval '1 second'`);
    expect(refused(await approve(ana.me, about, late))).toEqual([403, '/docs#step_up_required']);
    expect((await approve(ana.me, about, await proven(ana.me, ana.device, about))).status).toBe(200);
  });

  test('is refused for a replay, another purpose, another session, another passkey and another site', async () => {
    const bo = await withPasskey();
    const about = await card(ana.me);
    const options = async (as = ana.me) => (await stepUpOptions(as, about)).json.options;
    const used = ana.device.sign(await options());
    expect((await stepUp(ana.me, used)).status).toBe(200);
    const elsewhere = cookieOf(await signIn(ana.device.sign(await signInOptions())));
    const attempts: [string, () => Promise<Answer>][] = [
      ['a replay', () => stepUp(ana.me, used)],
      ['a challenge to sign in', async () => stepUp(ana.me, ana.device.sign(await signInOptions()))],
      ["another session's challenge", async () => stepUp(elsewhere, ana.device.sign(await options()))],
      ["another person's challenge", async () => stepUp(ana.me, ana.device.sign(await options(bo.me)))],
      ["another person's passkey", async () => stepUp(ana.me, bo.device.sign(await options()))],
      ['another site', async () => stepUp(ana.me, ana.device.sign(await options(), { origin: 'https://evil.example' }))],
      ['nobody verified', async () => stepUp(ana.me, ana.device.sign(await options(), { user_verified: false }))],
    ];
    for (const [name, attempt] of attempts) expect([name, ...refused(await attempt())]).toEqual([name, 403, '/docs#passkey_refused']);
  });

  test('is offered only for what the person could decide now', async () => {
    const about = await card(ana.me);
    const viewer = await server.member('viewer');
    expect((await stepUpOptions(viewer, about)).status).toBe(403);
    expect(refused(await stepUpOptions(ana.me, { ...about, payload_hash: '0'.repeat(64) }))).toEqual([409, '/docs#stale_hash']);
    expect((await stepUpOptions(ana.me, { ...about, proposal_id: randomUUID() })).status).toBe(404);
    const org_id = randomUUID();
    await asOwner(server.database_url, `insert into organisations (id, name) values ($1, 'Other')`, [org_id]);
    await asOwner(server.database_url, `update members set org_id = $1 where user_id = $2`, [
      org_id,
      Buffer.from(ana.device.credentials[0]!.user_handle, 'base64url').toString(),
    ]);
    expect((await stepUpOptions(ana.me, about)).status).toBe(404);
  });

  test('of two approvals at once with one proof, both tell the same decision, and the proof is used once', async () => {
    const about = await card(ana.me);
    const token = await proven(ana.me, ana.device, about);
    const answers = await Promise.all([approve(ana.me, about, token), approve(ana.me, about, token)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await server.db.prisma.decisions.count({ where: { proposal_id: about.proposal_id } })).toBe(1);
    expect(await server.db.prisma.step_ups.count({ where: { proposal_id: about.proposal_id, used_at: { not: null } } })).toBe(1);
  });
});

describe('behind a public address', () => {
  test('passkeys belong to its name, whatever its path', async () => {
    const secure = await startTestServer({ PUBLIC_URL: 'https://ops.example.com' });
    const me = cookieOf(await secure.call('POST', '/api/auth/sign-in/email', { body: owner }));
    const call = (path: string, body?: unknown) =>
      secure.call('POST', path, { as: me, headers: { origin: 'https://ops.example.com' }, ...(body !== undefined && { body }) });
    const device = createAuthenticator('https://ops.example.com');
    const { json: options } = await call('/api/passkeys/registration/options');
    expect(options.rp.id).toBe('ops.example.com');
    expect((await call('/api/passkeys/registration', { name: 'Phone', response: device.register(options) })).status).toBe(201);
    const { json } = await call('/api/passkeys/sign-in/options');
    const answer = await call('/api/passkeys/sign-in', { response: device.sign(json) });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-.*; Secure/i);
    await secure.close();
  });

  test.each(['http://192.168.1.5:3000', 'http://ops.example.com', 'https://203.0.113.7'])(
    'that has none, it is said: %s',
    async (PUBLIC_URL) => {
      const plain = await startTestServer({ PUBLIC_URL });
      const answer = await plain.call('POST', '/api/passkeys/sign-in/options');
      expect(refused(answer)).toEqual([409, '/docs#passkeys_not_here']);
      expect(answer.json.detail).toContain('set PUBLIC_URL');
      await plain.close();
    },
  );
});

import { readdir, readFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sha256 } from '../domain/seal.ts';
import { latestDelegations } from '../prisma/delegations.ts';
import { createInvitation, openInvitation } from '../prisma/invitations.ts';
import { createKey } from '../prisma/keys.ts';
import { asOwner } from '../scripts/testing/database.ts';
import { startSmtp } from '../scripts/testing/smtp.ts';
import { cookieOf, email_draft, owner, startTestServer, type TestServer } from './testing.ts';

const good = 'seven quiet green rivers';
const folder = mkdtempSync(join(tmpdir(), 'execops-people-'));
let server: TestServer;
let ana: string;
beforeAll(async () => {
  server = await startTestServer({ DATA_DIR: folder });
  ana = await server.signIn();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const address = () => `p${randomUUID().slice(0, 8)}@example.com`;
const invite = (email: string, role = 'ops_lead', as = ana) => server.call('POST', '/api/invitations', { as, body: { email, role } });
const tokenOf = (answer: { json: { link: string } }) => new URL(answer.json.link).searchParams.get('token') ?? '';
const accept = (token: string, account: object = { name: 'Bo Berg', password: good }) =>
  server.call('POST', '/api/invitations/accept', { body: { token, ...account } });
const members = async (as = ana) => (await server.call('GET', '/api/members', { as })).json.members;
const idOf = async (email: string): Promise<string> =>
  (await members()).find((member: { email: string }) => member.email === email)?.user_id;
const audit = async () =>
  (await server.db.sql<{ metadata: Record<string, unknown> }>`select metadata from audit order by seq`).map(({ metadata }) => metadata);

/** Somebody who came by an invitation, signed in. */
async function joined(role = 'ops_lead') {
  const email = address();
  const answer = await accept(tokenOf(await invite(email, role)));
  return { email, as: cookieOf(answer), user_id: await idOf(email) };
}

describe('an invitation', () => {
  test('is mailed into a folder of its own, its link shown to the owner, and stored as a digest', async () => {
    const email = address();
    const answer = await invite(email.toUpperCase());
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ email, role: 'ops_lead', invited_by_name: 'Ana' });
    expect(Date.parse(answer.json.expires_at) - Date.parse(answer.json.created_at)).toBe(7 * 24 * 60 * 60 * 1000);
    const mail = await simpleParser(await readFile(join(folder, 'notices', `invitation-${answer.json.id}.eml`)));
    expect(mail.subject).toBe('Ana invites you to My organisation on ExecOps'.replace('My organisation', await organisation()));
    expect(mail.text).toContain(answer.json.link);
    expect(await readdir(folder)).not.toContain('outbox');
    const [row] = await server.db.sql<{ token_hash: string }>`select token_hash from invitations where email = ${email}`;
    expect(row?.token_hash).toBe(sha256(tokenOf(answer)));
    expect(JSON.stringify(await audit())).not.toContain(email);
  });

  test('makes an account and a membership once, and signs in', async () => {
    const email = address();
    const token = tokenOf(await invite(email, 'viewer'));
    const answer = await accept(token);
    expect(answer.status).toBe(200);
    const me = cookieOf(answer);
    expect(await members(me)).toContainEqual(
      expect.objectContaining({ email, name: 'Bo Berg', role: 'viewer', passkeys: 0, last_seen_at: expect.any(String) }),
    );
    expect((await accept(token)).status).toBe(404);
    expect((await server.call('POST', '/api/auth/sign-in/email', { body: { email, password: good } })).status).toBe(200);
    expect((await server.call('GET', '/api/invitations', { as: ana })).json.invitations).not.toContainEqual(
      expect.objectContaining({ email }),
    );
    expect((await audit()).at(-1)).toMatchObject({ invitation: 'accepted', role: 'viewer' });
    expect((await server.db.sql`select from approvers where user_id = ${await idOf(email)}`).length).toBe(0);
  });

  test('lets one of many in that accept it at once', async () => {
    const token = tokenOf(await invite(address()));
    const answers = await Promise.all(Array.from({ length: 8 }, () => accept(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(404)]);
  });

  test('is not used up by reading it, and a scanner learns nothing', async () => {
    const token = tokenOf(await invite(address()));
    for (let n = 0; n < 20; n += 1) {
      expect((await server.call('GET', `/api/invitations/accept?token=${token}`)).status).toBe(405);
      await server.call(n % 2 === 0 ? 'GET' : 'HEAD', `/invitation?token=${token}`);
    }
    expect((await accept(token)).status).toBe(200);
  });

  test('that was withdrawn, replaced or is a week old is worth nothing', async () => {
    const email = address();
    const first = await invite(email);
    const second = await invite(email, 'viewer');
    expect((await accept(tokenOf(first))).status).toBe(404);
    expect((await server.call('DELETE', `/api/invitations/${second.json.id}`, { as: ana })).status).toBe(204);
    expect((await server.call('DELETE', `/api/invitations/${second.json.id}`, { as: ana })).status).toBe(404);
    expect((await accept(tokenOf(second))).status).toBe(404);
    const third = await invite(email);
    await asAdmin(`update invitations set expires_at = now() where id = '${third.json.id}'`);
    expect((await accept(tokenOf(third))).json.detail).toContain('older than a week');
  });

  test('of a member is refused, and two at once for one address leave one that works', async () => {
    expect((await invite(owner.email)).json.type).toBe('/docs#already_member');
    const email = address();
    const both = await Promise.all([invite(email), invite(email)]);
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    const accepted = [];
    for (const one of both) accepted.push((await accept(tokenOf(one))).status);
    expect(accepted.sort()).toEqual([200, 404]);
  });

  test('is an owner’s to make, see and withdraw', async () => {
    for (const role of ['ops_lead', 'viewer'] as const) {
      const as = await server.member(role);
      expect((await invite(address(), 'viewer', as)).status).toBe(403);
      expect((await server.call('GET', '/api/invitations', { as })).status).toBe(403);
      expect((await server.call('DELETE', `/api/invitations/${randomUUID()}`, { as })).status).toBe(403);
    }
  });

  test.each([
    ['no address', { email: 'bo', role: 'viewer' }],
    ['a list of addresses', { email: 'a@example.com, b@example.com', role: 'viewer' }],
    ['a line break', { email: 'a@example.com\r\nbcc: b@example.com', role: 'viewer' }],
    ['an unknown role', { email: 'a@example.com', role: 'admin' }],
  ])('for %s is 400', async (_name, body) => {
    expect((await server.call('POST', '/api/invitations', { as: ana, body })).status).toBe(400);
  });

  test('goes out over SMTP without showing its link, and one that the server refuses invites nobody', async () => {
    const smtp = await startSmtp();
    const published = await startTestServer({ SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com' });
    const me = await published.signIn();
    const body = { email: 'bo@example.com', role: 'viewer' };
    expect((await published.call('POST', '/api/invitations', { as: me, body })).json).toMatchObject({ link: null });
    expect(smtp.mails[0]?.parsed.text).toContain('/invitation?token=');
    smtp.next('drop_after_data');
    const refused = await published.call('POST', '/api/invitations', { as: me, body: { ...body, email: 'cy@example.com' } });
    expect([refused.status, refused.json.detail]).toEqual([503, expect.stringContaining('Nobody was invited.')]);
    const waiting = (await published.call('GET', '/api/invitations', { as: me })).json.invitations;
    expect(waiting.map(({ email }: { email: string }) => email)).toEqual(['bo@example.com']);
    await published.close();
    await smtp.close();
  });
});

describe('a new password', () => {
  test.each([
    ['too short', 'seven77', 'at least 8 characters'],
    ['one of the most common', 'Password1', 'most common'],
    ['the product and a year', 'ExecOps-2026', 'fewer than 8 characters'],
    ['the person’s own name', 'boberg-boberg-12', 'fewer than 8 characters'],
  ])('that is %s is refused in a sentence, and the invitation still works', async (_name, password, words) => {
    const token = tokenOf(await invite(address()));
    const refused = await accept(token, { name: 'Bo Berg', password });
    expect([refused.status, refused.json.type]).toEqual([400, '/docs#weak_password']);
    expect(refused.json.detail).toContain(words);
    expect((await accept(token)).status).toBe(200);
  });

  test.each([
    ['of 200 characters', 'ab '.repeat(66) + 'cd'],
    ['without digits and capitals', 'quiet rivers'],
    ['with other scripts and pictures', 'żółw 🐢 爱 и мир'],
    ['with spaces around', '  two spaces around it  '],
  ])('%s is taken exactly as it is', async (_name, password) => {
    const email = address();
    expect((await accept(tokenOf(await invite(email)), { name: 'Bo', password })).status).toBe(200);
    const signIn = (said: string) => server.call('POST', '/api/auth/sign-in/email', { body: { email, password: said } });
    expect((await signIn(password)).status).toBe(200);
    expect((await signIn(password.slice(0, -1))).status).toBe(401);
  });
});

describe('somebody who has an account', () => {
  test('joins with its password and no other', async () => {
    const { email, user_id } = await joined('viewer');
    const other = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Other') returning id`;
    const org_id = other[0]?.id ?? '';
    const boss = randomUUID();
    await asAdmin(`insert into "user" (id, name, email) values ('${boss}', 'Boss', '${boss}@example.com')`);
    const token = randomUUID();
    await server.db.sql`
      insert into invitations (org_id, email, role, token_hash, invited_by, expires_at)
      values (${org_id}, ${email}, 'viewer', ${sha256(token)}, ${boss}, now() + interval '1 day')`;
    const wrong = await accept(token, { name: 'Mallory', password: 'quite another password' });
    expect(wrong.status).toBe(401);
    const right = await accept(token, { password: good });
    expect(right.status).toBe(200);
    // The session shows the organisation that was joined; the name stays.
    const there = await members(cookieOf(right));
    expect(there).toEqual([expect.objectContaining({ user_id, name: 'Bo Berg', role: 'viewer' })]);
    expect((await members()).map((member: { user_id: string }) => member.user_id)).toContain(user_id);
  });

  test('without a password gets none by an invitation to another organisation', async () => {
    const { email, user_id } = await joined('owner');
    await asAdmin(`delete from account where "userId" = '${user_id}'`);
    const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Third') returning id`;
    const token = randomUUID();
    await server.db.sql`
      insert into invitations (org_id, email, role, token_hash, invited_by, expires_at)
      values (${other?.id}, ${email}, 'viewer', ${sha256(token)}, 'somebody', now() + interval '1 day')`;
    expect(await openInvitation(server.db.sql, token), 'its page can say so at once').toMatchObject({ known: null, passwordless: true });
    const refused = await accept(token, { name: 'Mallory', password: 'nine loud purple kettles' });
    expect([refused.status, refused.json.type]).toEqual([409, '/docs#already_member']);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(await server.db.sql`select from account where "userId" = ${user_id}`).toHaveLength(0);
    expect(await members()).toContainEqual(expect.objectContaining({ user_id, name: 'Bo Berg' }));
  });

  test('who was removed comes back as the same person with a new password', async () => {
    const { email, user_id } = await joined();
    expect((await server.call('DELETE', `/api/members/${user_id}`, { as: ana })).status).toBe(200);
    expect((await server.call('POST', '/api/auth/sign-in/email', { body: { email, password: good } })).status).toBe(401);
    const token = tokenOf(await invite(email));
    expect(await openInvitation(server.db.sql, token)).toMatchObject({ known: null, passwordless: false });
    expect((await accept(token, { name: 'Bo', password: 'another long password' })).status).toBe(200);
    expect(await idOf(email)).toBe(user_id);
  });
});

describe('roles', () => {
  const change = (user_id: string, role: string, as = ana) => server.call('POST', `/api/members/${user_id}/role`, { as, body: { role } });

  test('change at once, and whose changed signs in again', async () => {
    const bo = await joined('viewer');
    const answer = await change(bo.user_id, 'ops_lead');
    expect(answer.status).toBe(200);
    expect(answer.json.members).toContainEqual(expect.objectContaining({ user_id: bo.user_id, role: 'ops_lead' }));
    expect((await server.call('GET', '/api/members', { as: bo.as })).status).toBe(401);
    expect((await audit()).at(-1)).toEqual({ member: 'role_changed', user_id: bo.user_id, from: 'viewer', to: 'ops_lead' });
    // The same role again changes nothing.
    const again = await server.signIn({ email: bo.email, password: good });
    expect((await change(bo.user_id, 'ops_lead')).status).toBe(200);
    expect((await server.call('GET', '/api/members', { as: again })).status).toBe(200);
  });

  test('are changed by owners only', async () => {
    const lead = await joined('ops_lead');
    const viewer = await joined('viewer');
    for (const as of [lead.as, viewer.as]) {
      expect((await change(viewer.user_id, 'owner', as)).status).toBe(403);
      expect((await server.call('DELETE', `/api/members/${viewer.user_id}`, { as })).status).toBe(403);
      expect((await server.call('DELETE', `/api/members/${viewer.user_id}/sessions`, { as })).status).toBe(403);
    }
    expect((await change('nobody', 'viewer')).status).toBe(404);
    expect((await change(viewer.user_id, 'king')).status).toBe(400);
  });

  test('take along what an owner who is one no longer had begun', async () => {
    const boss = await joined('owner');
    const token = tokenOf(await invite(address(), 'owner', boss.as));
    expect((await change(boss.user_id, 'viewer')).status).toBe(200);
    expect((await accept(token)).status).toBe(404);
    // Calls that were let in just before they were demoted.
    const person = { org_id: server.org_id, user_id: boss.user_id, name: 'Bo', email: boss.email, role: 'owner' } as const;
    await expect(createInvitation(server.db, person, { email: address(), role: 'owner' }, randomUUID())).rejects.toMatchObject({
      status: 403,
    });
    for (const kind of ['agent', 'personal'] as const)
      await expect(createKey(server.db, person, { name: 'x', kind }, randomUUID())).rejects.toMatchObject({ status: 403 });
  });

  test('leave one owner, also when two demote each other at once', async () => {
    const lone = await startTestServer({ DATA_DIR: folder });
    const first = await lone.signIn();
    const [me] = (await lone.call('GET', '/api/members', { as: first })).json.members;
    const demote = (id: string, as: string) => lone.call('POST', `/api/members/${id}/role`, { as, body: { role: 'viewer' } });
    const refused = await demote(me.user_id, first);
    expect([refused.status, refused.json.type]).toEqual([409, '/docs#last_owner']);
    expect((await lone.call('DELETE', `/api/members/${me.user_id}`, { as: first })).status).toBe(409);

    for (let round = 0; round < 5; round += 1) {
      const [one, two] = [await lone.member('owner'), await lone.member('owner')];
      const owners = (await lone.call('GET', '/api/members', { as: one })).json.members.filter(
        ({ role }: { role: string }) => role === 'owner',
      );
      const [id_one, id_two] = owners.slice(-2).map(({ user_id }: { user_id: string }) => user_id);
      for (const { user_id } of owners.slice(0, -2)) await demote(user_id, one);
      const statuses = (await Promise.all([demote(id_two, one), demote(id_one, two)])).map(({ status }) => status);
      expect(statuses.sort()[0]).toBe(200);
      expect([401, 403]).toContain(statuses[1]);
      const left = await lone.db.sql`select from members where org_id = ${lone.org_id} and role = 'owner'`;
      expect(left).toHaveLength(1);
    }
    await lone.close();
  });
});

describe('a member who is removed', () => {
  test('has no session, key, approver list, Slack user and delegation left', async () => {
    const bo = await joined('ops_lead');
    const key = (await server.call('POST', '/api/keys', { as: bo.as, body: { name: 'x', kind: 'personal' } })).json.key;
    const { proposal_id } = (await server.call('POST', '/ai/propose', { as: ana, body: email_draft })).json;
    const { sql } = server.db;
    await sql`insert into approvers (org_id, action_type, user_id) values (${server.org_id}, 'email', ${bo.user_id})`;
    await sql`insert into slack_links (team_id, slack_user_id, org_id, user_id) values ('T1', 'U1', ${server.org_id}, ${bo.user_id})`;
    await sql`
      insert into delegations (org_id, proposal_id, from_user, to_user, until, reason, actor_type)
      values (${server.org_id}, ${proposal_id}, ${await idOf(owner.email)}, ${bo.user_id}, now() + interval '1 day', 'away', 'user')`;

    const answer = await server.call('DELETE', `/api/members/${bo.user_id}`, { as: ana });
    expect(answer.status).toBe(200);
    expect(answer.json.members).not.toContainEqual(expect.objectContaining({ user_id: bo.user_id }));
    expect((await server.call('GET', '/api/members', { as: bo.as })).status).toBe(401);
    expect((await server.call('GET', '/api/inbox', { as: key })).status).toBe(401);
    expect(await sql`select from approvers where user_id = ${bo.user_id}`).toHaveLength(0);
    expect(await sql`select from slack_links where user_id = ${bo.user_id}`).toHaveLength(0);
    expect((await latestDelegations(sql, [proposal_id])).get(proposal_id)).toMatchObject({ from_user: bo.user_id, lasts: false });
    expect((await audit()).slice(-2)).toEqual([
      { slack: 'unlinked', team_id: 'T1', slack_user_id: 'U1' },
      { member: 'removed', user_id: bo.user_id, role: 'ops_lead', keys: 1, sessions: 1 },
    ]);
    expect((await server.call('DELETE', `/api/members/${bo.user_id}`, { as: ana })).status).toBe(404);
  });

  test('is signed out everywhere by an owner without being removed', async () => {
    const bo = await joined();
    expect((await server.call('DELETE', `/api/members/${bo.user_id}/sessions`, { as: ana })).status).toBe(204);
    expect((await server.call('GET', '/api/members', { as: bo.as })).status).toBe(401);
    await server.signIn({ email: bo.email, password: good });
  });
});

describe('another organisation’s', () => {
  test('members and invitations are not there', async () => {
    const [other] = await server.db.sql<{ id: string }>`insert into organisations (name) values ('Elsewhere') returning id`;
    const stranger = randomUUID();
    await asAdmin(`insert into "user" (id, name, email) values ('${stranger}', 'Eve', '${stranger}@example.com')`);
    await server.db.sql`insert into members (org_id, user_id, role) values (${other?.id}, ${stranger}, 'viewer')`;
    const [row] = await server.db.sql<{ id: string }>`
      insert into invitations (org_id, email, role, token_hash, invited_by, expires_at)
      values (${other?.id}, 'x@example.com', 'viewer', ${sha256('x')}, ${stranger}, now() + interval '1 day') returning id`;
    expect(await members()).not.toContainEqual(expect.objectContaining({ user_id: stranger }));
    for (const [method, path, body] of [
      ['POST', `/api/members/${stranger}/role`, { role: 'viewer' }],
      ['DELETE', `/api/members/${stranger}`, undefined],
      ['DELETE', `/api/members/${stranger}/sessions`, undefined],
      ['DELETE', `/api/invitations/${row?.id}`, undefined],
    ] as const)
      expect((await server.call(method, path, { as: ana, body })).status).toBe(404);
  });
});

async function organisation(): Promise<string> {
  const [row] = await server.db.sql<{ name: string }>`select name from organisations where id = ${server.org_id}`;
  return row?.name ?? '';
}

async function asAdmin(statement: string): Promise<void> {
  await asOwner(server.database_url, statement);
}

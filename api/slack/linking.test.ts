import { afterAll, beforeAll, expect, test } from 'vitest';

import { asOwner } from '../../scripts/testing/database.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { until } from '../../scripts/testing/wait.ts';
import { buttonNamed, buttonsOf, startSlackServer, type SlackServer } from './testing.ts';

const origin = { origin: 'https://ops.example.com' };

let here: SlackServer;
beforeAll(async () => {
  here = await startSlackServer();
});
afterAll(() => here.close());

let users = 0;
function slackUser(more: object = {}): string {
  const id = `U0LINK${(users += 1)}`;
  here.slack.users.push({ id, email: `${id.toLowerCase()}@example.com`, name: id, ...more });
  return id;
}

async function codeFor(cookie: string): Promise<string> {
  const { status, json } = await here.server.call('POST', '/api/slack/link-code', { as: cookie, headers: origin });
  expect(status).toBe(201);
  return json.code;
}
const linkOf = async (cookie: string) => (await here.server.call('GET', '/api/slack/link', { as: cookie })).json;
const say = async (id: string, text: string, more: Record<string, string> = {}) => (await here.command(id, text, more)).json.text;

test('a code from a signed-in page links once, and what waits comes then', async () => {
  const cookie = await here.server.member('owner');
  await pendingCard(here.server.db, here.server.org_id, { title: 'Waits already' });
  const code = await codeFor(cookie);
  expect(code).toMatch(/^[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}$/);
  expect(await linkOf(cookie)).toEqual({ connected: true, linked: null });
  const id = slackUser();
  expect(await say(id, `link ${code.toLowerCase()}`)).toMatch(/^Linked to owner/);
  expect(await linkOf(cookie)).toMatchObject({ linked: { team_id: 'T0TEST', slack_user_id: id } });
  await here.cardOf(id, 'Waits already');
  expect(await say(slackUser(), `link ${code}`)).toContain('wrong, used up or older');
});

test('only the digest of a code is stored, and a newer one replaces it', async () => {
  const cookie = await here.server.member('owner');
  const [first, second] = [await codeFor(cookie), await codeFor(cookie)];
  const rows = await here.server.db.sql<{ code_hash: string }>`select code_hash from slack_link_codes`;
  expect(rows.every(({ code_hash }) => /^[0-9a-f]{64}$/.test(code_hash))).toBe(true);
  const id = slackUser();
  expect(await say(id, `link ${first}`)).toContain('wrong, used up or older');
  expect(await say(id, `link ${second}`)).toMatch(/^Linked/);
});

test('a code is good for ten minutes', async () => {
  const cookie = await here.server.member('owner');
  const code = await codeFor(cookie);
  await asOwner(here.server.database_url, `update slack_link_codes set expires_at = now()`);
  expect(await say(slackUser(), `link ${code}`)).toContain('older than 10 minutes');
});

test('guessing ends after five wrong codes, also at the same time', async () => {
  const cookie = await here.server.member('owner');
  const code = await codeFor(cookie);
  const id = slackUser();
  const said = await Promise.all(Array.from({ length: 12 }, () => say(id, 'link AAAAA-AAAAA')));
  expect(said.filter((text) => text.includes('wrong, used up')).length).toBeLessThanOrEqual(5);
  expect(await say(id, `link ${code}`)).toContain('Too many wrong codes');
  expect(await linkOf(cookie)).toMatchObject({ linked: null });
});

test('guests, bots, other workspaces and users who are not there link nobody', async () => {
  const cookie = await here.server.member('owner');
  const code = await codeFor(cookie);
  expect(await say(slackUser({ is_restricted: true }), `link ${code}`)).toContain('Guests');
  expect(await say(slackUser({ is_ultra_restricted: true }), `link ${code}`)).toContain('Guests');
  expect(await say(slackUser({ is_bot: true }), `link ${code}`)).toContain('Bots');
  expect(await say(slackUser({ is_stranger: true }), `link ${code}`)).toContain('no member of the connected workspace');
  expect(await say('U0NOWHERE', `link ${code}`)).toContain('no member of the connected workspace');
  expect(await say(slackUser(), `link ${code}`, { team_id: 'T0OTHER' })).toContain('not the Slack workspace');
  here.slack.missing_scopes.add('users:read');
  expect(await say(slackUser(), `link ${code}`)).toContain('missing_scope');
  here.slack.missing_scopes.delete('users:read');
  expect(await linkOf(cookie)).toMatchObject({ linked: null });
});

test('one Slack user is one member, and one member one Slack user, until they are unlinked', async () => {
  const [ana, bo] = [await here.server.member('owner'), await here.server.member('owner')];
  const [of_ana, of_bo] = [slackUser(), slackUser()];
  await say(of_ana, `link ${await codeFor(ana)}`);
  expect(await say(of_ana, `link ${await codeFor(bo)}`)).toContain('linked to another member');
  expect(await say(of_bo, `link ${await codeFor(ana)}`)).toContain('linked to another Slack user');
  expect(await say(of_ana, `link ${await codeFor(ana)}`)).toMatch(/^Linked/);
  expect(await say(of_ana, 'unlink')).toMatch(/^Unlinked/);
  expect(await say(of_ana, 'list')).toContain('not linked');
  expect(await say(of_ana, `link ${await codeFor(bo)}`)).toMatch(/^Linked/);
  expect((await here.server.call('DELETE', '/api/slack/link', { as: bo, headers: origin })).status).toBe(204);
  expect((await here.server.call('DELETE', '/api/slack/link', { as: bo, headers: origin })).status).toBe(404);
  expect(await linkOf(bo)).toMatchObject({ linked: null });
});

test('links are in the audit by ids, and the chain holds', async () => {
  const rows = await here.server.db.sql<{
    metadata: { slack: string };
  }>`select metadata from audit where metadata ? 'slack' order by seq desc limit 1`;
  expect(rows[0]?.metadata).toEqual({ slack: 'unlinked', team_id: 'T0TEST', slack_user_id: expect.stringMatching(/^U0LINK/) });
  const { json } = await here.server.call('GET', '/api/audit/verify', { as: await here.server.signIn() });
  expect(json.ok).toBe(true);
});

test('a code needs a session: no key makes one, and no other site', async () => {
  const cookie = await here.server.signIn();
  const { json } = await here.server.call('POST', '/api/keys', { as: cookie, headers: origin, body: { name: 'k', kind: 'personal' } });
  expect((await here.server.call('POST', '/api/slack/link-code', { as: json.key })).status).toBe(403);
  expect((await here.server.call('POST', '/api/slack/link-code', { as: cookie, headers: { origin: 'https://evil.example' } })).status).toBe(
    403,
  );
  expect((await here.server.call('POST', '/api/slack/link-code')).status).toBe(401);
});

test('what is unlinked gets nothing more, loses its buttons at once, and its clicks are refused', async () => {
  const cookie = await here.server.member('owner');
  const id = slackUser();
  await say(id, `link ${await codeFor(cookie)}`);
  const before = await pendingCard(here.server.db, here.server.org_id, { title: 'Before the end' });
  const message = await here.cardOf(id, 'Before the end');
  const approve = buttonNamed(message, 'execops_approve');
  await here.server.call('DELETE', '/api/slack/link', { as: cookie, headers: origin });
  await until('its buttons are gone', () => buttonsOf(message).length === 0);
  expect(message.form.blocks).toContain('You no longer decide this.');
  expect(message.form.blocks).not.toContain('Please update it.');
  expect((await here.click(id, approve, { message })).status).toBe(200);
  await until('it is refused', () => here.slack.replies.find(({ text }) => String(text).includes('not linked to a member')));
  expect(await here.server.db.prisma.decisions.count({ where: { proposal_id: before.id } })).toBe(0);

  const other = await here.server.member('owner');
  const still = slackUser();
  await say(still, `link ${await codeFor(other)}`);
  await pendingCard(here.server.db, here.server.org_id, { title: 'After the end' });
  await here.cardOf(still, 'After the end');
  expect(here.slack.messages.some(({ channel, form }) => channel === `D${id}` && form.blocks?.includes('After the end'))).toBe(false);
});

test('whoever is linked again, also as another member, has the buttons of what still waits', async () => {
  const [ana, bo] = [await here.server.member('owner'), await here.server.member('owner')];
  const id = slackUser();
  await say(id, `link ${await codeFor(ana)}`);
  const { id: proposal } = await pendingCard(here.server.db, here.server.org_id, { title: 'Waits for both' });
  const message = await here.cardOf(id, 'Waits for both');
  await say(id, 'unlink');
  await until('its buttons are gone', () => buttonsOf(message).length === 0);
  await say(id, `link ${await codeFor(bo)}`);
  await until('they are back', () => buttonsOf(message).length === 5);
  await here.click(id, buttonNamed(message, 'execops_approve'), { message });
  const [decision] = await here.server.db.sql<{ by: string }>`
    select l.slack_user_id as by from decisions d join slack_links l on l.user_id = d.decided_by where d.proposal_id = ${proposal}`;
  expect(decision).toEqual({ by: id });
});

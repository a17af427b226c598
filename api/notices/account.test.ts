import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Person } from '../../domain/app.ts';
import { replacePassword } from '../../prisma/accounts.ts';
import { addPasskey, removePasskey } from '../../prisma/passkeys.ts';
import { startSmtp } from '../../scripts/testing/smtp.ts';
import { until } from '../../scripts/testing/wait.ts';
import { ensureOwner, placeholder_email } from '../owner.ts';
import { cookieOf, owner, startTestServer } from '../testing.ts';
import { public_url, startNoticesStage, type NoticesStage } from './testing-notices.ts';

describe('of their own account', () => {
  let here: NoticesStage;
  let kim: Person;
  beforeEach(async () => {
    here = await startNoticesStage();
    kim = await here.told({ mail: 'none', push: 'none' });
  });
  afterEach(() => here.close());

  async function added(name: string, person = kim): Promise<string> {
    const id = randomUUID();
    const key = {
      public_key: new Uint8Array(77),
      counter: 0,
      transports: [],
      device_type: 'multiDevice',
      backed_up: true,
      aaguid: randomUUID(),
    };
    await addPasskey(here.db, person, { id, name, ...key });
    return id;
  }
  const mails = (count: number, person = kim) =>
    until('they are told', () => here.smtp.mailsTo(person.email).length >= count).then(() => here.smtp.mailsTo(person.email));
  const settled = () =>
    until('all is settled', async () => (await here.db.prisma.account_notices.count({ where: { settled: false } })) === 0);

  test('a person is told of every change of how they sign in, though they asked for nothing and it is quiet', async () => {
    await here.quiet('00:00', '23:59');
    here.replica();
    const id = await added('Kim’s phone');
    await mails(1);
    await removePasskey(here.db, kim, id);
    await mails(2);
    await replacePassword(here.db, kim, { former: null, password_hash: 'new' });
    const told = await mails(3);
    expect(told.map(({ parsed }) => parsed.subject)).toEqual([
      'A passkey was added to your ExecOps account',
      'A passkey was removed from your ExecOps account',
      'Your ExecOps password was changed',
    ]);
    const lines = told[0]?.parsed.text?.split('\n') ?? [];
    expect(lines[0]).toMatch(
      /^A passkey was added to your account\. Whoever holds it can sign in as you\. \(\d\d:\d\d UTC on \d{4}-\d\d-\d\d\)$/,
    );
    expect(lines).toContain('Passkey: Kim’s phone');
    expect(lines).toContain(`${public_url}/inbox/settings/account`);
    expect(told[0]?.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    await settled();
    const audit = await here.db.prisma.audit.findMany({ where: { actor_id: kim.user_id }, orderBy: { seq: 'asc' } });
    expect(audit.slice(-3).map(({ metadata }) => metadata)).toEqual([
      { passkey: 'created', passkey_id: id },
      { passkey: 'removed', passkey_id: id },
      { account: 'password_changed' },
    ]);
  });

  test('nobody is told of what was refused, nor of another person’s', async () => {
    here.replica();
    const ben = await here.told({ mail: 'all' });
    const id = await added('Ben’s key', ben);
    expect(await removePasskey(here.db, kim, id)).toBe(false);
    await expect(replacePassword(here.db, kim, { former: 'another', password_hash: 'new' })).rejects.toMatchObject({
      problem: 'wrong_password',
    });
    await mails(1, ben);
    await settled();
    expect(here.smtp.mails).toHaveLength(1);
  });

  test('the name of a passkey is a text, whatever it holds', async () => {
    here.replica();
    await added('key\r\nBcc: all@example.com\r\n\r\nhttps://evil.example/login');
    const [mail] = await mails(1);
    expect(mail?.to).toEqual([kim.email]);
    expect(mail?.raw).not.toContain('https://evil');
    expect(mail?.parsed.headers.get('bcc')).toBeUndefined();
  });

  test('it goes out once from two processes, and again as the same mail when the server did not take it', async () => {
    here.smtp.nextTo(kim.email, 'drop_after_data');
    here.replica();
    here.replica();
    await added('Kim’s phone');
    const [first, second] = await mails(2);
    expect(second?.parsed.messageId).toBe(first?.parsed.messageId);
    await settled();
    expect(here.smtp.attempts(kim.email)).toHaveLength(2);
  });

  test('an owner without an address is told nothing', async () => {
    here.replica();
    await here.db.sql`update "user" set email = ${placeholder_email} where id = ${kim.user_id}`;
    await added('Phone');
    await settled();
    expect(here.smtp.attempts()).toEqual([]);
  });
});

test('a password that is changed in the panel, and one that OWNER_PASSWORD replaces, are told to the owner; the first one is not', async () => {
  const smtp = await startSmtp();
  const server = await startTestServer({ SMTP_URL: smtp.url, MAIL_FROM: 'ops@example.com' });
  try {
    const change = { current: owner.password, next: 'three quiet herons wading' };
    const changed = await server.call('POST', '/api/account/password', { as: await server.signIn(), body: change });
    expect(changed.status).toBe(200);
    await until('it is told', () => smtp.mailsTo(owner.email).length === 1);
    const named = { PORT: 3000, OWNER_EMAIL: owner.email, OWNER_PASSWORD: 'another password for Ana' };
    await ensureOwner(server.db, named);
    await ensureOwner(server.db, named);
    await until('it is told again', () => smtp.mailsTo(owner.email).length === 2);
    expect(smtp.mails.map(({ parsed }) => parsed.subject)).toEqual(Array.from({ length: 2 }, () => 'Your ExecOps password was changed'));
    const audit = await server.db.prisma.audit.findMany({ orderBy: { seq: 'asc' } });
    expect(audit.map(({ actor_type, metadata }) => [actor_type, metadata])).toEqual([
      ['user', { account: 'password_changed' }],
      ['system', { account: 'password_changed', by: 'OWNER_PASSWORD', user_id: expect.any(String) }],
    ]);
    expect((await server.call('GET', '/api/inbox', { as: cookieOf(changed) })).status).toBe(401);
  } finally {
    await server.close();
    await smtp.close();
  }
});

import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Person } from '../../domain/app.ts';
import { system_actor } from '../../prisma/audit.ts';
import { decide } from '../../prisma/decide.ts';
import { delegate } from '../../prisma/delegate.ts';
import { lockProposal, remark } from '../../prisma/moves.ts';
import { setPreferences } from '../../prisma/notice-preferences.ts';
import { pendingCard } from '../../scripts/testing/cards.ts';
import { hostile_texts, labelOf } from '../../scripts/testing/hostile-texts.ts';
import { until } from '../../scripts/testing/wait.ts';
import { mailOf } from './mail.ts';
import { public_url, startNoticesStage, type NoticesStage } from './testing-notices.ts';

let here: NoticesStage;
beforeEach(async () => {
  here = await startNoticesStage();
});
afterEach(() => here.close());

const card = (changes: Parameters<typeof pendingCard>[2] = {}) =>
  pendingCard(here.db, here.org_id, { title: `Card ${randomUUID().slice(0, 8)}`, ...changes });
const remarked = (id: string, metadata: Parameters<typeof remark>[3]) =>
  here.db.tx(async (sql) => remark(sql, await lockProposal(sql, here.org_id, id), system_actor, metadata));
const approve = (person: Person, stored: { id: string; payload_hash: string }) =>
  decide(here.db, person, { proposal_id: stored.id, decision: 'approve', payload_hash: stored.payload_hash }, { via: 'web' });
/** Everything that happened was thought of, and nothing is left to send now. */
const settled = () =>
  until('all is settled', async () => {
    const [row] = await here.db.sql<{ behind: boolean; left: number }>`
      select (select planned_seq from notice_progress) < (select seq from audit_heads) as behind,
        (select count(*)::int from notices where not settled and not held) as left`;
    return row !== undefined && !row.behind && row.left === 0;
  });
const subjects = (person?: Person) =>
  (person === undefined ? here.smtp.mails : here.smtp.mailsTo(person.email)).map(({ parsed }) => parsed.subject);

test('nothing is ever sent while nobody has asked for it', async () => {
  const bo = await here.told({ mail: 'none', push: 'none' });
  here.replica();
  const stored = await card({ urgency: 'critical' });
  await approve(bo, stored);
  await here.db.sql`select pg_sleep(0.5)`;
  expect(here.smtp.attempts()).toEqual([]);
  expect(await here.db.prisma.notices.count()).toBe(0);
});

test('a card is told of with its facts, its link, and what says that no person wrote it', async () => {
  const ana = await here.told({ mail: 'high' });
  here.replica();
  const stored = await card({
    title: 'Acme · $499.00 failed',
    facts: [{ label: 'Amount', value: '$499.00', unusual: true, event_id: null, at: null }],
  });
  await until('it is sent', () => here.smtp.mails.length === 1);
  const [mail] = here.smtp.mailsTo(ana.email);
  expect(mail?.parsed.subject).toBe('High: Acme · $499.00 failed');
  expect(mail?.parsed.text?.split('\n')).toEqual([
    'A card waits for your decision.',
    '',
    'Acme · $499.00 failed',
    '',
    'Urgency: High',
    'Area: Money',
    'Amount: $499.00',
    '',
    `${public_url}/inbox/${stored.id}`,
    '',
    'Opening this link decides nothing. You decide on the card, signed in.',
    '',
    '-- ',
    `You get this because you asked for it. Change what you are told: ${public_url}/inbox/settings/notifications`,
    '',
  ]);
  const { headers } = mail?.parsed ?? expect.fail();
  expect(headers.get('auto-submitted')).toBe('auto-generated');
  expect(headers.get('list')).toMatchObject({ id: { name: 'notices.execops.localhost' } });
  const [row] = await here.db.prisma.notices.findMany();
  expect(mail?.parsed.messageId).toBe(`<notice-${row?.id}@example.com>`);
  expect(mail?.raw).not.toMatch(/<img|text\/html|https?:\/\/(?!localhost:3000)/i);
});

test('one that says no content says none', async () => {
  const ana = await here.told({ mail: 'all', content_free: true });
  here.replica();
  await card({ title: 'Acme · $499.00 failed' });
  await until('it is sent', () => here.smtp.mails.length === 1);
  const [mail] = here.smtp.mailsTo(ana.email);
  expect(mail?.parsed.subject).toBe('Something waits for you');
  expect(mail?.raw).not.toMatch(/Acme|\$|Money|High/);
});

test('whoever may not decide it, wants less, or did it is not told', async () => {
  const owner = await here.told({ mail: 'high' });
  const critical_only = await here.told({ mail: 'critical' });
  const everything = await here.told({ mail: 'all' });
  const lead = await here.told({ mail: 'all' }, { role: 'ops_lead' });
  const viewer = await here.told({ mail: 'all' }, { role: 'viewer' });
  const no_approver = await here.told({ mail: 'all' }, { approver: false });
  here.replica();
  await card({ urgency: 'low', title: 'Low one' });
  await card({ urgency: 'high', title: 'High one' });
  await card({ urgency: 'critical', title: 'Critical one' });
  await card({ urgency: 'high', title: 'Own one', author: { type: 'user', id: owner.user_id } });
  await settled();
  const told = (person: Person) => subjects(person).toSorted();
  expect(told(owner)).toEqual(['Critical: Critical one', 'High: High one']);
  expect(told(critical_only)).toEqual(['Critical: Critical one']);
  expect(told(everything)).toEqual(['Critical: Critical one', 'High: High one', 'High: Own one', 'Low one']);
  expect(told(lead)).toEqual(['Low one']);
  expect([...told(viewer), ...told(no_approver)]).toEqual([]);
});

test('five hundred events about one subject are one mail; that it became critical is another', async () => {
  await here.told({ mail: 'all' });
  here.replica();
  const stored = await card();
  await until('it is sent', () => here.smtp.mails.length === 1);
  await here.db.tx(async (sql) => {
    const row = await lockProposal(sql, here.org_id, stored.id);
    for (let count = 0; count < 500; count += 1) await remark(sql, row, system_actor, { joined: randomUUID() });
  });
  await settled();
  expect(here.smtp.mails).toHaveLength(1);
  await here.db.sql`update proposals set urgency = 'critical' where id = ${stored.id}`;
  await remarked(stored.id, { urgency: 'critical' });
  await remarked(stored.id, { urgency: 'critical' });
  await settled();
  expect(subjects().map((subject) => subject?.split(':')[0])).toEqual(['High', 'Critical']);
});

test('a reminder, a delegation and a return are told once each, to whom they concern', async () => {
  const [ana, bo] = [await here.told({ mail: 'high' }), await here.told({ mail: 'high' }, { role: 'ops_lead' })];
  here.replica();
  const stored = await card({ title: 'Acme' });
  await until('it is sent', () => here.smtp.mails.length === 1);
  await remarked(stored.id, { stage: 'reminded' });
  await settled();
  await delegate(here.db, ana, stored.id, { to: bo.user_id, until: new Date(Date.now() + 3_600_000), reason: 'I am away.' });
  await settled();
  const sentences = (person: Person) => here.smtp.mailsTo(person.email).map(({ parsed }) => parsed.text?.split('\n')[0]);
  expect(sentences(ana)).toEqual(['A card waits for your decision.', 'A card still waits for your decision.']);
  expect(sentences(bo)).toEqual(['A card was delegated to you.']);
});

test('several replicas send each notice once', async () => {
  await here.told({ mail: 'all' });
  for (let count = 0; count < 4; count += 1) here.replica();
  await Promise.all(Array.from({ length: 20 }, () => card()));
  await settled();
  expect(here.smtp.mails).toHaveLength(20);
  expect(new Set(subjects()).size).toBe(20);
});

test('what was decided before the mail server came back is not sent; what waits is', async () => {
  const ana = await here.told({ mail: 'all' });
  here.smtp.next({ refuse: 451 }, { refuse: 451 });
  const [decided, waiting] = [await card({ title: 'Decided' }), await card({ title: 'Waiting' })];
  here.replica();
  await until('both were tried', () => here.smtp.attempts().length >= 2);
  await approve(ana, decided);
  await until('the other is sent', () => here.smtp.mails.length === 1);
  await settled();
  expect(subjects()).toEqual(['High: Waiting']);
  expect(waiting.id).not.toBe(decided.id);
});

test('an address that is refused for good is not tried again', async () => {
  await here.told({ mail: 'all' });
  here.smtp.next({ refuse: 550 });
  here.replica();
  await card();
  await settled();
  expect(here.smtp.attempts()).toHaveLength(1);
  expect(here.smtp.mails).toEqual([]);
});

test('whoever switches it on hears of what comes, and whoever switches it off of nothing more', async () => {
  const ana = await here.told({ mail: 'none' });
  here.replica();
  await card({ title: 'Before' });
  await setPreferences(here.db, ana, { mail: 'all' });
  await card({ title: 'After' });
  await until('it is sent', () => here.smtp.mails.length === 1);
  await setPreferences(here.db, ana, { mail: 'none' });
  await card({ title: 'Off' });
  await here.db.sql`select pg_sleep(0.3)`;
  expect(subjects()).toEqual(['High: After']);
});

test('quiet hours hold back what is not critical, and end when they are ended', async () => {
  await here.told({ mail: 'all' });
  const minute = (shift: number) => new Date(Date.now() + shift * 60_000).toISOString().slice(11, 16);
  await here.quiet(minute(-60), minute(120));
  here.replica();
  await card({ title: 'Waits' });
  await card({ title: 'Passes', urgency: 'critical' });
  await settled();
  expect(subjects()).toEqual(['Critical: Passes']);
  const [held] = await here.db.prisma.notices.findMany({ where: { held: true } });
  expect(held?.next_attempt_at.toISOString().slice(11, 16)).toBe(minute(120));
  expect(held?.attempts).toBe(0);
  await here.quiet('', '');
  // An approved change of a setting is in the audit, which is what rouses everybody.
  await card({ title: 'Later', urgency: 'critical' });
  await until('all is sent', () => here.smtp.mails.length === 3);
  expect(subjects()).toContain('High: Waits');
});

test('what quiet hours held is told when they end, as it is then', async () => {
  const ana = await here.told({ mail: 'all' });
  const minute = (shift: number) => new Date(Date.now() + shift * 60_000).toISOString().slice(11, 16);
  await here.quiet(minute(-60), minute(120));
  here.replica();
  const [decided, reminded] = [await card({ title: 'Decided' }), await card({ title: 'Reminded' })];
  await remarked(reminded.id, { stage: 'reminded' });
  await settled();
  await approve(ana, decided);
  await here.quiet('', '');
  await here.db.sql`update notices set next_attempt_at = now() where held`;
  await card({ title: 'Wakes', urgency: 'critical' });
  await settled();
  expect(subjects().toSorted()).toEqual(['Critical: Wakes', 'High: Reminded']);
});

test('no text from outside leaves its line or becomes a header or a link', () => {
  const matter = { status: 'pending', urgency: 'high', vertical: 'money', email: 'ana@example.com', content_free: false } as const;
  const nowhere = { expires_at: null, endpoint: null, p256dh: null, auth: null };
  const notice = { proposal_id: randomUUID(), kind: 'pending' } as const;
  for (const hostile of hostile_texts) {
    const fact = { label: 'Name', value: hostile.text, unusual: false, event_id: null, at: null };
    const mail = mailOf(notice, { ...matter, ...nowhere, title: hostile.text, facts: [fact] }, public_url);
    expect(mail.subject, labelOf(hostile)).not.toMatch(/[\r\n]/);
    expect(mail.body.split('\n'), labelOf(hostile)).toHaveLength(15);
    expect(mail.body.match(/\w+:\/\/[^\s]+/g), labelOf(hostile)).toEqual([
      `${public_url}/inbox/${notice.proposal_id}`,
      `${public_url}/inbox/settings/notifications`,
    ]);
  }
});

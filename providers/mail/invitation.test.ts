import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';

import type { Action } from '../../domain/action.ts';
import { operations, type PayloadOf } from '../../domain/operations.ts';
import { failureOf, orderOf, test_key } from '../../scripts/testing/orders.ts';
import { startSmtp } from '../../scripts/testing/smtp.ts';
import { invitationOf } from './invitation.ts';
import { calendarExecutors } from './outbound.ts';

const sender = { name: 'Ops "Team", Inc', address: 'ops@example.com' };
const at = new Date('2026-11-20T10:00:00.500Z');
const meeting: PayloadOf<'calendar.invite'> = {
  to: 'ana@example.com',
  summary: 'Ana and you: how is it going?',
  description: 'Commits fell by 60 %;\nsentiment, too.',
  starts_at: '2026-12-01T09:00:00Z',
  duration_minutes: 30,
  uid: 'execops-1@example.com',
  sequence: 0,
};
const invite: Action = { action_type: 'api_call', operation: 'calendar.invite', payload: meeting };
const cancel: Action = { action_type: 'api_call', operation: 'calendar.cancel', payload: { ...meeting, sequence: 1 } };

/** RFC 5545, section 3.1: content lines of at most 75 octets end in CRLF, longer ones go on after a space. */
function linesOf(content: string): string[] {
  expect(content.endsWith('\r\n')).toBe(true);
  const physical = content.slice(0, -2).split('\r\n');
  for (const line of physical) {
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(line).not.toMatch(/[\r\n\u0000-\u0008\u000b-\u001f\u007f]/);
  }
  return content.slice(0, -2).replaceAll('\r\n ', '').split('\r\n');
}

test('an invitation names the meeting, its organiser and its guest, in UTC', () => {
  const mail = invitationOf(invite, sender, at);
  expect(mail).toMatchObject({ to: 'ana@example.com', subject: 'Invitation: Ana and you: how is it going?' });
  expect(mail.body).toMatch(/^Tuesday,? 1 December 2026, 09:00 to 09:30 UTC\n\nCommits fell by 60 %;\nsentiment, too\.$/);
  expect(mail.calendar?.method).toBe('REQUEST');
  expect(linesOf(mail.calendar?.content ?? '')).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//ExecOps//ExecOps//EN',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:execops-1@example.com',
    'SEQUENCE:0',
    'DTSTAMP:20261120T100000Z',
    'DTSTART:20261201T090000Z',
    'DTEND:20261201T093000Z',
    'SUMMARY:Ana and you: how is it going?',
    'DESCRIPTION:Commits fell by 60 %\\;\\nsentiment\\, too.',
    `ORGANIZER;CN="Ops ^'Team^', Inc":mailto:ops@example.com`,
    'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:MAILTO:ana@example.com',
    'STATUS:CONFIRMED',
    'END:VEVENT',
    'END:VCALENDAR',
  ]);
});

test('its withdrawal names the same meeting, with a higher sequence', () => {
  const mail = invitationOf(cancel, sender, at);
  expect(mail.subject).toBe('Cancelled: Ana and you: how is it going?');
  expect(mail.body).toMatch(/^This meeting is cancelled\./);
  expect(linesOf(mail.calendar?.content ?? '')).toEqual(
    expect.arrayContaining(['METHOD:CANCEL', 'UID:execops-1@example.com', 'SEQUENCE:1', 'STATUS:CANCELLED']),
  );
});

test('whatever its words are, the text stays well formed and adds no line of its own', () => {
  const words = fc.string({ unit: 'binary', minLength: 1, maxLength: 240 });
  fc.assert(
    fc.property(words, words, (summary, description) => {
      const payload = operations['calendar.invite'].payload.safeParse({ ...meeting, summary, description });
      fc.pre(payload.success);
      const lines = linesOf(invitationOf({ ...invite, payload: payload.data } as Action, sender, at).calendar?.content ?? '');
      expect(lines.filter((line) => line.startsWith('BEGIN:'))).toHaveLength(2);
      expect(lines.filter((line) => /^(ATTENDEE|ORGANIZER|METHOD)/.test(line))).toHaveLength(3);
      expect(lines.length).toBeLessThanOrEqual(17);
    }),
  );
});

test('it goes out as a mail whose calendar part and file are the same', async () => {
  const smtp = await startSmtp();
  try {
    const executors = calendarExecutors({ SMTP_URL: smtp.url, MAIL_FROM: 'Ops <ops@example.com>', DATA_DIR: '.' });
    const executor = executors['calendar.invite'];
    expect([executor.connection(), executor.repeat]).toEqual(['smtp:ops@example.com', 'never-retry']);
    await executor.run(orderOf(invite, { first_attempt_at: at }));
    const [mail] = smtp.mails;
    expect(mail).toMatchObject({ to: ['ana@example.com'] });
    expect(mail?.parsed.messageId).toBe(`<${test_key}@example.com>`);
    const expected = invitationOf(invite, { name: 'Ops', address: 'ops@example.com' }, at).calendar?.content;
    const parts = (mail?.parsed.attachments ?? []).map(({ contentType, filename, content }) => ({
      contentType,
      filename,
      text: content.toString(),
    }));
    expect(parts.map(({ contentType }) => contentType)).toEqual(['text/calendar', 'application/ics']);
    expect(parts[1]).toMatchObject({ filename: 'invite.ics', text: expected });
    expect(parts[0]?.text.replaceAll(/\r?\n/g, '\r\n').trim()).toBe(expected?.trim());
    smtp.next('drop_after_data');
    expect(await failureOf(executors['calendar.cancel'].run(orderOf(cancel)))).toMatchObject({ kind: 'unknown' });
  } finally {
    await smtp.close();
  }
});

test('without a mail server it goes into the outbox, once', async () => {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'execops-invite-'));
  try {
    const executor = calendarExecutors({ SMTP_URL: undefined, MAIL_FROM: undefined, DATA_DIR })['calendar.invite'];
    expect(executor.connection()).toBe('outbox:local');
    expect(await executor.lookUp?.(orderOf(invite))).toBeNull();
    const result = await executor.run(orderOf(invite));
    expect(await executor.lookUp?.(orderOf(invite))).toEqual(result);
    const mail = await simpleParser(await readFile(join(DATA_DIR, 'outbox', String(result.outbox_file))));
    expect(mail.subject).toBe('Invitation: Ana and you: how is it going?');
    expect(executor.describe(invite, test_key)).toMatchObject({ calendar: { method: 'REQUEST', file: 'invite.ics' } });
    const email: Action = { action_type: 'email', operation: null, payload: { to: 'ana@example.com', subject: 'x', body: 'y' } };
    expect(await failureOf(executor.run(orderOf(email, { idempotency_key: 'other' })))).toMatchObject({ kind: 'permanent' });
  } finally {
    await rm(DATA_DIR, { recursive: true });
  }
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startSmtp, type TestSmtp } from '../../scripts/testing/smtp.ts';
import { createNoticeMailer } from './notice.ts';

const mail = { to: 'bo@example.com', subject: 'You are invited', body: 'Come in.' };

let folder: string;
let smtp: TestSmtp | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'execops-notice-'));
});
afterEach(async () => {
  await smtp?.close();
  smtp = undefined;
  await rm(folder, { recursive: true });
});

test('without a mail server it stays in a folder that approved mails do not use', async () => {
  const mailer = createNoticeMailer({ SMTP_URL: undefined, MAIL_FROM: undefined, DATA_DIR: folder });
  expect(mailer.leaves).toBe(false);
  await mailer.send(mail, 'invitation-1');
  expect(await readdir(folder)).toEqual(['notices']);
  const kept = await simpleParser(await readFile(join(folder, 'notices', 'invitation-1.eml')));
  expect([kept.subject, kept.text?.trim()]).toEqual(['You are invited', 'Come in.']);
});

test('with one it goes to one person, and a refusal is told in a sentence', async () => {
  smtp = await startSmtp();
  const mailer = createNoticeMailer({ SMTP_URL: smtp.url, MAIL_FROM: 'Ops <ops@example.com>', DATA_DIR: folder });
  expect(mailer.leaves).toBe(true);
  await mailer.send(mail, 'invitation-1');
  expect(smtp.mails).toMatchObject([{ to: ['bo@example.com'] }]);
  smtp.next('drop_after_data');
  await expect(mailer.send(mail, 'invitation-2')).rejects.toMatchObject({ name: 'MailRefused', again: true });
});

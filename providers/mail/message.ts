/** One plain-text message, with an invitation in it where there is one; the same bytes for the same action apart from its date. */
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer from 'nodemailer/lib/mail-composer';

import type { Json } from '../../domain/text.ts';

export interface Sender {
  name: string;
  address: string;
}

/** What a message says. */
export interface Mail {
  to: string;
  subject: string;
  body: string;
  /** An invitation or its withdrawal, which calendars act on: https://www.rfc-editor.org/rfc/rfc6047 */
  calendar?: { method: 'REQUEST' | 'CANCEL'; content: string };
  /** Such as those that tell a program that no person wrote it; ours, never a text from outside. */
  headers?: Record<string, string>;
}

/** `Ana <ana@example.com>` or a bare address; throws a sentence for anything else. */
export function parseSender(text: string): Sender {
  const [first, ...others] = addressparser(text, { flatten: true });
  if (first === undefined || others.length > 0 || /[\r\n]/.test(text) || !/^[^\s@<>]+@[^\s@<>]+$/.test(first.address)) {
    throw new Error('MAIL_FROM must be one address, such as ana@example.com or Ana <ana@example.com>.');
  }
  return { name: first.name, address: first.address };
}

/** The same for every attempt of one execution, so a message that arrived twice could be told. */
export function messageIdOf(idempotency_key: string, sender: Sender): string {
  const domain = sender.address.slice(sender.address.lastIndexOf('@') + 1);
  return `<${idempotency_key.replace(/[^A-Za-z0-9._-]/g, '.')}@${domain}>`;
}

export async function composeMessage(mail: Mail, sender: Sender, message_id: string): Promise<Buffer> {
  const composer = new MailComposer({
    from: sender,
    // As an object, an address is never read as a list.
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.body,
    // Some programs read the part inside the message, others only the attached file.
    ...(mail.calendar === undefined ? {} : { icalEvent: { ...mail.calendar, filename: 'invite.ics' } }),
    ...(mail.headers !== undefined && { headers: mail.headers }),
    messageId: message_id,
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** What would go out, for a person to read. */
export function describeMessage(mail: Mail, sender: Sender, message_id: string): { [key: string]: Json } {
  const from = sender.name === '' ? sender.address : `${sender.name} <${sender.address}>`;
  return {
    envelope: { from: sender.address, to: [mail.to] },
    headers: {
      From: from,
      To: mail.to,
      Subject: mail.subject,
      'Message-ID': message_id,
      'Content-Type': 'text/plain; charset=utf-8',
    },
    body: mail.body,
    ...(mail.calendar === undefined
      ? {}
      : { calendar: { method: mail.calendar.method, file: 'invite.ics', content: mail.calendar.content } }),
  };
}

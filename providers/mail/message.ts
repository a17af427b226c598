/** One plain-text message, the same bytes for the same action apart from its date. */
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer from 'nodemailer/lib/mail-composer';

import type { EmailPayload } from '../../domain/action.ts';
import type { Json } from '../../domain/text.ts';

export interface Sender {
  name: string;
  address: string;
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

export async function composeMessage(payload: EmailPayload, sender: Sender, message_id: string): Promise<Buffer> {
  const composer = new MailComposer({
    from: sender,
    // As an object, an address is never read as a list.
    to: { name: '', address: payload.to },
    subject: payload.subject,
    text: payload.body,
    messageId: message_id,
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** What would go out, for a person to read. */
export function describeMessage(payload: EmailPayload, sender: Sender, message_id: string): { [key: string]: Json } {
  const from = sender.name === '' ? sender.address : `${sender.name} <${sender.address}>`;
  return {
    envelope: { from: sender.address, to: [payload.to] },
    headers: {
      From: from,
      To: payload.to,
      Subject: payload.subject,
      'Message-ID': message_id,
      'Content-Type': 'text/plain; charset=utf-8',
    },
    body: payload.body,
  };
}

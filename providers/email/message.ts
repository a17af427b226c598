/** A mail in our words, parsed by mailparser within bounds. */
import { simpleParser, type AddressObject, type HeaderLines, type ParsedMail } from 'mailparser';

import { ShapeError } from '../../domain/event.ts';
import { visibleText } from './visible-text.ts';

/** A type rather than an interface: it is JSON as it stands. */
export type Message = {
  message_id: string | null;
  in_reply_to: string | null;
  references: string[];
  from: Mailbox[];
  reply_to: Mailbox[];
  to: Mailbox[];
  cc: Mailbox[];
  subject: string | null;
  date: string | null;
  /** What a person reads, at most `text_chars_max` of it. */
  text: string;
  text_truncated: boolean;
  /** Those that tell whether a person wrote it, and who vouches for the sender. */
  headers: { [name: string]: string };
  attachments: { name: string | null; media_type: string; size_bytes: number }[];
};

export type Mailbox = {
  name: string | null;
  address: string;
};

/** They take the parser quadratic time; honest ones stay far below. */
export const address_lists_bytes_max = 128 * 1024;
export const text_chars_max = 20_000;
const html_chars_max = 200_000;
const header_chars_max = 1_000;
const mailboxes_max = 100;
const references_max = 100;
const attachments_max = 100;

/** Throws a ShapeError for what is no mail, or one that is built to keep a reader busy. */
export async function readMessage(raw: Buffer): Promise<Message> {
  if (addressListsLength(raw) > address_lists_bytes_max)
    throw new ShapeError(`The mail's lists of addresses are longer than ${address_lists_bytes_max} bytes.`);
  const mail = await parsed(raw);
  const from = mailboxesOf(mail.from);
  if (from.length === 0) throw new ShapeError('Not a mail: it has no From header with an address.');
  // Cut first: what a stranger sends must not be read to its end just to be thrown away.
  const text = (mail.text || visibleText((mail.html || '').slice(0, html_chars_max))).trim();
  return {
    message_id: messageId(mail.messageId),
    in_reply_to: messageId(mail.inReplyTo),
    references: [mail.references ?? []]
      .flat()
      .flatMap((one) => messageId(one) ?? [])
      .slice(-references_max),
    from,
    reply_to: mailboxesOf(mail.replyTo),
    to: mailboxesOf(mail.to),
    cc: mailboxesOf(mail.cc),
    subject: mail.subject?.slice(0, header_chars_max) ?? null,
    date: mail.date === undefined || Number.isNaN(mail.date.getTime()) ? null : mail.date.toISOString(),
    text: text.slice(0, text_chars_max),
    text_truncated: text.length > text_chars_max,
    headers: keptHeaders(mail.headerLines),
    attachments: mail.attachments.slice(0, attachments_max).map(({ filename, contentType, size }) => ({
      name: filename?.slice(0, header_chars_max) ?? null,
      media_type: contentType.slice(0, header_chars_max),
      size_bytes: size,
    })),
  };
}

/** Of the mail itself and of all its parts, for the parser reads those too. */
function addressListsLength(raw: Buffer): number {
  const lists = raw.toString('latin1').match(address_lists) ?? [];
  return lists.reduce((sum, list) => sum + list.length, 0);
}

const address_lists =
  /^(?:from|to|cc|bcc|sender|reply-to|delivered-to|return-path|disposition-notification-to):[^\n]*(?:\n[ \t][^\n]*)*/gim;

async function parsed(raw: Buffer): Promise<ParsedMail> {
  try {
    return await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true });
  } catch (error) {
    throw new ShapeError(`The mail cannot be read: ${error instanceof Error ? error.message : 'it is malformed'}.`, { cause: error });
  }
}

/** Groups are opened up; an entry without an address is none. */
function mailboxesOf(header: AddressObject | AddressObject[] | undefined): Mailbox[] {
  return [header ?? []]
    .flat()
    .flatMap(({ value }) => value.flatMap((entry) => [entry, ...(entry.group ?? [])]))
    .flatMap(({ name, address }) =>
      address ? [{ name: name ? name.slice(0, header_chars_max) : null, address: address.slice(0, header_chars_max) }] : [],
    )
    .slice(0, mailboxes_max);
}

/** With its angle brackets, as our own mails carry it. */
function messageId(text: string | undefined): string | null {
  return /<[^<>\s]{1,500}>/.exec(text ?? '')?.[0] ?? null;
}

const kept_headers = new Set([
  'auto-submitted',
  'precedence',
  'list-id',
  'list-unsubscribe',
  'x-auto-response-suppress',
  'x-autoreply',
  'return-path',
  'delivered-to',
  'authentication-results',
  'received-spf',
]);

/** The topmost of each name: the one that was added last. */
function keptHeaders(lines: HeaderLines): { [name: string]: string } {
  const kept = new Map<string, string>();
  for (const { key, line } of lines) {
    if (!kept_headers.has(key) || kept.has(key)) continue;
    kept.set(
      key,
      line
        .slice(line.indexOf(':') + 1)
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, header_chars_max),
    );
  }
  return Object.fromEntries(kept);
}

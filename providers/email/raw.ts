/** Where the usual providers of inbound mail put the message as it came. */
import { ShapeError } from '../../domain/event.ts';
import type { Json } from '../../domain/text.ts';
import { isObject } from '../tolerant.ts';

/** SendGrid `email`, Mailgun `body-mime`, Postmark `RawEmail`, Amazon SES `content`, Gmail `raw`, and what others call it. */
const member_names = [
  'raw',
  'raw_message',
  'rawMessage',
  'RawEmail',
  'raw_email',
  'email',
  'mime',
  'body-mime',
  'content',
  'message',
  'rfc822',
];
const wrapper_names = ['data', 'payload', 'message', 'mail', 'email'];

/** Throws a ShapeError when none of the usual members carries a message, as text or in base64. */
export function rawMessageOf(payload: Json): Buffer {
  for (const inside of insidesOf(payload)) {
    for (const name of member_names) {
      const raw = bytesOf(inside[name]);
      if (raw !== null) return raw;
    }
  }
  throw new ShapeError(`No raw message (RFC 822, as text or in base64) is in any of the members ${member_names.join(', ')}.`);
}

function insidesOf(payload: Json): { [key: string]: Json }[] {
  if (!isObject(payload)) return [];
  return [payload, ...wrapper_names.map((name) => payload[name]).filter(isObject)];
}

function bytesOf(value: Json | undefined): Buffer | null {
  if (typeof value !== 'string') return null;
  if (looksLikeMail(value)) return Buffer.from(value, 'utf8');
  // Both alphabets of base64 are read, with line breaks or without.
  if (!/^[\w+/=\s-]+$/.test(value)) return null;
  const decoded = Buffer.from(value, 'base64');
  return looksLikeMail(decoded.subarray(0, beginning_bytes_max).toString('latin1')) ? decoded : null;
}

const beginning_bytes_max = 1_000;

/** It begins with a header, after an mbox separator at most. */
function looksLikeMail(text: string): boolean {
  return /^(?:>?From [^\n]*\n|\s*)[!-9;-~]{1,100}:/.test(text.slice(0, beginning_bytes_max));
}

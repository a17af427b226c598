/** Mails as people and programs send them. */

export interface MailOptions {
  from?: string;
  to?: string;
  subject?: string;
  date?: Date;
  message_id?: string;
  in_reply_to?: string;
  body?: string;
  headers?: string[];
}

/** A message of RFC 822 with lines that end as the standard says. */
export function rawMail({
  from = 'Bo Example <bo@example.com>',
  to = 'ana@example.com',
  subject = 'Re: Your card',
  date = new Date(),
  message_id = '<reply-1@mail.example.com>',
  in_reply_to,
  body = 'Thanks, I have updated it.\n\n> Please update your card.',
  headers = [],
}: MailOptions = {}): string {
  const lines = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${date.toUTCString()}`,
    `Message-ID: ${message_id}`,
    ...(in_reply_to === undefined ? [] : [`In-Reply-To: ${in_reply_to}`, `References: <first@mail.example.com> ${in_reply_to}`]),
    ...headers,
    '',
    ...body.split('\n'),
  ];
  return lines.join('\r\n');
}

/** Word to a person that how they sign in has changed. Nobody switches it off: whoever took an account over would be the first to. */
import type { AccountNoticeKind } from '../../domain/notices.ts';
import { inertLine } from '../../domain/text.ts';
import { minuteOf } from '../../domain/moment.ts';
import type { AccountNotice } from '../../prisma/account-notices.ts';
import { unanswered_headers, type NoticeMail } from './mail.ts';
import { inactive } from './said.ts';

type Told = Pick<AccountNotice, 'kind' | 'detail' | 'at' | 'email'>;

const detail_chars_max = 120;

export function accountMailOf({ kind, detail, at, email }: Told, public_url: string): NoticeMail {
  const { subject, sentence, otherwise } = words[kind];
  const body = [
    `${sentence} (${minuteOf(at)})`,
    ...(detail === null ? [] : ['', `Passkey: ${inactive(inertLine(detail, detail_chars_max))}`]),
    '',
    'If that was you, there is nothing to do.',
    '',
    `If it was not: ${otherwise}`,
    '',
    `${public_url}/inbox/settings/account`,
    '',
    '-- ',
    'You get this whenever the way in to your account changes. It cannot be switched off.',
    '',
  ].join('\n');
  return { to: email, subject, body, headers: unanswered_headers };
}

/** The same for every attempt: what arrived twice can be told. */
export function accountMailKeyOf({ id }: Pick<AccountNotice, 'id'>): string {
  return `account-${id}`;
}

const take_back = 'sign in, change your password, end every other session and remove the passkeys that you do not know.';
const words: Record<AccountNoticeKind, { subject: string; sentence: string; otherwise: string }> = {
  password_changed: {
    subject: 'Your ExecOps password was changed',
    sentence: 'Your password was changed, and the sessions that were open have ended.',
    otherwise: 'ask an owner at once to remove you and invite you again; as the only owner, start ExecOps with another OWNER_PASSWORD.',
  },
  passkey_added: {
    subject: 'A passkey was added to your ExecOps account',
    sentence: 'A passkey was added to your account. Whoever holds it can sign in as you.',
    otherwise: take_back,
  },
  passkey_removed: {
    subject: 'A passkey was removed from your ExecOps account',
    sentence: 'A passkey was removed from your account. It signs nobody in any more.',
    otherwise: take_back,
  },
};

/** A notice as a mail. Its link opens the card and decides nothing, whoever follows it: a person, a scanner or a preview. */
import type { NoticeMatter, Notice } from '../../prisma/notices.ts';
import { saidOf } from './said.ts';

export interface NoticeMail {
  to: string;
  subject: string;
  body: string;
  headers: Record<string, string>;
}

export function mailOf(notice: Pick<Notice, 'proposal_id' | 'kind'>, matter: NoticeMatter, public_url: string): NoticeMail {
  const { subject, sentence, lines } = saidOf(notice.kind, matter);
  const settings = `${public_url}/inbox/settings/notifications`;
  const body = [
    sentence,
    ...(lines.length === 0 ? [] : ['', ...lines]),
    '',
    `${public_url}/inbox/${notice.proposal_id}`,
    '',
    'Opening this link decides nothing. You decide on the card, signed in.',
    '',
    '-- ',
    `You get this because you asked for it. Change what you are told: ${settings}`,
    '',
  ].join('\n');
  return { to: matter.email, subject, body, headers: headersFor(notice.proposal_id, public_url, settings) };
}

/** The same for every attempt at one notice: what arrived twice can be told, and what belongs to one card stands together. */
export function mailKeyOf({ id }: Pick<Notice, 'id'>): string {
  return `notice-${id}`;
}

/** No program answers it: https://www.rfc-editor.org/rfc/rfc3834 */
export const unanswered_headers = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/** And a rule can sort it (RFC 2919). */
function headersFor(proposal_id: string, public_url: string, settings: string): Record<string, string> {
  const host = new URL(public_url).hostname;
  return {
    ...unanswered_headers,
    'List-Id': `<notices.execops.${host}>`,
    'List-Unsubscribe': `<${settings}>`,
    References: `<card-${proposal_id}@${host}>`,
  };
}

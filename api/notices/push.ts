/** A notice as the service worker of a browser gets it. */
import { status_names } from '../../domain/words.ts';
import { inertLine } from '../../domain/text.ts';
import type { Notice, NoticeMatter } from '../../prisma/notices.ts';
import { content_free_sentence, saidOf } from './said.ts';

/** ui/src/service-worker.ts reads this. */
export interface PushData {
  title: string;
  body: string;
  /** A newer notification of the same tag takes the older one's place. */
  tag: string;
  /** Where a click leads, below the product's own path. */
  path: string;
  /** Makes no sound: it only takes back what stands there. */
  silent: boolean;
}

const body_chars_max = 240;
const day_seconds = 86_400;

export function pushOf({ proposal_id, kind }: Pick<Notice, 'proposal_id' | 'kind'>, matter: NoticeMatter): PushData {
  const place = { tag: `card-${proposal_id}`, path: `/inbox/${proposal_id}`, silent: kind === 'closed' };
  if (kind === 'closed') return { ...place, ...closing(matter) };
  const { subject, sentence, lines } = saidOf(kind, matter);
  const body = matter.content_free ? content_free_sentence : [sentence, ...lines.slice(2)].join('\n').slice(0, body_chars_max);
  return { ...place, title: matter.content_free ? 'ExecOps' : subject, body };
}

function closing({ title, status, content_free }: NoticeMatter): Pick<PushData, 'title' | 'body'> {
  if (content_free) return { title: 'ExecOps', body: 'Nothing is left to do here.' };
  return { title: inertLine(title, 120), body: `${status_names[status]}. Nothing is left to do here.` };
}

/** A device that was off for longer need not hear of it: the card is over, or the inbox says it. */
export function ttlSecondsOf({ expires_at }: NoticeMatter, now_ms = Date.now()): number {
  const left = expires_at === null ? day_seconds : (expires_at.getTime() - now_ms) / 1_000;
  return Math.min(Math.max(Math.floor(left), 0), day_seconds);
}

/** 32 characters are allowed, and that is what a UUID has without its dashes. */
export const topicOf = ({ proposal_id }: Pick<Notice, 'proposal_id'>): string => proposal_id.replaceAll('-', '');

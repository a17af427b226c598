/** What a notice says: facts rendered by our code, one line each, and never a word that could be markup. */
import type { NoticeKind } from '../../domain/notices.ts';
import { inertLine } from '../../domain/text.ts';
import { urgency_names, vertical_names } from '../../domain/words.ts';
import type { NoticeMatter } from '../../prisma/notices.ts';

export interface Said {
  subject: string;
  /** One sentence. */
  sentence: string;
  /** Lines about the card; none where a notice says no content. */
  lines: string[];
}

type Matter = Pick<NoticeMatter, 'title' | 'facts' | 'status' | 'urgency' | 'vertical' | 'content_free'>;

const title_chars_max = 120;
const fact_chars_max = 160;
const facts_max = 12;

export const content_free_sentence = 'Something waits for you.';

export function saidOf(kind: NoticeKind, matter: Matter): Said {
  if (matter.content_free) return { subject: 'Something waits for you', sentence: content_free_sentence, lines: [] };
  const title = inactive(inertLine(matter.title, title_chars_max));
  const urgency = matter.urgency === 'low' ? '' : `${urgency_names[matter.urgency]}: `;
  return { subject: `${urgency}${title}`, sentence: sentences[kind], lines: [title, '', ...factLines(matter)] };
}

const sentences: Record<NoticeKind, string> = {
  pending: 'A card waits for your decision.',
  critical: 'A card has become critical and waits for your decision.',
  reminder: 'A card still waits for your decision.',
  woken: 'A card that was put off is back.',
  delegated: 'A card was delegated to you.',
  returned: 'A card is back in the inbox and waits for a decision again.',
  failed: 'An approved action failed. It can be tried again.',
  unknown: 'The outcome of an approved action is not known. Look it up and say what happened.',
  closed: 'Nothing is left to do here.',
};

function factLines({ urgency, vertical, facts }: Matter): string[] {
  const known = [
    { label: 'Urgency', value: urgency_names[urgency] },
    { label: 'Area', value: vertical in vertical_names ? vertical_names[vertical as keyof typeof vertical_names] : vertical },
    ...facts.slice(0, facts_max),
  ];
  return known.map(({ label, value }) => `${inertLine(label, 60)}: ${inactive(inertLine(value, fact_chars_max))}`);
}

/** Programs turn addresses into links; one that somebody outside wrote into their name stays a text. */
export function inactive(text: string): string {
  return text.replaceAll('://', ':⁄⁄').replace(/\bwww\./gi, 'www·');
}

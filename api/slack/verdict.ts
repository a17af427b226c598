/** What came of a card, in one sentence: the outcome and the person. */
import type { ProposalView } from '../../domain/wire/card.ts';
import { doneName } from '../../domain/words.ts';
import { bold, cut, inert, moment } from './text.ts';

export interface Verdict {
  /** For the notification line. */
  what: string;
  /** Marked up. */
  sentence: string;
  undoable: boolean;
}

const feedback_chars_max = 500;
const name_chars_max = 200;

export function verdictOf(view: ProposalView): Verdict {
  const { decision } = view;
  const names = decidersOf(view).map((name) => cut(name, name_chars_max));
  const by = names.length === 0 ? '' : ` by ${names.join(' and ')}`;
  const at = moment(decision?.decided_at ?? view.updated_at);
  switch (view.status) {
    case 'pending':
      return { what: 'Waits for a decision', sentence: bold('Waits for a decision'), undoable: false };
    case 'approved':
      return said(`Approved${by}`, `${at} · ${view.executes_at === null ? 'it runs now' : `it runs ${moment(view.executes_at)}`}`, true);
    case 'executed':
      return said(view.rollback?.done ? 'Taken back' : doneName(view.action_type), `${inert(`approved${by}`)} · ${at}`);
    case 'rejected': {
      const feedback = decision?.feedback ? `“${inert(cut(decision.feedback, feedback_chars_max))}” · ` : '';
      return said(`Rejected${by}`, `${feedback}${at}`);
    }
    case 'expired':
      return said('Expired unanswered', moment(view.updated_at));
    case 'superseded':
      return said(
        'Withdrawn by itself',
        `${inert(cut(view.notes.at(-1) ?? 'the matter is settled', feedback_chars_max))} · ${moment(view.updated_at)}`,
      );
    case 'failed':
      return said('Failed', `${inert(`approved${by}`)} · ${at} · open the card to try again`);
    case 'unknown':
      return said('Outcome unknown', `${inert(`approved${by}`)} · ${at} · open the card to settle it`);
  }
}

/** Where two had to approve it, both. */
function decidersOf({ decision, approved_by }: ProposalView): string[] {
  if (decision === null) return [];
  if (decision.decision === 'approve' && approved_by.length > 1) return approved_by.map(({ name, email }) => name || email);
  return [decision.decided_by_name || decision.decided_by];
}

function said(what: string, more: string, undoable = false): Verdict {
  return { what, sentence: `${bold(what)} · ${more}`, undoable };
}

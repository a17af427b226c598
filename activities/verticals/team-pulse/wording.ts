/** How a model may word the invitation to a 1:1. */
import type { Draft, WordingTask } from '../../../domain/sop.ts';
import { wordingOfText } from '../wording.ts';
import type { TeamPulseFacts } from './rules.ts';

export function pulseWording(facts: TeamPulseFacts, { action }: Draft): WordingTask | null {
  if (action.operation !== 'calendar.invite') return null;
  const outside = facts.engineers.map(({ login }) => login);
  return wordingOfText({ prompt, text: action.payload.description, outside, objection: reasonIn });
}

const prompt = [
  'You word the text of a calendar invitation to a talk between a founder and an engineer, without an agenda. At most 80 words.',
  'Warm and plain. The engineer may read it: say nothing of why it takes place, nothing of commits, time off or mood, and no number.',
];

const reason =
  /\p{N}|\b(commit|push|code|sentiment|mood|time off|vacation|holiday|sick|away|risk|perform|productiv|output|drop|fell|fewer|declin|signs?)\w*/iu;

/** It may be forwarded to the engineer, whom the reasons would hurt. */
function reasonIn(text: string): string | null {
  return reason.test(text.normalize('NFKC')) ? 'why it takes place' : null;
}

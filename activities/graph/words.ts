/** The model's words for one draft: recipient, amount and link stay what the rules made them, and every number is held against the evidence. */
import type { Action } from '../../domain/action.ts';
import { unsupportedNumbers } from '../../domain/numbers.ts';
import type { Draft, Lesson, Wording, WordingTask, Words } from '../../domain/sop.ts';
import type { ProposalView } from '../../domain/wire/card.ts';
import { inertRemark } from '../verticals/wording.ts';

const explanation_chars_max = 600;
const claim_chars_max = 240;
const unsupported_max = 40;

/** Who wrote a draft's words, and what is to be said about them. */
export type Author = ProposalView['words'];

export const by_rules: Author = { by: 'rules', model: null, explanation: null, claims: [], unsupported: [] };

type Wordable = Pick<Draft, 'action' | 'flags' | 'notes' | 'facts' | 'evidence' | 'title' | 'reasoning'>;

/** The draft with the model's words, or with its own where those cannot be used. `author` is null when the words are the rules' own. */
export async function reword<D extends Wordable>(
  wording: Wording,
  task: WordingTask | null,
  stored: D,
  lessons: Lesson[],
): Promise<{ stored: D; author: Author | null; summary: string }> {
  const { action } = stored;
  if (task === null) return { stored, author: null, summary: `${action.operation ?? action.action_type} has fixed words` };
  const evidence = stored.evidence.map(({ claim }, index) => ({ id: `E${index + 1}`, claim }));
  const reply = await wording.write(task, { evidence, lessons });
  const refusal = 'failed' in reply ? reply.failed : task.objection(reply);
  if ('failed' in reply || refusal !== null) {
    const notes = [...stored.notes, `The words are the rules' own: the model's reply could not be used (${refusal}).`];
    return { stored: { ...stored, notes, flags: [...stored.flags, 'rules_only'] }, author: null, summary: `rules' own words: ${refusal}` };
  }
  // These are shown on the card, though they go out to nobody.
  const explanation = inertRemark(reply.explanation, explanation_chars_max);
  const claims = reply.claims
    .map(({ claim, evidence: ids }) => ({
      claim: inertRemark(claim, claim_chars_max),
      evidence: [...new Set(ids)].map((id) => evidence.findIndex((one) => one.id === id)).filter((index) => index >= 0),
    }))
    .filter(({ claim }) => claim !== '');
  const filled = task.fill(reply);
  const unsupported = unsupportedIn({ ...reply, subject: filled.subject, explanation }, claims, task, stored);
  const flags = unsupported.length === 0 ? stored.flags : [...stored.flags, 'unsupported_numbers' as const];
  return {
    stored: { ...stored, action: withWords(action, filled), flags },
    author: { by: 'model', model: wording.model, explanation, claims, unsupported },
    summary: `worded by ${wording.model}${unsupported.length === 0 ? '' : `; no evidence for ${unsupported.length} of its statements`}`,
  };
}

/** What the text says beyond the facts that our own code gathered. */
function unsupportedIn(
  { subject, body, explanation }: Words & { explanation: string },
  claims: { claim: string; evidence: number[] }[],
  { outside }: WordingTask,
  draft: Wordable,
): string[] {
  const support = [
    draft.title,
    draft.reasoning,
    ...draft.facts.map(({ label, value }) => `${label} ${value}`),
    ...draft.evidence.map(({ claim }) => claim),
  ].filter((text) => !outside.some((part) => shows(text, part)));
  const texts = [subject, body, explanation, ...claims.map(({ claim }) => claim)].join('\n');
  const unfounded = claims.filter(({ evidence }) => evidence.length === 0).map(({ claim }) => claim);
  return [...unsupportedNumbers(texts, support), ...unfounded].slice(0, unsupported_max);
}

/** As a word of its own: a login of two letters stands within many. */
function shows(text: string, part: string): boolean {
  const written = part.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${written}(?![\p{L}\p{N}])`, 'u').test(text);
}

/** Of an action with one text only the body is used. */
function withWords(action: Action, { subject, body }: Words): Action {
  if (action.action_type === 'email') return { ...action, payload: { ...action.payload, subject, body } };
  if (action.action_type === 'slack_dm')
    return 'text' in action.payload ? { ...action, payload: { ...action.payload, text: body } } : action;
  switch (action.operation) {
    case 'calendar.invite':
      return { ...action, payload: { ...action.payload, description: body } };
    case 'github.revert_pull_request':
      return { ...action, payload: { ...action.payload, body } };
    case 'github.revert_commit':
      return { ...action, payload: { ...action.payload, body } };
    default:
      return action;
  }
}

/** How a model may word what goes to the developer, and what a revert says of itself. */
import type { Draft, WordingTask } from '../../../domain/sop.ts';
import { wordingOfText } from '../wording.ts';
import type { ReleaseFacts } from './facts-shape.ts';

export function releaseWording(facts: ReleaseFacts, { action }: Draft): WordingTask | null {
  const outside = [facts.deployment, facts.last_change].flatMap((change) => change?.people ?? []).map(({ login }) => login);
  if (action.action_type === 'slack_dm' && 'text' in action.payload)
    return wordingOfText({ prompt: post_mortem, text: action.payload.text, outside });
  if (action.operation === 'github.revert_pull_request' || action.operation === 'github.revert_commit')
    return wordingOfText({ prompt: revert, text: action.payload.body, outside });
  return null;
}

const post_mortem = [
  'You word one Slack message that asks a developer for a post-mortem while production has trouble. At most 150 words.',
  'Calm and blameless: it is about what the system let happen, not about anybody. A deployment before the trouble need not be its cause.',
  'Keep what the example tells, in its order, and its questions as lines that begin with a bullet point.',
];

const revert = [
  'You word the description of a pull request that takes a change back to restore service. At most 100 words.',
  'Blameless and matter-of-fact: what it takes back, why, and that the change can come back once it is understood.',
  'Keep what the example tells, that a person approved it included.',
];

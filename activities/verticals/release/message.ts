/** The words of what would be sent, in the rules' own sentences. Nothing that was written outside goes into them. */
import type { FoundDeployment, ReleaseFacts, Shipper } from './facts-shape.ts';
import { minuteOf } from '../shared/card.ts';
import { percentOf, shortSha } from './format.ts';

/** Asks for a post-mortem: what happened and when, and nobody's fault. */
export function postMortemText(facts: ReleaseFacts, recent: FoundDeployment | null, to: Shipper): string {
  return [
    `${facts.service} has trouble in production: its error rate is ${percentOf(facts.error_rate?.value ?? 0)}. It began at ${minuteOf(facts.spike_at)}${issueOf(facts)}.`,
    recent === null ? lastChangeOf(facts) : deployedOf(recent, to),
    [
      'Once things are calm, please write a short post-mortem. Blameless: it is about what the system let happen, not about anybody.',
      '• What happened, and who noticed it how?',
      '• When: a timeline in UTC, from the change to the recovery.',
      '• What helped, and what would have shown it earlier?',
      '• What do we change so that it cannot happen again?',
    ].join('\n'),
    'If you know already what is wrong, say so here: that helps most now.',
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

export function revertWords(facts: ReleaseFacts, recent: FoundDeployment, pull_request: number): { title: string; body: string } {
  const what = `#${pull_request}, deployed to production as ${shortSha(recent.sha)} at ${minuteOf(recent.at)}`;
  return takingBack(facts, `#${pull_request}`, what);
}

export function revertCommitWords(facts: ReleaseFacts, { sha, at }: FoundDeployment): { title: string; body: string } {
  return takingBack(facts, shortSha(sha), `commit ${shortSha(sha)}, deployed to production at ${minuteOf(at)}`);
}

function takingBack(facts: ReleaseFacts, name: string, what: string): { title: string; body: string } {
  return {
    title: `Revert ${name} after errors in production`,
    body: [
      `This takes back ${what}.`,
      `The error rate of ${facts.service} is ${percentOf(facts.error_rate?.value ?? 0)} since ${minuteOf(facts.spike_at)}${issueOf(facts)}.`,
      'Proposed by ExecOps and approved by a person. It is about restoring service, not about blame: the change can come back when it is understood.',
    ].join('\n\n'),
  };
}

function issueOf({ issue_id }: ReleaseFacts): string {
  return issue_id === null ? '' : ` (Sentry issue ${issue_id})`;
}

function deployedOf({ sha, at, pull_request }: FoundDeployment, to: Shipper): string {
  const change = `${shortSha(sha)}${pull_request === null ? '' : ` (pull request #${pull_request})`}`;
  const yours = {
    deployed: 'you deployed it',
    wrote: 'you wrote it',
    merged: 'you merged it',
    committed: 'you wrote it',
    pushed: 'you pushed it',
  };
  return `The last deployment before that was ${change} at ${minuteOf(at)}; ${yours[to.part]}. It need not be the cause.`;
}

function lastChangeOf({ last_change }: ReleaseFacts): string | null {
  if (last_change === null) return null;
  return `No deployment shortly before that is known. You made the last known change, at ${minuteOf(last_change.at)}, so you may know best where to look.`;
}

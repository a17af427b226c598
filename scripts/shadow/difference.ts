/** Two replays side by side: what only one of them proposes, and what they propose differently. Pure. */
import { canonicalJson } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import type { PastProposal } from './history.ts';
import type { ReplayedProposal } from './replay.ts';

/** What people made of the proposal that was really there; null when there was none. */
export type Human = Pick<PastProposal, 'id' | 'status' | 'decision' | 'decided_by' | 'decided_at' | 'feedback' | 'edited'> | null;

export interface Seen {
  proposal: ReplayedProposal;
  human: Human;
}

export interface Difference {
  added: Seen[];
  dropped: Seen[];
  changed: (Seen & { was: { [member: string]: Json }; is: { [member: string]: Json } })[];
  unchanged: number;
}

export function differenceOf(
  usual: readonly ReplayedProposal[],
  trial: readonly ReplayedProposal[],
  past: readonly PastProposal[],
): Difference {
  const left = [...usual];
  const pairs = trial.map((proposal) => ({ proposal, before: takeMatch(left, proposal) }));
  const paired = pairs.flatMap(({ proposal, before }) => (before === undefined ? [] : [{ proposal, before, ...change(before, proposal) }]));
  const seen = (proposal: ReplayedProposal): Seen => ({ proposal, human: humanOn(proposal, past) });
  const changed = paired.filter(({ was }) => Object.keys(was).length > 0);
  return {
    added: pairs.filter(({ before }) => before === undefined).map(({ proposal }) => seen(proposal)),
    dropped: left.map(seen),
    changed: changed.map(({ proposal, was, is }) => ({ ...seen(proposal), was, is })),
    unchanged: paired.length - changed.length,
  };
}

/** Takes out what is the same card: made by the same event, else of the same incident and action. */
function takeMatch(left: ReplayedProposal[], proposal: ReplayedProposal): ReplayedProposal | undefined {
  const same = left.findIndex(({ id }) => id === proposal.id);
  const place = same === -1 ? left.findIndex((other) => isAlike(other, proposal)) : same;
  return place === -1 ? undefined : left.splice(place, 1)[0];
}

type Named = Pick<ReplayedProposal, 'org_id' | 'subject' | 'action_type' | 'operation'>;

function isAlike(one: Named, other: Named): boolean {
  const names = ['org_id', 'subject', 'action_type', 'operation'] as const;
  return names.every((name) => one[name] === other[name]);
}

/** What a person would decide on; the words around it may differ wherever a setting is told in them. */
function change(before: ReplayedProposal, after: ReplayedProposal) {
  const [old_facts, new_facts] = [comparable(before), comparable(after)];
  const names = Object.keys(new_facts).filter((name) => canonicalJson(old_facts[name] ?? null) !== canonicalJson(new_facts[name] ?? null));
  const of = (facts: { [member: string]: Json }) => Object.fromEntries(names.map((name) => [name, facts[name] ?? null]));
  return { was: of(old_facts), is: of(new_facts) };
}

function comparable({ urgency, priority, payload, flags, created_at, escalates_at, expires_at }: ReplayedProposal): {
  [member: string]: Json;
} {
  return {
    urgency,
    priority,
    payload,
    flags: flags.toSorted(),
    proposed_at: created_at.toISOString(),
    escalates_at: escalates_at?.toISOString() ?? null,
    expires_at: expires_at?.toISOString() ?? null,
  };
}

function humanOn(proposal: ReplayedProposal, past: readonly PastProposal[]): Human {
  const real =
    past.find(({ id }) => id === proposal.id) ??
    past.filter((one) => isAlike(one, proposal)).toSorted((a, b) => apart(a, proposal) - apart(b, proposal))[0];
  if (real === undefined) return null;
  const { id, status, decision, decided_by, decided_at, feedback, edited } = real;
  return { id, status, decision, decided_by, decided_at, feedback, edited };
}

function apart(one: { created_at: Date }, other: { created_at: Date }): number {
  return Math.abs(one.created_at.getTime() - other.created_at.getTime());
}

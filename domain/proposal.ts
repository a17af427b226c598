/** The proposal and its states. The words are defined in glossary.md. */

/** Whom a person or an agent may draft for. */
export const drafted_verticals = ['money', 'customer_fire', 'release', 'team_pulse', 'gtm', 'plan'] as const;
/** `settings` holds what people propose to change of the product's own rules. */
export const verticals = [...drafted_verticals, 'settings'] as const;
export type Vertical = (typeof verticals)[number];

export const urgencies = ['low', 'high', 'critical'] as const;
export type Urgency = (typeof urgencies)[number];
export const isMoreUrgent = (one: Urgency, other: Urgency): boolean => urgencies.indexOf(one) > urgencies.indexOf(other);

export const proposal_statuses = ['pending', 'approved', 'executed', 'failed', 'unknown', 'rejected', 'expired', 'superseded'] as const;
export type ProposalStatus = (typeof proposal_statuses)[number];

export const execution_statuses = ['queued', 'running', 'succeeded', 'failed', 'unknown', 'cancelled', 'rolled_back'] as const;
export type ExecutionStatus = (typeof execution_statuses)[number];

/** Every legal move of a proposal. What is not here is refused. */
export const proposal_moves = {
  pending: ['approved', 'rejected', 'expired', 'superseded'],
  approved: ['executed', 'failed', 'unknown', 'pending'],
  unknown: ['executed', 'failed'],
  failed: ['pending'],
  executed: [],
  rejected: [],
  expired: [],
  superseded: [],
} as const satisfies Record<ProposalStatus, readonly ProposalStatus[]>;

export const execution_moves = {
  queued: ['running', 'cancelled'],
  running: ['succeeded', 'failed', 'unknown', 'cancelled'],
  unknown: ['succeeded', 'failed'],
  succeeded: ['rolled_back'],
  failed: [],
  cancelled: [],
  rolled_back: [],
} as const satisfies Record<ExecutionStatus, readonly ExecutionStatus[]>;

export function mayMove(from: ProposalStatus, to: ProposalStatus): boolean {
  const targets: readonly ProposalStatus[] = proposal_moves[from];
  return targets.includes(to);
}

/** A human may still have to do something about it. */
export const open_statuses = ['pending', 'approved', 'unknown', 'failed'] as const satisfies readonly ProposalStatus[];

export function isOpen(status: ProposalStatus): boolean {
  return (open_statuses as readonly ProposalStatus[]).includes(status);
}

export const flags = [
  'edited',
  'snoozed',
  /** The action's provider is not connected or the operation is not allowed: it cannot be approved as it is. */
  'blocked_by_policy',
  /** The facts changed between approval and execution; the card came back with the difference. */
  'facts_changed',
  /** What was stored was not what was approved; nothing ran. */
  'seal_broken',
  /** The approval was older than an hour when its turn came. */
  'approval_stale',
  /** A person took an approval back within the undo window. */
  'undone',
  /** The model was slow or its reply broke the rules: the words are the rules' own. */
  'rules_only',
  /** The model's text states something that no evidence supports: a person opens the card before approving it. */
  'unsupported_numbers',
  /** Nothing stored or configured names this recipient. */
  'unknown_recipient',
  /** The draft lacks something that a later event may supply, such as the invoice's link. */
  'incomplete',
] as const;
export type Flag = (typeof flags)[number];

/** How an action can be taken back: undone by its opposite, made good by another action, or not at all. */
export const reversibilities = ['reversible', 'compensable', 'irreversible'] as const;
export type Reversibility = (typeof reversibilities)[number];

/** What the surfaces call things, web and Slack alike. The wire's words stay in the addresses, the plain ones on the page. */
import type { ActionType } from './action.ts';
import type { Operation } from './operations.ts';
import type { EventStatus } from './event.ts';
import type { ExecutionStatus, Flag, ProposalStatus, Reversibility, Urgency, Vertical } from './proposal.ts';

export const vertical_names = {
  money: 'Money',
  customer_fire: 'Customer fire',
  release: 'Release',
  team_pulse: 'Team pulse',
  gtm: 'Go-to-market',
  plan: 'Plan',
  settings: 'Settings',
} as const satisfies Record<Vertical, string>;

export const urgency_names = { low: 'Low', high: 'High', critical: 'Critical' } as const satisfies Record<Urgency, string>;

export const status_names = {
  pending: 'Pending',
  approved: 'Approved',
  executed: 'Executed',
  failed: 'Failed',
  unknown: 'Outcome unknown',
  rejected: 'Rejected',
  expired: 'Expired',
  superseded: 'Withdrawn',
} as const satisfies Record<ProposalStatus, string>;

export const execution_status_names = {
  queued: 'Queued',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  unknown: 'Outcome unknown',
  cancelled: 'Cancelled',
  rolled_back: 'Rolled back',
} as const satisfies Record<ExecutionStatus, string>;

export const event_status_names = { received: 'Received', processed: 'Processed', ignored: 'Ignored' } as const satisfies Record<
  EventStatus,
  string
>;

/** A chip, and the sentence behind it. */
export const flag_names: Record<Flag, { name: string; means: string }> = {
  edited: { name: 'Edited', means: 'A person changed the draft.' },
  snoozed: { name: 'Snoozed', means: 'A person put it off.' },
  blocked_by_policy: { name: 'Blocked by policy', means: 'This action may not run here, so it cannot be approved as it is.' },
  facts_changed: { name: 'Facts changed', means: 'The facts changed after an approval. Nothing ran; this is the new version.' },
  seal_broken: { name: 'Seal broken', means: 'What was stored was not what was approved. Nothing ran.' },
  approval_stale: { name: 'Approval too old', means: 'The approval was over an hour old when its turn came. Nothing ran.' },
  undone: { name: 'Undone', means: 'A person took an approval back in time.' },
  rules_only: { name: 'Words by rules', means: 'The language model did not answer in time or not as asked.' },
  unsupported_numbers: {
    name: 'Check the numbers',
    means: 'The model wrote something that no evidence supports. It is marked; open the card before you approve.',
  },
  unknown_recipient: { name: 'Unknown recipient', means: 'Nothing stored or configured names this recipient.' },
  incomplete: { name: 'Incomplete', means: 'The draft lacks something that a later event may supply.' },
};

export const reversibility_names = {
  reversible: 'Can be reversed',
  compensable: 'Can be made good',
  irreversible: 'Cannot be called back',
} as const satisfies Record<Reversibility, string>;

const operation_names: Record<Operation, string> = {
  'stripe.pause_collection': 'Stripe: pause collection',
  'stripe.resume_collection': 'Stripe: resume collection',
  'github.revert_pull_request': 'GitHub: revert pull request',
  'github.revert_commit': 'GitHub: revert commit',
  'github.redeploy': 'GitHub: redeploy',
  'intercom.reply': 'Intercom: reply',
  'intercom.assign': 'Intercom: assign',
  'calendar.invite': 'Calendar invitation',
  'calendar.cancel': 'Calendar cancellation',
  'hubspot.create_task': 'HubSpot: task',
  'settings.change': 'Change of a setting',
};

export function actionName(action_type: ActionType, operation: string | null): string {
  if (action_type === 'email') return 'Email';
  if (action_type === 'slack_dm') return 'Slack message';
  if (operation === null) return 'Provider call';
  return Object.hasOwn(operation_names, operation) ? operation_names[operation as Operation] : operation;
}

/** What is true once it ran. */
export function doneName(action_type: ActionType): string {
  return action_type === 'api_call' ? 'Done' : 'Sent';
}

const sources: Record<string, string> = {
  stripe: 'Stripe',
  intercom: 'Intercom',
  github: 'GitHub',
  sentry: 'Sentry',
  slack: 'Slack',
  hubspot: 'HubSpot',
  forms: 'Form',
  email: 'Mail',
  ledger: 'Ledger',
  agent: 'Agent',
  manual: 'Reported by a person',
  system: 'ExecOps',
};

export function sourceName(source: string): string {
  return sources[source] ?? source;
}

/** A wire word as a person reads it: `payload_hash` is `Payload hash`. */
export function humanise(word: string): string {
  const spaced = word.replaceAll(/[_.]/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const action_type_names: Record<string, string> = { email: 'emails', slack_dm: 'Slack messages', api_call: 'provider calls' };

/** The action type in the plural, within a sentence. */
export function actionTypeName(action_type: string): string {
  return action_type_names[action_type] ?? action_type;
}

export function verticalName(vertical: string): string {
  return Object.hasOwn(vertical_names, vertical) ? vertical_names[vertical as Vertical] : humanise(vertical);
}

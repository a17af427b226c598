import type { ActionType } from '#domain/action.ts';
import { proposal_statuses, urgencies, verticals, type Flag } from '#domain/proposal.ts';
import type { InboxQuery } from '#domain/wire/inbox.ts';
import type { Filter } from '#lib/filters.ts';
import { flag_names, status_names, urgency_names, vertical_names } from '#domain/words.ts';

const action_types: { [type in ActionType]: string } = { email: 'Emails', slack_dm: 'Slack messages', api_call: 'Provider calls' };
/** Those by which somebody looks for a card. */
const flags: readonly Flag[] = [
  'edited',
  'snoozed',
  'blocked_by_policy',
  'facts_changed',
  'undone',
  'unsupported_numbers',
  'unknown_recipient',
];
const history = proposal_statuses.filter((status) => status !== 'pending');

/** What is not narrowed down does not stand in the address. */
export function inboxFilters(query: InboxQuery): Filter[] {
  const { status, vertical, urgency, action_type, flag, snoozed } = query;
  return [
    ...(isHistory(query) ? [statusFilter(status)] : []),
    {
      name: 'vertical',
      label: 'Procedure',
      value: vertical ?? '',
      options: [{ value: '', name: 'All procedures' }, ...verticals.map((value) => ({ value, name: vertical_names[value] }))],
    },
    {
      name: 'urgency',
      label: 'Urgency',
      value: urgency ?? '',
      options: [{ value: '', name: 'Any urgency' }, ...urgencies.map((value) => ({ value, name: urgency_names[value] }))],
    },
    {
      name: 'action_type',
      label: 'Action',
      value: action_type ?? '',
      options: [{ value: '', name: 'Any action' }, ...Object.entries(action_types).map(([value, name]) => ({ value, name }))],
    },
    {
      name: 'flag',
      label: 'Mark',
      value: flag ?? (snoozed === 'only' ? 'snoozed' : ''),
      options: [{ value: '', name: 'Any mark' }, ...flags.map((value) => ({ value, name: flag_names[value].name }))],
    },
  ];
}

function statusFilter(status: InboxQuery['status']): Filter {
  const options = history.map((value) => ({ value, name: status_names[value] }));
  return { name: 'status', label: 'Status', value: status, options: [{ value: 'decided', name: 'Whatever came of it' }, ...options] };
}

export function isHistory({ status }: Pick<InboxQuery, 'status'>): boolean {
  return status !== 'pending';
}

export function isNarrowed(query: InboxQuery): boolean {
  const { vertical, urgency, action_type, flag, q, snoozed } = query;
  return [vertical, urgency, action_type, flag, q].some((value) => value !== undefined) || snoozed === 'only' || isHistory(query);
}

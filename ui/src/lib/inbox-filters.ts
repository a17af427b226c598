import { proposal_statuses, urgencies, verticals } from '#domain/proposal.ts';
import type { InboxQuery } from '#domain/wire.ts';
import type { Filter } from '#lib/filters.ts';
import { status_names, urgency_names, vertical_names } from '#domain/words.ts';

/** What is not narrowed down, pending included, does not stand in the address. */
export function inboxFilters({ status, vertical, urgency }: InboxQuery): Filter[] {
  return [
    {
      name: 'status',
      label: 'Status',
      value: status === 'pending' ? '' : status,
      options: proposal_statuses.map((value) => ({ value: value === 'pending' ? '' : value, name: status_names[value] })),
    },
    {
      name: 'vertical',
      label: 'Vertical',
      value: vertical ?? '',
      options: [{ value: '', name: 'All verticals' }, ...verticals.map((value) => ({ value, name: vertical_names[value] }))],
    },
    {
      name: 'urgency',
      label: 'Urgency',
      value: urgency ?? '',
      options: [{ value: '', name: 'Any urgency' }, ...urgencies.map((value) => ({ value, name: urgency_names[value] }))],
    },
  ];
}

import type { EventsQuery } from '#domain/wire/event.ts';
import type { InboxQuery } from '#domain/wire/inbox.ts';
import { action_types } from '#domain/action.ts';
import { event_statuses } from '#domain/event.ts';
import { flags, proposal_statuses, urgencies, verticals } from '#domain/proposal.ts';

const cards_shown = 25;
const cards_shown_max = 500;
const events_shown = 50;
const words_chars_max = 200;
const statuses = [...proposal_statuses, 'decided'] as const;

/** The address as a query; what it cannot mean counts as not said. */
export function inboxQueryOf(params: URLSearchParams): InboxQuery {
  const status = oneOf(statuses, params.get('status')) ?? 'pending';
  const flag = oneOf(flags, params.get('flag'));
  return {
    status,
    vertical: oneOf(verticals, params.get('vertical')),
    urgency: oneOf(urgencies, params.get('urgency')),
    action_type: oneOf(action_types, params.get('action_type')),
    flag: flag === 'snoozed' && status === 'pending' ? undefined : flag,
    snoozed: snoozedOf(params, status),
    q: params.get('q')?.trim().slice(0, words_chars_max) || undefined,
    // What waits is read by what matters most, a history from its end.
    order: status === 'pending' ? 'priority' : 'newest',
    cursor: params.get('cursor') ?? undefined,
    limit: shownOf(params, cards_shown),
  };
}

/** What was put off is shown apart, so that it pushes nothing that waits off the page. */
function snoozedOf(params: URLSearchParams, status: InboxQuery['status']): InboxQuery['snoozed'] {
  if (status !== 'pending') return 'shown';
  return params.get('flag') === 'snoozed' || params.get('snoozed') === 'only' ? 'only' : 'hidden';
}

export function eventsQueryOf(params: URLSearchParams): EventsQuery {
  return {
    status: oneOf(event_statuses, params.get('status')),
    source: params.get('source') || undefined,
    cursor: params.get('cursor') ?? undefined,
    limit: shownOf(params, events_shown),
  };
}

export const ledger_days = [1, 7, 30, 90] as const;
const ledger_days_default = 7;

export function ledgerQueryOf(params: URLSearchParams): { days: number } {
  const days = Number(params.get('days'));
  return { days: ledger_days.find((known) => known === days) ?? ledger_days_default };
}

/**
 * Where "Show more" leads: the same list, longer, so that live changes reach all of it.
 * From the longest list the API gives, on to the page behind it.
 */
export function moreOf(url: URL, limit: number, next_cursor: string | null): string | null {
  if (next_cursor === null) return null;
  const params = new URLSearchParams(url.searchParams);
  if (limit < cards_shown_max) params.set('show', String(Math.min(cards_shown_max, limit * 2)));
  else params.set('cursor', next_cursor);
  return `?${params}`;
}

function shownOf(params: URLSearchParams, fallback: number): number {
  const wanted = Number(params.get('show'));
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(cards_shown_max, wanted) : fallback;
}

function oneOf<T extends string>(known: readonly T[], text: string | null): T | undefined {
  return known.find((item) => item === text);
}

import type { EventsQuery, InboxQuery } from '#domain/wire.ts';
import { event_statuses } from '#domain/event.ts';
import { proposal_statuses, urgencies, verticals } from '#domain/proposal.ts';

const cards_shown = 25;
const cards_shown_max = 500;
const events_shown = 50;

/** The address as a query; what it cannot mean counts as not said. */
export function inboxQueryOf(params: URLSearchParams): InboxQuery {
  return {
    status: oneOf(proposal_statuses, params.get('status')) ?? 'pending',
    vertical: oneOf(verticals, params.get('vertical')),
    urgency: oneOf(urgencies, params.get('urgency')),
    cursor: params.get('cursor') ?? undefined,
    limit: shownOf(params, cards_shown),
  };
}

export function eventsQueryOf(params: URLSearchParams): EventsQuery {
  return {
    status: oneOf(event_statuses, params.get('status')),
    source: params.get('source') || undefined,
    cursor: params.get('cursor') ?? undefined,
    limit: shownOf(params, events_shown),
  };
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

/** A contact's conversations and tickets: which are open, and since when. Pure. */
import type { ThreadKind } from '../../../providers/intercom/reads.ts';

/** A conversation or a ticket with everything that is known of it. Times are ISO 8601. */
export interface Thread {
  kind: ThreadKind;
  id: string;
  /** When the newest state below was told. */
  as_of: string;
  /** The event that told it; null when only a person did. */
  event_id: string | null;
  /** `closed`, `resolved` or `deleted` by its own state. */
  over: string | null;
  /** The same as the API shows it just now; null when it is open, or was not asked for. */
  over_now: string | null;
  /** Who opened it; null when nothing stored tells. */
  started_by: 'contact' | 'admin' | 'bot' | null;
  created_at: string | null;
  waiting_since: string | null;
  last_close_at: string | null;
  rating: number | null;
  admin_assignee_id: string | null;
  /** Where a ticket came from. */
  conversation_id: string | null;
  /** What the customer wrote. */
  triggers: Happened[];
  /** What ended it, for as long as the customer writes no more. */
  settles: Happened[];
}

export interface Happened {
  event_id: string;
  type: string;
  at: string;
  /** Its place in time: Intercom signs whole seconds, within which what arrived last came last. */
  place: number;
  /** It waits for its verdict, or belongs to a card that is open. */
  counts: boolean;
}

/** What ended it, and by which event; null while it is open. */
export function endOf(thread: Thread): { how: string; event_id: string | null } | null {
  if (thread.over_now !== null) return { how: `Intercom shows it ${thread.over_now}`, event_id: null };
  const last = newest(thread.triggers.filter(({ counts }) => counts));
  const settle = newest(thread.settles);
  if (settle !== null && (last === null || comesAfter(settle, last))) return { how: `${settle.type} arrived`, event_id: settle.event_id };
  if (thread.over !== null && (last === null || thread.as_of >= last.at))
    return { how: `the ${thread.kind} is ${thread.over}`, event_id: thread.event_id };
  return null;
}

/** Nothing is closed before it is opened, so within one second only what is written later can have come after the closing. */
function comesAfter(settle: Happened, trigger: Happened): boolean {
  return settle.place > trigger.place || (settle.at === trigger.at && trigger.type.endsWith('.created'));
}

/** Those that somebody of ours still has to do something about. */
export function openThreads(threads: readonly Thread[], own: Pick<Thread, 'kind' | 'id'> | null): Thread[] {
  return threads.filter((thread) => endOf(thread) === null && (isSame(thread, own) || thread.triggers.some(({ counts }) => counts)));
}

export function isSame(one: Pick<Thread, 'kind' | 'id'>, other: Pick<Thread, 'kind' | 'id'> | null): boolean {
  return one.kind === other?.kind && one.id === other.id;
}

/**
 * Since when it is unresolved: since it was opened, or, where it was closed meanwhile, since the customer wrote again. An
 * answer of ours resolves nothing. Null when nothing tells.
 */
export function unresolvedSince(thread: Thread): string | null {
  const last = newest(thread.triggers.filter(({ counts }) => counts))?.at ?? null;
  const closes = known([thread.last_close_at, ...thread.settles.map(({ at }) => at)]).filter((at) => last === null || at <= last);
  const closed = closes.at(-1) ?? null;
  const starts = known([thread.created_at, thread.waiting_since, ...thread.triggers.map(({ at }) => at)]);
  // Written again within the second of the closing.
  return starts.find((at) => closed === null || at > closed) ?? last;
}

const known = (times: readonly (string | null)[]): string[] => times.filter((time) => time !== null).toSorted();

function newest(events: readonly Happened[]): Happened | null {
  return events.toSorted((a, b) => b.place - a.place)[0] ?? null;
}

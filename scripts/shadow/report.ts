/** A shadow run as a person reads it. */
import { canonicalJson } from '../../domain/seal.ts';
import type { Json } from '../../domain/text.ts';
import type { Difference, Human, Seen } from './difference.ts';
import type { ShadowRun } from './run.ts';

export function reportOf({ sop, changes, since, events, difference, failed }: ShadowRun): string {
  const { added, dropped, changed, unchanged } = difference;
  const settings = changes.map(({ name, from, to }) => `${name} ${shown(from)} → ${shown(to)}`).join(', ');
  return [
    `${sop} with ${settings}, over ${events.judged} ${events.judged === 1 ? 'event' : 'events'}${since === null ? '' : ` since ${minuteOf(since)}`}. Nothing was sent, nothing was written.`,
    section('Added', added),
    section('Dropped', dropped),
    section('Changed', changed, differences),
    `Unchanged: ${unchanged}`,
    ...failed.map(({ event_id, error }) => `Event ${event_id} could not be judged: ${error}`),
  ].join('\n\n');
}

function section<T extends Seen>(title: string, all: readonly T[], more: (one: T) => string[] = () => []): string {
  const lines = all.flatMap((one) => [titleOf(one), ...more(one), `      ${verdictOf(one.human)}`]);
  return [`${title}: ${all.length}${all.length === 0 ? '' : ` (${tallyOf(all)})`}`, ...lines].join('\n');
}

function titleOf({ proposal: { created_at, urgency, operation, action_type, subject, title } }: Seen): string {
  return `  ${minuteOf(created_at)}  ${urgency}  ${operation ?? action_type}  ${subject}  ${title}`;
}

function differences({ was, is }: Difference['changed'][number]): string[] {
  return Object.keys(is).map((name) => `      ${name.replaceAll('_', ' ')}: ${shown(was[name])} → ${shown(is[name])}`);
}

/** What people really did about it. */
export function verdictOf(human: Human): string {
  if (human === null) return 'really: no such card was made';
  const { status, decision, decided_by, decided_at, feedback, edited } = human;
  if (decision === null) return `really: ${status}, decided by nobody`;
  const word = `${decision === 'approve' ? 'approved' : 'rejected'}${edited ? ' with an edit' : ''}`;
  const when = decided_at === null ? '' : ` at ${minuteOf(decided_at)}`;
  return `really: ${word} by ${decided_by}${when}${feedback === null ? '' : `, because: ${feedback}`}${status === 'rejected' ? '' : `, ${status}`}`;
}

/** `2 approved, 1 rejected`. */
function tallyOf(all: readonly Seen[]): string {
  const words = all.map(({ human }) => {
    if (human === null) return 'without a real card';
    if (human.decision === null) return 'undecided';
    return human.decision === 'approve' ? 'approved' : 'rejected';
  });
  return [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(', ');
}

const minuteOf = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function shown(value: Json | undefined): string {
  return typeof value === 'string' ? value : canonicalJson(value ?? null);
}

/** Whether what broke is over, in whichever order its events arrived. Pure. */
import { settling_types } from '../../../providers/sentry/inbound.ts';

/** One event of an issue or an alert, by Sentry's clock. */
export interface Turn {
  type: string;
  occurred_at: Date;
}

/** The settling event that nothing came after; null while it goes on. The turns are in the order in which they arrived. */
export function settledBy(turns: readonly Turn[]): Turn | null {
  const arrived = turns.map((turn, place) => ({ ...turn, place }));
  const breaks = arrived.filter(({ type }) => !settling_types.includes(type));
  const ends = arrived.filter(({ type }) => settling_types.includes(type));
  return ends.find((end) => breaks.every((begin) => covers(end, begin))) ?? null;
}

type Arrived = Turn & { place: number };

/**
 * Sentry signs no time of a change of state: the header that tells it counts whole seconds.
 * Within one second only an issue that came back can have come after its resolution, and then the order of arrival tells.
 */
function covers(end: Arrived, begin: Arrived): boolean {
  const apart = secondOf(end.occurred_at) - secondOf(begin.occurred_at);
  if (apart !== 0) return apart > 0;
  return begin.type !== 'issue.unresolved' || end.place > begin.place;
}

const secondOf = (time: Date): number => Math.floor(time.getTime() / 1_000);

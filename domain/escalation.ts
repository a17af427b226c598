/** A procedure's clock over a waiting card: a reminder at a quarter of its time, another person at half, the owner once all of it has passed. */
import type { Urgency } from './proposal.ts';

export const escalations = ['none', 'reminded', 'delegated', 'owner'] as const;
export type Escalation = (typeof escalations)[number];
export type Stage = Exclude<Escalation, 'none'>;

export const remind_at_share = 0.25;
export const delegate_at_share = 0.5;

export interface Clocked {
  urgency: Urgency;
  escalation: Escalation;
  escalates_from: Date | null;
  escalates_at: Date | null;
}

export interface StageTime {
  stage: Stage;
  at: Date;
}

/** The stages that a card has still ahead of it, the earliest first. What is critical already has none. */
export function stagesAhead({ urgency, escalation, escalates_from, escalates_at }: Clocked): StageTime[] {
  if (urgency === 'critical' || escalates_at === null) return [];
  const reached = escalations.indexOf(escalation);
  // A procedure's condition is "older than": at its time exactly it does not hold yet.
  const owner: StageTime = { stage: 'owner', at: new Date(escalates_at.getTime() + 1) };
  if (escalates_from === null) return [owner];
  const after = (share: number) =>
    new Date(escalates_from.getTime() + Math.ceil((escalates_at.getTime() - escalates_from.getTime()) * share));
  const earlier: StageTime[] = [
    { stage: 'reminded', at: after(remind_at_share) },
    { stage: 'delegated', at: after(delegate_at_share) },
  ];
  return [...earlier.filter(({ stage }) => escalations.indexOf(stage) > reached), owner];
}

/** What is to be done now: the latest stage whose time has come, and those that it makes pointless. Null while none has. */
export function dueStage(card: Clocked, now: Date): { due: StageTime; skipped: Stage[] } | null {
  const come = stagesAhead(card).filter(({ at }) => at <= now);
  const due = come.at(-1);
  return due === undefined ? null : { due, skipped: come.slice(0, -1).map(({ stage }) => stage) };
}

/** The stage that comes next, its time in the past when it is due. */
export function nextStage(card: Clocked, now: Date): StageTime | null {
  return dueStage(card, now)?.due ?? stagesAhead(card)[0] ?? null;
}

/** Where a waiting card stands: the stage of its procedure's time, with whom it is, until when it sleeps, and what comes next. */
import type { ProposalView } from '../../domain/wire/card.ts';
import { cut, inert, moment } from './text.ts';

const name_chars_max = 200;
const reason_chars_max = 500;

const stage_names = {
  none: null,
  reminded: 'Reminded',
  delegated: 'Half of its time has passed',
  owner: 'With the owner',
} as const satisfies Record<ProposalView['escalation']['stage'], string | null>;

/** Marked up; each is one remark. */
export function standingOf(view: ProposalView): string[] {
  return [stageOf(view), delegationOf(view), sleepOf(view), ...deadlinesOf(view)].filter((remark) => remark !== null);
}

function stageOf({ escalation, delegation }: ProposalView): string | null {
  // To whom it is delegated says more.
  return escalation.stage === 'delegated' && delegation !== null ? null : stage_names[escalation.stage];
}

function delegationOf({ delegation }: ProposalView): string | null {
  if (delegation === null) return null;
  const [to, from] = [delegation.to_name, delegation.from_name].map((name) => inert(cut(name, name_chars_max)));
  return `Delegated to ${to} until ${moment(delegation.until)}, by ${from} · ${inert(cut(delegation.reason, reason_chars_max))}`;
}

function sleepOf({ snoozed_until, snoozed_until_event }: ProposalView): string | null {
  if (snoozed_until !== null) return `Snoozed until ${moment(snoozed_until)}`;
  return snoozed_until_event ? 'Snoozed until something new happens' : null;
}

function deadlinesOf({ escalates_at, expires_at }: ProposalView): string[] {
  return [
    ...(escalates_at === null ? [] : [`Escalates ${moment(escalates_at)}`]),
    ...(expires_at === null ? [] : [`Expires ${moment(expires_at)}`]),
  ];
}

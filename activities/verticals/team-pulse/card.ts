/** What a Team Pulse card shows: facts, reasons and evidence, each from the facts by our own code. */
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';
import { claim, moment, row } from '../shared/card.ts';
import type { Judged, TeamPulseFacts } from './rules.ts';
import type { Engineer, Signs, TeamPulseSettings } from './signs.ts';

export function nameOf({ name, login }: Engineer): string {
  return name ?? login;
}

export function factsOf(
  { engineer, signs }: Judged,
  { facts, at_risk, starts_at, settings }: { facts: TeamPulseFacts; at_risk: number; starts_at: Date; settings: TeamPulseSettings },
): Fact[] {
  const counted_by = signs.commits.from === 'pushes' ? facts.event_id : null;
  const rows = [
    row('Engineer', engineer.name === null ? engineer.login : `${engineer.name} (${engineer.login})`, false, null),
    row('Commits', commitsInWords(signs, settings), true, counted_by),
    row('Time off', ptoInWords(signs, settings), true, null),
    row('Sentiment', `${signs.sentiment?.score ?? 'not known'}, on a scale from -1 to 1`, true, null),
    row('At risk now', at_risk > 1 && `${at_risk} engineers`, at_risk >= settings.several_engineers_min, null),
    moment('Meeting', starts_at.toISOString(), false, null),
  ];
  return rows.filter((fact) => fact !== null);
}

export function reasoningOf({ engineer, signs }: Judged, { at_risk, settings }: { at_risk: number; settings: TeamPulseSettings }): string {
  return [
    `Three signs come together for ${nameOf(engineer)}: commits fell by ${dropOf(signs)} %, time off is well above usual, and sentiment is low.`,
    'Each of them alone would mean nothing, and together they prove nothing: a talk will tell.',
    ...(at_risk >= settings.several_engineers_min ? [`${at_risk} engineers are at risk at the same time, so this is high.`] : []),
  ].join(' ');
}

export function evidenceOf({ signs }: Judged, facts: TeamPulseFacts, settings: TeamPulseSettings): Evidence[] {
  const { commits, sentiment } = signs;
  return [
    claim(
      `Commits: ${commitsInWords(signs, settings)}`,
      commits.from === 'pushes' ? facts.event_id : null,
      commits.from === 'pushes' ? 'commit_activity' : 'context',
    ),
    claim(`Time off: ${ptoInWords(signs, settings)}`, null, 'context'),
    claim(`Sentiment is ${sentiment?.score ?? 'not known'}`, null, sentiment?.from === 'told' ? 'context' : 'commit_activity'),
  ];
}

/** What was told, what was computed, and what was assumed. */
export function notesOf({ engineer, signs }: Judged, facts: TeamPulseFacts, settings: TeamPulseSettings): string[] {
  const { commits, sentiment, pto } = signs;
  const told = [commits.from === 'told' && 'commits', 'time off', sentiment?.from === 'told' && 'sentiment'].filter(
    (part) => part !== false,
  );
  const { mood } = engineer.counted;
  return [
    ...(signs.told_at === null ? [] : [`An owner told ${listed(told)} on ${signs.told_at.slice(0, 10)}.`]),
    ...(commits.from === 'pushes'
      ? ["Commits were counted from the pushes GitHub sent, on all branches, by each commit's own date; what was not sent is not in it."]
      : []),
    ...(sentiment?.from === 'messages'
      ? [
          `Nobody told the sentiment, so it was computed from ${mood.messages} commit messages of the last ${settings.window_days} days: ${mood.low} words sound low, ${mood.high} high. That is a guess.`,
        ]
      : []),
    ...(pto !== null && pto.holidays > 0
      ? [`${pto.holidays} ${pto.holidays === 1 ? 'holiday' : 'holidays'} of everybody were not counted as time off.`]
      : []),
    ...(facts.founder?.from === 'member' ? ['No founder was told, so the invitation goes to the first owner.'] : []),
    ...(facts.reported ? ['Reported by a person, not signed by GitHub.'] : []),
  ];
}

function commitsInWords({ commits }: Signs, { window_days }: TeamPulseSettings): string {
  return `${commits.last} in ${window_days} days, ${commits.previous} in the ${window_days} before`;
}

function ptoInWords({ pto }: Signs, { window_days }: TeamPulseSettings): string {
  if (pto === null) return 'not known';
  return `${pto.days} ${pto.days === 1 ? 'day' : 'days'} in ${window_days}, usually ${pto.baseline}`;
}

/** Rounded down, so that 49.9 is never shown as 50. */
function dropOf({ commits }: Signs): number {
  return Math.floor(((commits.previous - commits.last) * 100) / commits.previous);
}

function listed(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

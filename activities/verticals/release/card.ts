/** What a Release card shows: facts, reasons and evidence, each from the facts by our own code. */
import type { Evidence, Fact } from '../../../domain/wire/fact.ts';
import type { ReleaseFacts, Shipper } from './facts-shape.ts';
import { claim, minuteOf, moment, row } from '../shared/card.ts';
import { percentOf, shortSha } from './format.ts';
import type { Judged } from './rules.ts';

export function titleOf(facts: ReleaseFacts): string {
  return `${facts.service}: ${percentOf(facts.error_rate?.value ?? 0)} errors in production`;
}

export function factsOf(facts: ReleaseFacts, judged: Judged): Fact[] {
  const { error_rate, tickets, newer } = facts;
  const { recent, down_since } = judged;
  const rows: (Fact | null)[] = [
    row('Service', facts.service, false, null),
    row('Error rate', error_rate && rateOf(error_rate), true, error_rate?.event_id ?? null),
    row('Sentry issue', facts.issue_id, false, facts.event_id),
    moment('Began', facts.spike_at, false, facts.event_id),
    moment('Down since', down_since?.toISOString() ?? null, judged.critical, facts.down?.from === 'sentry' ? facts.event_id : null),
    row('Tickets', tickets && ticketsOf(tickets), judged.surge, null),
    recent === null
      ? row('Deployed', `nothing known in the ${judged.settings.deployed_hours_max} hours before`, false, null)
      : moment('Deployed', recent.at, true, recent.event_id),
    row('Commit', recent && shortSha(recent.sha), false, recent?.event_id ?? null),
    row('Pull request', recent?.pull_request ? `#${recent.pull_request} in ${recent.repository}` : null, false, null),
    row('Shipped by', recent && peopleOf(recent.people), false, recent?.event_id ?? null),
    row(
      'Last changed by',
      recent === null && facts.last_change ? peopleOf(facts.last_change.people) : null,
      false,
      facts.last_change?.event_id ?? null,
    ),
    moment('Deployed again', newer?.at ?? null, true, null),
  ];
  return rows.filter((fact) => fact !== null);
}

export function reasoningOf(facts: ReleaseFacts, { recent, critical, down_since, surge, settings }: Judged): string {
  const sentences = [
    `The error rate of ${facts.service} in production is ${percentOf(facts.error_rate?.value ?? 0)}, above ${percentOf(settings.error_rate_max)}.`,
    recent === null
      ? `No deployment in the ${settings.deployed_hours_max} hours before it is known.`
      : `${shortSha(recent.sha)} was deployed at ${minuteOf(recent.at)}, within ${settings.deployed_hours_max} hours before it.`,
    surge && facts.tickets && `Tickets surge: ${ticketsOf(facts.tickets)}.`,
    critical && `Production is down for more than ${settings.down_minutes_max} minutes, so this is critical.`,
    !critical && down_since !== null && `Production is down since ${minuteOf(down_since.toISOString())}.`,
  ];
  return sentences.filter((sentence) => typeof sentence === 'string').join(' ');
}

export function evidenceOf(facts: ReleaseFacts, { recent }: Judged): Evidence[] {
  const { error_rate, down, tickets } = facts;
  const claims: (Evidence | null)[] = [
    claim(`It broke at ${minuteOf(facts.spike_at)}`, facts.event_id, null),
    error_rate &&
      claim(
        `The error rate is ${percentOf(error_rate.value)}, ${error_rate.from === 'context' ? 'told' : 'measured'} at ${minuteOf(error_rate.as_of)}`,
        error_rate.event_id,
        error_rate.from === 'context' ? 'context' : null,
      ),
    down &&
      claim(
        `Production is down since ${minuteOf(down.since)}`,
        down.from === 'sentry' ? facts.event_id : null,
        down.from === 'context' ? 'context' : null,
      ),
    recent &&
      claim(`${shortSha(recent.sha)} was deployed at ${minuteOf(recent.at)}`, recent.event_id, recent.event_id === null ? 'github' : null),
    tickets && claim(ticketsOf(tickets), null, tickets.from === 'context' ? 'context' : 'ticket_volume'),
  ];
  return claims.filter((entry) => entry !== null);
}

/** What was assumed or lacks, whichever way it is answered. */
export function assumptionsOf(facts: ReleaseFacts, { recent }: Pick<Judged, 'recent'>): string[] {
  const notes: string[] = [];
  if (facts.environment === null) notes.push('No environment was named, so it is taken for production.');
  if (recent?.assumed === true)
    notes.push(`GitHub told that ${shortSha(recent.sha)} was to be deployed and nothing since, so it is taken to have been.`);
  if (facts.github.unreadable !== null)
    notes.push(`GitHub could not be read just now (${facts.github.unreadable}); deployments are those of stored events.`);
  if (facts.slack.unreadable !== null)
    notes.push(`Slack could not be read just now (${facts.slack.unreadable}), so somebody may be missing.`);
  if (facts.reported) notes.push('Reported by a person, not signed by Sentry.');
  return notes;
}

function rateOf({ value, baseline, from }: NonNullable<ReleaseFacts['error_rate']>): string {
  const usual = baseline === null ? '' : `, usually ${percentOf(baseline)}`;
  return `${percentOf(value)}${usual} (${from === 'context' ? 'told by an owner' : 'measured by Sentry'})`;
}

function ticketsOf({ last_hour, baseline_per_hour }: NonNullable<ReleaseFacts['tickets']>): string {
  return `${shown(last_hour)} in the last hour, usually ${shown(baseline_per_hour)}`;
}

function peopleOf([first]: readonly Shipper[]): string | null {
  if (first === undefined) return 'not known';
  return first.name === null ? first.login : `${first.name} (${first.login})`;
}

const shown = (count: number): string => String(Math.round(count * 100) / 100);

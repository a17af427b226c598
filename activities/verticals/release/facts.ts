/** Gathers the facts of a spike from stored events, what people told, and GitHub's API when it is connected. */
import { default_environment } from '../../../domain/context.ts';
import type { StoredEvent } from '../../../domain/sop.ts';
import { maintenanceWindowAt, openIncidents, toldMetrics } from '../../../prisma/told.ts';
import type { ReleaseFacts } from './facts-shape.ts';
import { countedTickets, measuredRate } from './history.ts';
import { endOf, readIncident, type Incident } from './incident.ts';
import { shippedBefore, type ShippedDeps } from './shipped.ts';

export interface FactsDeps extends ShippedDeps {
  /** Whether an operation's provider, or `slack_dm`, is connected. */
  connected(name: string): boolean;
  service_map: { readonly [name: string]: string };
}

/** Throws when Postgres is down, and, with `fresh`, when a connected GitHub or Slack cannot be read: an old fact must not pass for a fresh one. */
export async function gatherRelease(deps: FactsDeps, event: StoredEvent, { fresh }: { fresh: boolean }): Promise<ReleaseFacts> {
  const { db } = deps;
  const incident = await readIncident(db, event, deps.service_map);
  const { signal, issue, service } = incident;
  const spike_at = signal?.spike_at ?? event.occurred_at.toISOString();
  const [settled, maintenance, error_rate, tickets, down, shipped] = await Promise.all([
    settledOf(deps, event, incident),
    maintenanceOf(deps, event, incident, spike_at),
    errorRateOf(deps, event, incident),
    ticketsOf(deps, event, incident),
    downOf(deps, event, incident, spike_at),
    shippedBefore(deps, event, incident, spike_at, { fresh }),
  ]);
  const { github } = shipped;
  // What the token may not read it may not read tomorrow either: waiting for it would hold the card for ever.
  if (fresh && github.unreadable !== null && !github.refused) throw new Error(`GitHub could not be read: ${github.unreadable}`);
  if (fresh && shipped.slack_unreadable !== null) throw new Error(`Slack could not be read: ${shipped.slack_unreadable}`);
  return {
    event_id: event.id,
    reported: event.source === 'manual',
    subject: incident.subject,
    service,
    environment: signal?.environment ?? issue?.environment ?? null,
    issue_id: signal?.issue_id ?? null,
    spike_at,
    settled,
    maintenance,
    error_rate,
    tickets,
    down,
    deployment: shipped.deployment,
    previous: shipped.previous,
    newer: shipped.newer,
    last_change: shipped.last_change,
    slack: { connected: deps.connected('slack_dm'), unreadable: shipped.slack_unreadable },
    github: {
      revert_connected: deps.connected('github.revert_pull_request'),
      revert_commit_connected: deps.connected('github.revert_commit'),
      redeploy_connected: deps.connected('github.redeploy'),
      unreadable: github.unreadable,
    },
  };
}

const over = new Set(['resolved', 'ignored', 'archived']);

async function settledOf({ db }: FactsDeps, event: StoredEvent, incident: Incident): Promise<string | null> {
  const { status } = incident.signal ?? {};
  return status != null && over.has(status) ? `the issue is ${status}` : endOf(db, event, incident);
}

/** It counts when it broke in it, and when it arrived in it. */
async function maintenanceOf(
  { db }: FactsDeps,
  event: StoredEvent,
  { names }: Incident,
  spike_at: string,
): Promise<ReleaseFacts['maintenance']> {
  for (const name of names) {
    for (const time of [new Date(spike_at), event.occurred_at, event.received_at]) {
      const window = await maintenanceWindowAt(db.sql, event.org_id, name, time);
      if (window !== null) return { end: window.end.toISOString() };
    }
  }
  return null;
}

/**
 * The newer of what an owner told and what a Sentry alert measured. A figure lapses by the time of the event: told within the
 * hour before it arrived, or since. So a card that waits longer does not forget why it was made, and a newer figure still counts.
 */
async function errorRateOf({ db }: FactsDeps, event: StoredEvent, { names }: Incident): Promise<ReleaseFacts['error_rate']> {
  const [told, measured] = await Promise.all([toldRate(db, event, names), measuredRate(db, event, names)]);
  if (measured !== null && (told === null || measured.as_of > told.as_of))
    return { value: measured.rate, baseline: null, from: 'sentry', as_of: measured.as_of.toISOString(), event_id: measured.event_id };
  if (told === null) return null;
  return { value: told.error_rate, baseline: told.error_rate_baseline, from: 'context', as_of: told.as_of.toISOString(), event_id: null };
}

async function toldRate(db: FactsDeps['db'], event: StoredEvent, names: readonly string[]) {
  for (const name of names) {
    const told = await toldMetrics(db.sql, event.org_id, name, default_environment, event.received_at);
    if (told?.error_rate != null) return { ...told, error_rate: told.error_rate };
  }
  return null;
}

async function ticketsOf({ db }: FactsDeps, event: StoredEvent, { names }: Incident): Promise<ReleaseFacts['tickets']> {
  for (const name of names) {
    const told = await toldMetrics(db.sql, event.org_id, name, default_environment, event.received_at);
    if (told?.tickets_last_hour != null && told.tickets_baseline_per_hour != null)
      return { last_hour: told.tickets_last_hour, baseline_per_hour: told.tickets_baseline_per_hour, from: 'context' };
  }
  const counted = await countedTickets(db, event);
  return counted && { ...counted, from: 'computed' };
}

/** The earliest of what an owner and Sentry say. */
async function downOf({ db }: FactsDeps, event: StoredEvent, incident: Incident, spike_at: string): Promise<ReleaseFacts['down']> {
  const { signal, issue, names } = incident;
  const said: NonNullable<ReleaseFacts['down']>[] = [];
  for (const name of names) {
    for (const { status, started_at } of await openIncidents(db.sql, event.org_id, name, default_environment))
      if (status === 'down') said.push({ since: started_at.toISOString(), from: 'context' });
  }
  if ((signal?.category ?? issue?.category) === 'outage')
    said.push({ since: signal?.first_seen ?? issue?.first_seen ?? spike_at, from: 'sentry' });
  return said.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since))[0] ?? null;
}

/** The Release rules: pure, from facts to a verdict. Every threshold is a named setting. */
import type { Assessment } from '../../../domain/sop.ts';
import { defaultsOf, release_thresholds } from '../../../domain/thresholds.ts';
import { expiryAfter } from '../shared/expiry.ts';
import { percentOf } from './format.ts';
import { isProduction } from './environment.ts';
import { draftsOf } from './drafts.ts';
import type { ReleaseFacts } from './facts-shape.ts';

const thresholds = defaultsOf(release_thresholds);
export type ReleaseSettings = typeof thresholds & {
  /** Projects and repositories that are called otherwise than their service: `{"shop-web": "shop"}`. Lower case. */
  readonly service_map: { readonly [name: string]: string };
};
export const release_settings: ReleaseSettings = { ...thresholds, service_map: {} };

const minute_ms = 60_000;
const hour_ms = 60 * minute_ms;

/** What to propose, or why nothing. */
export function assessRelease(facts: ReleaseFacts, now: Date, settings: ReleaseSettings = release_settings): Assessment {
  const reason = reasonAgainst(facts, settings);
  return reason === null ? draftsOf(facts, judge(facts, now, settings)) : { propose: false, reason };
}

/** Why there is no proposal, whatever could be drafted; null when there may be one. */
export function reasonAgainst(facts: ReleaseFacts, settings: ReleaseSettings = release_settings): string | null {
  const { service, environment, error_rate, maintenance } = facts;
  if (service === null) return 'it names no service';
  if (!isProduction(environment)) return 'another environment than production';
  if (facts.settled !== null) return `already settled: ${facts.settled}`;
  if (maintenance !== null) return `${service} is in a maintenance window`;
  if (error_rate === null) return 'the error rate is not known: no figure was told for it within the hour, and no Sentry alert measured it';
  if (!isAbove(error_rate.value, settings))
    return `the error rate is ${percentOf(error_rate.value)}, which is not above ${percentOf(settings.error_rate_max)}`;
  return null;
}

function isAbove(rate: number, settings: ReleaseSettings = release_settings): boolean {
  return rate > settings.error_rate_max;
}

/** What the rules make of the facts at a moment. */
export interface Judged {
  now: Date;
  /** Since when production is down; null when it is not. */
  down_since: Date | null;
  critical: boolean;
  /** The last deployment before the spike, when it was recent enough. */
  recent: ReleaseFacts['deployment'];
  surge: boolean;
  settings: ReleaseSettings;
  escalates_from: Date;
  escalates_at: Date;
  expires_at: Date | null;
}

function judge(facts: ReleaseFacts, now: Date, settings: ReleaseSettings): Judged {
  const down_since = facts.down === null ? null : new Date(facts.down.since);
  // While production is up, the time runs from when somebody is first told.
  const escalates_from = down_since ?? now;
  return {
    now,
    down_since,
    critical: down_since !== null && isDownTooLong(down_since, now, settings),
    recent: isRecent(facts, settings) ? facts.deployment : null,
    surge: isSurge(facts.tickets, settings),
    settings,
    escalates_from,
    escalates_at: new Date(escalates_from.getTime() + settings.down_minutes_max * minute_ms),
    expires_at: expiryAfter(now, settings.expire_after_hours * hour_ms),
  };
}

/** Exactly as long is not longer. */
export function isDownTooLong(since: Date, now: Date, settings: ReleaseSettings = release_settings): boolean {
  return now.getTime() - since.getTime() > settings.down_minutes_max * minute_ms;
}

export function isRecent({ deployment, spike_at }: Pick<ReleaseFacts, 'deployment' | 'spike_at'>, settings = release_settings): boolean {
  return deployment !== null && Date.parse(spike_at) - Date.parse(deployment.at) <= settings.deployed_hours_max * hour_ms;
}

export function isSurge(tickets: ReleaseFacts['tickets'], settings: ReleaseSettings = release_settings): boolean {
  if (tickets === null || tickets.last_hour <= 0) return false;
  // In millionths, so that three times 0.1 is 0.3.
  return Math.round(tickets.last_hour * 1e6) >= Math.round(tickets.baseline_per_hour * settings.surge_factor_min * 1e6);
}

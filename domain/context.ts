/** Facts that no webhook carries, as an owner tells them and as they are stored. */
import { z } from 'zod';

import { optional, time } from './wire/fields.ts';

const parts_max = 10_000;
const name = z.string().trim().min(1).max(200);
const name_in_lower_case = name.transform((text) => text.toLowerCase());
const utc = (text: string) => new Date(text).toISOString();
const moment = time.transform(utc);
/** A date alone is its first moment in UTC. */
const start_moment = z.union([moment, z.iso.date().transform(utc)]);
const day_ms = 86_400_000;
/** A date alone is a whole day, so that it ends with the next one's first moment. */
const end_moment = z.union([moment, z.iso.date().transform((date) => new Date(Date.parse(date) + day_ms).toISOString())]);
const minor_units = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const days = z.number().min(0).max(366);
const fraction = z.number().min(0).max(1, 'must be a fraction from 0 to 1: 0.025 is 2.5 %');

export const context_customer = z.object({
  name: optional(z.string().max(200)),
  email: optional(z.email().max(254)),
  /** Who looks after this customer on our side. */
  owner_email: optional(z.email().max(254)),
  stripe_customer_id: optional(z.string().max(255)),
  intercom_contact_id: optional(z.string().max(255)),
  currency: optional(
    z
      .string()
      .regex(/^[A-Za-z]{3}$/, 'must be a currency code of three letters')
      .transform((code) => code.toLowerCase()),
  ),
  /** Monthly recurring revenue in the currency's smallest unit. */
  mrr_cents: optional(minor_units),
  mrr_percentile: optional(z.number().min(0).max(100)),
  vip: optional(z.boolean()),
  /** A date alone is its first moment in UTC. */
  renewal_at: optional(z.union([time, z.iso.date().transform((date) => `${date}T00:00:00.000Z`)])),
  churn_score: optional(z.number().min(0).max(1)),
  cancelled: optional(z.boolean()),
});
export type ContextCustomer = z.infer<typeof context_customer>;

export const default_environment = 'production';
/** In lower case: what people call it. */
export const production_names: readonly string[] = [default_environment, 'prod'];
const environment = name_in_lower_case.transform((told) => (production_names.includes(told) ? default_environment : told));

/** What was measured of one service; without a service, of all together. */
export const context_metrics = z.object({
  service: optional(name_in_lower_case),
  environment: optional(environment),
  /** Fractions: 0.02 is 2 %. */
  error_rate: optional(fraction),
  error_rate_baseline: optional(fraction),
  tickets_last_hour: optional(amount),
  tickets_baseline_per_hour: optional(amount),
});
export type ContextMetrics = z.infer<typeof context_metrics>;

/** From `start` until just before `end`; without a service, for all of them. */
export const context_maintenance_window = z
  .object({ service: optional(name_in_lower_case), start: start_moment, end: end_moment, reason: optional(z.string().max(1_000)) })
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' });
export type ContextMaintenanceWindow = z.infer<typeof context_maintenance_window>;

/** Without `started_at` it is the newest one of its service that is still open, else one that starts now. */
export const context_incident = z.object({
  service: name_in_lower_case,
  environment: optional(environment),
  started_at: optional(start_moment),
  /** `down`, `degraded`, …; it is over with one of `closing_statuses`. */
  status: name_in_lower_case,
});
export type ContextIncident = z.infer<typeof context_incident>;

export const closing_statuses: readonly string[] = [
  'resolved',
  'closed',
  'completed',
  'recovered',
  'operational',
  'postmortem',
  'ok',
  'up',
];

export const context_team_member = z.object({
  github_login: optional(name),
  name: optional(z.string().max(200)),
  email: optional(z.email().max(254)),
  slack_user_id: optional(z.string().trim().min(1).max(100)),
  bot: optional(z.boolean()),
  commits_previous_14d: optional(count),
  commits_last_14d: optional(count),
  pto_days_last_14d: optional(days),
  pto_days_baseline_14d: optional(days),
  /** From -1, unhappy, to 1. */
  sentiment: optional(z.number().min(-1).max(1)),
  departed_at: optional(start_moment),
});
export type ContextTeamMember = z.infer<typeof context_team_member>;

/** From `start` until just before `end`; without an end, the day of its start. */
export const context_holiday = z
  .object({ name: optional(z.string().trim().max(200)), start: start_moment, end: optional(end_moment) })
  .transform((holiday) => ({ ...holiday, end: holiday.end ?? new Date(Date.parse(holiday.start) + day_ms).toISOString() }))
  .refine(({ start, end }) => start <= end, { path: ['end'], message: 'must not be before start' });
export type ContextHoliday = z.infer<typeof context_holiday>;

export const context_founder = z.object({ email: z.email().max(254) });
export type ContextFounder = z.infer<typeof context_founder>;

/** Facts that no webhook carries. Members that nothing here reads are ignored. */
export const context_request = z.object({
  customers: optional(
    z
      .array(
        context_customer.refine(
          (customer) => customer.stripe_customer_id ?? customer.email ?? customer.intercom_contact_id ?? customer.name,
          'needs stripe_customer_id, email, intercom_contact_id or name',
        ),
      )
      .max(parts_max),
  ),
  /** One service's, or a list of several. */
  metrics: optional(z.preprocess((value) => (isOne(value) ? [value] : value), z.array(context_metrics).max(parts_max))),
  maintenance_windows: optional(z.array(context_maintenance_window).max(parts_max)),
  incidents: optional(z.array(context_incident).max(parts_max)),
  team: optional(z.array(context_team_member.refine((one) => one.github_login ?? one.email, 'needs github_login or email')).max(parts_max)),
  holidays: optional(z.array(context_holiday).max(parts_max)),
  founder: optional(context_founder),
});
export type ContextRequest = z.infer<typeof context_request>;

function isOne(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an owner told, as procedures read it. Each fact comes with the time it was told. */
import { z } from 'zod';

import {
  closing_statuses,
  context_founder,
  context_holiday,
  context_incident,
  context_maintenance_window,
  context_metrics,
  context_team_member,
  type ContextFounder,
  type ContextTeamMember,
} from '../domain/context.ts';
import type { Json } from '../domain/text.ts';
import { any_service } from './context.ts';
import type { Sql } from './database.ts';

/** A measurement older than this tells nothing about now. */
export const metrics_lapse_hours = 1;

const figures = ['error_rate', 'error_rate_baseline', 'tickets_last_hour', 'tickets_baseline_per_hour'] as const;
type Figure = (typeof figures)[number];

/** Fractions and counts; null where nothing was told within the hour. */
export type ToldMetrics = Record<Figure, number | null> & { /** When the newest of them was told. */ as_of: Date };

/** What was measured of this service, or of all services together; null when everything has lapsed. */
export async function toldMetrics(sql: Sql, org_id: string, service: string, environment: string, now: Date): Promise<ToldMetrics | null> {
  const keys = [service, any_service].map((name) => `${name}/${environment}`.toLowerCase());
  const rows = await sql<FactRow>`
    select data, as_of from context_facts where org_id = ${org_id} and kind = 'metrics' and key = any(${keys}) order by key = ${keys[0]} desc`;
  const told = rows.flatMap(({ data, as_of }) => measuredOf(data, as_of)).filter(({ at }) => now.getTime() - at.getTime() <= lapse_ms);
  if (told.length === 0) return null;
  const newest = Math.max(...told.map(({ at }) => at.getTime()));
  const valueOf = (figure: Figure) => told.find((one) => one.figure === figure)?.value ?? null;
  return {
    error_rate: valueOf('error_rate'),
    error_rate_baseline: valueOf('error_rate_baseline'),
    tickets_last_hour: valueOf('tickets_last_hour'),
    tickets_baseline_per_hour: valueOf('tickets_baseline_per_hour'),
    as_of: new Date(newest),
  };
}

const lapse_ms = metrics_lapse_hours * 3_600_000;
const stored_metrics = context_metrics.extend({ measured_at: z.record(z.string(), z.string()).default({}) });

function measuredOf(data: Json, as_of: Date): { figure: Figure; value: number; at: Date }[] {
  const { measured_at, ...told } = stored_metrics.parse(data);
  return figures.flatMap((figure) => {
    const value = told[figure];
    const at = measured_at[figure];
    return value === undefined ? [] : [{ figure, value, at: at === undefined ? as_of : new Date(at) }];
  });
}

export interface MaintenanceWindow {
  /** Null when it is for every service. */
  service: string | null;
  start: Date;
  /** It is over at this moment. */
  end: Date;
  reason: string | null;
  as_of: Date;
}

/** The window in which this service is, or was, at that time; null when there is none. */
export async function maintenanceWindowAt(sql: Sql, org_id: string, service: string, time: Date): Promise<MaintenanceWindow | null> {
  const at = time.toISOString();
  const [row] = await sql<FactRow>`
    select data, as_of from context_facts
    where org_id = ${org_id} and kind = 'maintenance_window' and coalesce(data ->> 'service', ${any_service}) in (${service.toLowerCase()}, ${any_service})
      and (data ->> 'start')::timestamptz <= ${at}::timestamptz and (data ->> 'end')::timestamptz > ${at}::timestamptz
    order by (data ->> 'end')::timestamptz desc limit 1`;
  if (row === undefined) return null;
  const told = context_maintenance_window.parse(row.data);
  return {
    service: told.service ?? null,
    start: new Date(told.start),
    end: new Date(told.end),
    reason: told.reason ?? null,
    as_of: row.as_of,
  };
}

export interface ToldIncident {
  started_at: Date;
  /** In lower case: `down` is an outage. */
  status: string;
  as_of: Date;
}

/** Incidents of this service that are not over, the earliest first. */
export async function openIncidents(sql: Sql, org_id: string, service: string, environment: string): Promise<ToldIncident[]> {
  const rows = await sql<FactRow>`
    select data, as_of from context_facts
    where org_id = ${org_id} and kind = 'incident' and data ->> 'service' = ${service.toLowerCase()}
      and data ->> 'environment' = ${environment.toLowerCase()} and not data ->> 'status' = any(${closing_statuses})`;
  return rows
    .map(({ data, as_of }) => {
      const { started_at, status } = context_incident.parse(data);
      return { started_at: started_at === undefined ? as_of : new Date(started_at), status, as_of };
    })
    .toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime());
}

export type TeamMember = Omit<ContextTeamMember, 'departed_at'> & {
  /** In the future for somebody who is still there. */
  departed_at: Date | null;
  as_of: Date;
};

/** Everybody who was told about, bots and people who left included, by login. */
export async function team(sql: Sql, org_id: string): Promise<TeamMember[]> {
  const rows = await factsOfKind(sql, org_id, 'team');
  return rows.map(({ data, as_of }) => {
    const { departed_at, ...told } = context_team_member.parse(data);
    return { ...told, departed_at: departed_at === undefined ? null : new Date(departed_at), as_of };
  });
}

export interface Holiday {
  name: string | null;
  start: Date;
  /** It is over at this moment. */
  end: Date;
  as_of: Date;
}

export async function holidays(sql: Sql, org_id: string): Promise<Holiday[]> {
  const rows = await factsOfKind(sql, org_id, 'holiday');
  return rows.map(({ data, as_of }) => {
    const { name, start, end } = context_holiday.parse(data);
    return { name: name ?? null, start: new Date(start), end: new Date(end), as_of };
  });
}

export async function founder(sql: Sql, org_id: string): Promise<(ContextFounder & { as_of: Date }) | null> {
  const [row] = await factsOfKind(sql, org_id, 'founder');
  return row === undefined ? null : { ...context_founder.parse(row.data), as_of: row.as_of };
}

interface FactRow {
  data: Json;
  as_of: Date;
}

async function factsOfKind(sql: Sql, org_id: string, kind: string): Promise<FactRow[]> {
  return sql<FactRow>`select data, as_of from context_facts where org_id = ${org_id} and kind = ${kind} order by key`;
}

/** Facts that no webhook carries, told by an owner. */
import type { Person } from '../domain/app.ts';
import {
  closing_statuses,
  default_environment,
  type ContextCustomer,
  type ContextIncident,
  type ContextRequest,
  type ContextTeamMember,
} from '../domain/context.ts';
import { mapText, normaliseText, type Json } from '../domain/text.ts';
import { appendAudit } from './audit.ts';
import type { Database, Sql } from './database.ts';

/** Where facts are kept that hold for every service. */
export const any_service = '*';

type Part = keyof ContextRequest;

/** Stores each given part with its time; later facts are merged over earlier ones of the same key. Resolves to how many were stored. */
export async function storeContext(db: Pick<Database, 'tx'>, person: Person, request: ContextRequest): Promise<Record<Part, number>> {
  return db.tx(async (sql) => {
    const facts = await factsOf(sql, person.org_id, mapText(request as Json, normaliseText) as ContextRequest);
    for (const fact of facts) await storeFact(sql, person, fact);
    const stored: Record<Part, number> = {
      customers: request.customers?.length ?? 0,
      metrics: request.metrics?.length ?? 0,
      maintenance_windows: request.maintenance_windows?.length ?? 0,
      incidents: request.incidents?.length ?? 0,
      team: request.team?.length ?? 0,
      holidays: request.holidays?.length ?? 0,
      founder: request.founder === undefined ? 0 : 1,
    };
    await appendAudit(sql, {
      org_id: person.org_id,
      proposal_id: null,
      from: null,
      to: null,
      actor: { type: 'user', id: person.user_id },
      metadata: { context: stored },
    });
    return stored;
  });
}

interface Fact {
  kind: 'customer' | 'metrics' | 'maintenance_window' | 'incident' | 'team' | 'holiday' | 'founder';
  key: string;
  data: { [key: string]: Json };
}

/** In one order, so that two requests that name the same facts cannot wait for each other. */
async function factsOf(sql: Sql, org_id: string, request: ContextRequest): Promise<Fact[]> {
  const incidents: Awaited<ReturnType<typeof started>>[] = [];
  for (const incident of request.incidents ?? []) incidents.push(await started(sql, org_id, incident));
  const facts = [
    ...(request.customers ?? []).map((data) => factOf('customer', customerKey(data), data)),
    ...(request.metrics ?? []).map(withEnvironment).map((data) => factOf('metrics', placeOf(data), data)),
    ...(request.maintenance_windows ?? []).map((data) =>
      factOf('maintenance_window', `${data.service ?? any_service}/${data.start}`, data),
    ),
    ...incidents.map((data) => factOf('incident', `${placeOf(data)}/${data.started_at}`, data)),
    ...(request.team ?? []).map((data) => factOf('team', memberKey(data), data)),
    ...(request.holidays ?? []).map((data) => factOf('holiday', `${data.start}/${data.name ?? ''}`, data)),
    ...(request.founder === undefined ? [] : [factOf('founder', 'founder', request.founder)]),
  ];
  return facts.toSorted((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1));
}

function factOf(kind: Fact['kind'], key: string, data: object): Fact {
  // What is undefined has no JSON form and must not overwrite what was told before.
  return { kind, key, data: Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) };
}

/** How a customer's facts are found again: by Stripe's id when it is known, else by address, by Intercom's id, by name. */
function customerKey(customer: ContextCustomer): string {
  if (customer.stripe_customer_id !== undefined) return `stripe:${customer.stripe_customer_id}`;
  if (customer.email !== undefined) return `email:${customer.email.toLowerCase()}`;
  if (customer.intercom_contact_id !== undefined) return `intercom:${customer.intercom_contact_id}`;
  return `name:${customer.name?.toLowerCase() ?? ''}`;
}

function memberKey({ github_login, email }: ContextTeamMember): string {
  return github_login?.toLowerCase() ?? `email:${email?.toLowerCase() ?? ''}`;
}

function withEnvironment<T extends { environment?: string }>(fact: T): T & { environment: string } {
  return { ...fact, environment: fact.environment ?? default_environment };
}

function placeOf({ service, environment }: { service?: string; environment: string }): string {
  return `${service ?? any_service}/${environment}`;
}

/** The incident with its environment and its start, which may be that of the one it goes on telling about. */
async function started(
  sql: Sql,
  org_id: string,
  told: ContextIncident,
): Promise<ContextIncident & { environment: string; started_at: string }> {
  const incident = withEnvironment(told);
  if (incident.started_at !== undefined) return { ...incident, started_at: incident.started_at };
  const [open] = await sql<{ started_at: string }>`
    select data ->> 'started_at' as started_at from context_facts
    where org_id = ${org_id} and kind = 'incident' and data ->> 'service' = ${incident.service} and data ->> 'environment' = ${incident.environment}
      and not data ->> 'status' = any(${closing_statuses}) order by 1 desc limit 1`;
  return { ...incident, started_at: open?.started_at ?? new Date().toISOString() };
}

async function storeFact(sql: Sql, person: Person, { kind, key, data }: Fact): Promise<void> {
  // Each figure lapses by its own age, however often its neighbours are told again.
  const measured = kind === 'metrics' ? Object.keys(data).filter((member) => typeof data[member] === 'number') : [];
  await sql`
    with told as (
      select ${JSON.stringify(data)}::jsonb || case when ${kind} <> 'metrics' then '{}'::jsonb
        else jsonb_build_object('measured_at', (select coalesce(jsonb_object_agg(member, now()), '{}') from unnest(${measured}::text[]) member)) end as data
    )
    insert into context_facts (org_id, kind, key, data, actor_id) select ${person.org_id}, ${kind}, ${key}, data, ${person.user_id} from told
    on conflict (org_id, kind, key) do update set
      data = context_facts.data || excluded.data || case when not excluded.data ? 'measured_at' then '{}'::jsonb
        else jsonb_build_object('measured_at', coalesce(context_facts.data -> 'measured_at', '{}') || (excluded.data -> 'measured_at')) end,
      as_of = now(), actor_id = excluded.actor_id`;
}
